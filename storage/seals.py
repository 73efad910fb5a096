"""Encrypted values in the database: which keys they need, and re-encrypting them with another key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.links import parked_values
from storage.tables import attempts, head_of, links
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, key_id_of

# Every column with encrypted values, by the name that is bound into the encryption.
COLUMNS: dict[str, sa.Column[bytes]] = {LINK_TOKEN: links.c.token, ATTEMPT_TOKEN: attempts.c.parked_token}


@dataclass(frozen=True, slots=True)
class Sealed:
    """A person's encrypted value in one of the columns."""

    person: int
    value: bytes = field(repr=False)


class Seals(Database):
    async def keys_in_use(self) -> set[bytes]:
        """The IDs of all keys that values are encrypted with.

        It asks for the next head after each one. With the index on links, that's one step; a million rows would take a
        second.
        """
        found: set[bytes] = set()
        for column in COLUMNS.values():
            heads, head = sa.select(head_of(column)).order_by(head_of(column)).limit(1), b""
            while (head := await self._value(heads.where(head_of(column) > head))) is not None:
                found.add(key_id_of(head))
        return found

    async def count_by_key(self) -> dict[bytes, int]:
        """How many values are encrypted with each key, by its ID. This reads every value."""
        counts: Counter[bytes] = Counter()
        for column in COLUMNS.values():
            head = head_of(column)
            counted = sa.select(head.label("head"), sa.func.count().label("number")).where(_is_there(column))
            for row in await self._all(counted.group_by(head)):
                counts[key_id_of(row.head)] += row.number
        return counts

    async def sealed_otherwise(self, name: str, head: bytes, after: int, limit: int) -> list[Sealed]:
        """Values in the column that don't begin with `head`, of people with IDs above `after`, the lowest first."""
        column = COLUMNS[name]
        person = column.table.c.person
        otherwise = _is_there(column), person > after, head_of(column) != head
        rows = await self._all(sa.select(person, column).where(*otherwise).order_by(person).limit(limit))
        return [Sealed(*row) for row in rows]

    async def replace(self, name: str, changes: Iterable[tuple[Sealed, bytes]]) -> int:
        """Replace each old value that is still there, in one transaction. Returns how many."""
        column = COLUMNS[name]
        same = column.table.c.person == sa.bindparam("person_"), column == sa.bindparam("value_")
        statement = sa.update(column.table).where(*same).values({column: sa.bindparam("new_")})

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
        same = column.table.c.person == damaged.person, column == damaged.value
        ending = {"token": b"", "dead_at": at} if column.table is links else parked_values(None)
        await self._change(sa.update(column.table).where(*same).values(ending))


def _is_there(column: sa.Column[bytes]) -> sa.ColumnElement[bool]:
    """Whether the value is neither NULL nor deleted by `give_up`."""
    return sa.func.length(column) > 0
