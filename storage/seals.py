"""Encrypted values in the database: which keys they need, and re-encrypting them with another key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.tables import attempts, head_of, links
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, key_id_of

# Every column with encrypted values, by the name that is bound into the encryption.
COLUMNS: dict[str, sa.Column[bytes]] = {LINK_TOKEN: links.c.token, ATTEMPT_TOKEN: attempts.c.parked_token}

_person = sa.bindparam("person_", type_=sa.BigInteger)
_value = sa.bindparam("value_", type_=sa.LargeBinary)
_head = sa.bindparam("head_", type_=sa.LargeBinary)

# The next head after a known one. With the index on links, that's one step; a million rows would take a second.
_NEXT_HEADS = [
    sa.select(head_of(column)).where(head_of(column) > _head).order_by(head_of(column)).limit(1)
    for column in COLUMNS.values()
]


@dataclass(frozen=True, slots=True)
class Sealed:
    """A person's encrypted value in one of the columns."""

    person: int
    value: bytes = field(repr=False)


class Seals(Database):
    async def keys_in_use(self) -> set[bytes]:
        """The IDs of all keys that values are encrypted with."""
        found: set[bytes] = set()
        for statement in _NEXT_HEADS:
            head = b""
            while (head := await self._value(statement, head_=head)) is not None:
                found.add(key_id_of(head))
        return found

    async def count_by_key(self) -> dict[bytes, int]:
        """How many values are encrypted with each key, by its ID. This reads every value."""
        counts: dict[bytes, int] = {}
        for column in COLUMNS.values():
            head = head_of(column)
            counted = sa.select(head.label("head"), sa.func.count().label("number")).where(_is_there(column))
            counted = counted.group_by(head)
            for row in await self._all(counted):
                key_id = key_id_of(row.head)
                counts[key_id] = counts.get(key_id, 0) + row.number
        return counts

    async def sealed_otherwise(self, name: str, head: bytes, after: int, limit: int) -> list[Sealed]:
        """Values in the column that don't begin with `head`, of people with IDs above `after`, the lowest first."""
        column = COLUMNS[name]
        person = column.table.c.person
        question = (
            sa.select(person, column)
            .where(_is_there(column), person > _person, head_of(column) != _head)
            .order_by(person)
            .limit(sa.bindparam("limit_", type_=sa.Integer))
        )
        return [Sealed(*row) for row in await self._all(question, person_=after, head_=head, limit_=limit)]

    async def replace(self, name: str, changes: Iterable[tuple[Sealed, bytes]]) -> int:
        """Replace each old value that is still there, in one transaction. Returns how many."""
        column = COLUMNS[name]
        statement = sa.update(column.table).where(_still(column)).values({column: sa.bindparam("new_")})

        async def work(connection: AsyncConnection) -> int:
            changed = 0
            for old, new in changes:
                given = {"person_": old.person, "value_": old.value, "new_": new}
                changed += (await connection.execute(statement, given)).rowcount
            return changed

        return await self._together(work)

    async def give_up(self, name: str, damaged: Sealed, at: datetime) -> None:
        """Delete a value that no key decrypts, if it's still there. A link stops working then."""
        column = COLUMNS[name]
        if column.table is links:
            ending = {"token": b"", "dead_at": at}
        else:
            ending = {each.name: None for each in column.table.c if each.name.startswith("parked_")}
        statement = sa.update(column.table).where(_still(column)).values(ending)
        await self._change(statement, person_=damaged.person, value_=damaged.value)


def _is_there(column: sa.Column[bytes]) -> sa.ColumnElement[bool]:
    """Whether the value is neither NULL nor deleted by `give_up`."""
    return sa.func.length(column) > 0


def _still(column: sa.Column[bytes]) -> sa.ColumnElement[bool]:
    return (column.table.c.person == _person) & (column == _value)
