"""Sealed values as they stand in the database, to be sealed anew with another key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.asking import Asking
from storage.tables import attempts, links
from storage.vault import ATTEMPT_TOKEN, HEAD_BYTES, LINK_TOKEN, key_id_of

# Every column that holds sealed values, by the name it is sealed under.
COLUMNS: dict[str, sa.Column[bytes]] = {LINK_TOKEN: links.c.token, ATTEMPT_TOKEN: attempts.c.parked_token}

_person = sa.bindparam("person_", type_=sa.BigInteger)
_value = sa.bindparam("value_", type_=sa.LargeBinary)
_head = sa.bindparam("head_", type_=sa.LargeBinary)


@dataclass(frozen=True, slots=True)
class Sealed:
    """A person's sealed value in one of the columns."""

    person: int
    value: bytes = field(repr=False)


class Seals(Asking):
    async def count_by_key(self) -> dict[bytes, int]:
        """How many values each key has sealed, by its id."""
        counts: dict[bytes, int] = {}
        for column in COLUMNS.values():
            head = sa.func.substr(column, 1, HEAD_BYTES).label("head")
            counted = sa.select(head, sa.func.count().label("number")).where(_is_there(column)).group_by(head)
            for row in await self._all(counted):
                key_id = key_id_of(row.head)
                counts[key_id] = counts.get(key_id, 0) + row.number
        return counts

    async def sealed_otherwise(self, name: str, head: bytes, after: int, limit: int) -> list[Sealed]:
        """Values in the column that do not begin with `head`, of people whose id is above `after`, the lowest first."""
        column = COLUMNS[name]
        person = column.table.c.person
        question = (
            sa.select(person, column)
            .where(_is_there(column), person > _person, sa.func.substr(column, 1, HEAD_BYTES) != _head)
            .order_by(person)
            .limit(sa.bindparam("limit_", type_=sa.Integer))
        )
        return [Sealed(*row) for row in await self._all(question, person_=after, head_=head, limit_=limit)]

    async def replace(self, name: str, changes: Iterable[tuple[Sealed, bytes]]) -> int:
        """Put each new value where the old one still stands, all in one step; how many did."""
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
        """Delete a value that no key opens, if it still stands there; what it belongs to is dead then."""
        column = COLUMNS[name]
        if column.table is links:
            ending = {"token": b"", "dead_at": at}
        else:
            ending = {each.name: None for each in column.table.c if each.name.startswith("parked_")}
        statement = sa.update(column.table).where(_still(column)).values(ending)
        await self._change(statement, person_=damaged.person, value_=damaged.value)


def _is_there(column: sa.Column[bytes]) -> sa.ColumnElement[bool]:
    """Neither NULL nor given up."""
    return sa.func.length(column) > 0


def _still(column: sa.Column[bytes]) -> sa.ColumnElement[bool]:
    return (column.table.c.person == _person) & (column == _value)
