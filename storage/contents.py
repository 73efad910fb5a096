"""What a backup holds, as far as restoring needs to know."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from storage.seals import COLUMNS, Sealed
from storage.upgrade import refuse_newer
from storage.vault import Unopenable, Vault, key_id_of

_SAMPLES = 5  # per key: one of them may be damaged

Rows = Callable[[str, list[str]], Iterable[tuple[Any, ...]]]


@dataclass(frozen=True)
class Contents:
    """The schema, named values of our own, and a few encrypted values per key, with their columns' names."""

    schema: str
    notes: dict[str, str] = field(repr=False)
    sealed: dict[bytes, list[tuple[str, Sealed]]] = field(repr=False)
    linked: int

    @classmethod
    def of_tables(cls, rows: Rows) -> Contents:
        """Read every encrypted value. Its columns are the same in all schemas. Raises StorageError if it's newer."""
        ((schema,),) = rows("alembic_version", ["version_num"])
        refuse_newer(schema)
        sealed: dict[bytes, list[tuple[str, Sealed]]] = {}
        linked = 0
        for name, column in COLUMNS.items():
            for person, value in rows(column.table.name, ["person", column.name]):
                linked += column.table.name == "links"
                if value:
                    _sample(sealed, name, Sealed(int(person), bytes(value)))
        return cls(schema, dict(rows("meta", ["name", "value"])), sealed, linked)

    def opened_by(self, vault: Vault) -> dict[bytes, bool]:
        """For each key ID, whether the vault decrypts a value that is encrypted with it."""
        return {key: any(_opens(vault, *each) for each in some) for key, some in self.sealed.items()}


def _sample(sealed: dict[bytes, list[tuple[str, Sealed]]], name: str, value: Sealed) -> None:
    some = sealed.setdefault(key_id_of(value.value), [])
    if len(some) < _SAMPLES:
        some.append((name, value))


def _opens(vault: Vault, name: str, sealed: Sealed) -> bool:
    try:
        vault.open(sealed.value, person=sealed.person, column=name)
    except Unopenable:
        return False
    return True
