"""What is kept about people: one line for each table says how it is given out to them. All of it can be erased.

A table that holds something about a person has a column `person`, and a line here; tests/storage/test_personal.py reads
the schema and fails where one has not.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.asking import Asking
from storage.tables import attempts, deeds, likes, links, metadata, preferences, previews, shares

NOT_GIVEN = "kept, but not given out: a secret"

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Personal:
    """All columns are exported, of the secret ones only that they are there; all rows of the person are erased."""

    table: sa.Table
    secret: frozenset[str] = frozenset()
    needs_link: bool = False  # kept for linked people only: who is unlinked meanwhile leaves nothing behind


PERSONAL = (
    Personal(links, secret=frozenset({"token"})),
    Personal(attempts, secret=frozenset({"state_hash", "parked_token", "parked_browser_hash", "parked_sign_in_hash"})),
    Personal(likes, needs_link=True),
    Personal(deeds, needs_link=True),
    Personal(preferences),
    Personal(shares),
    Personal(previews),
)

_person = sa.bindparam("person_", type_=sa.BigInteger)
_before = sa.bindparam("before_", type_=links.c.dead_at.type)
_TRUNCATE_LOG = sa.text("PRAGMA wal_checkpoint(TRUNCATE)")
_DROP_DEAD = sa.delete(links).where(links.c.dead_at < _before)


class PersonalData(Asking):
    async def of(self, person: int) -> dict[str, Rows]:
        """All that is kept about the person, by table; nothing secret."""
        return {each.table.name: await self._rows(each, person) for each in PERSONAL}

    async def erase(self, person: int) -> dict[str, int]:
        """Delete all of it in one step; how many rows there were, by table."""
        tables = {each.table for each in PERSONAL}

        async def work(connection: AsyncConnection) -> dict[str, int]:
            counts: dict[str, int] = {}
            for table in reversed(metadata.sorted_tables):
                if table in tables:
                    gone = await connection.execute(
                        sa.delete(table).where(table.c.person == _person), {"person_": person}
                    )
                    counts[table.name] = gone.rowcount
            return counts

        erased = await self._together(work)
        await self.overwrite()
        return erased

    async def overwrite(self) -> bool:
        """Let nothing of what was deleted stay in SQLite's write-ahead log; False where somebody reads it just now.

        PostgreSQL overwrites when it tidies up (VACUUM).
        """
        if self._engines.writes.dialect.name != "sqlite":
            return True
        async with self._writing() as connection:
            busy, *_ = (await connection.execute(_TRUNCATE_LOG)).one()
        return busy == 0

    async def drop_left_behind(self) -> int:
        """What needs a link and has none: it was on its way while its person was erased. How many rows."""
        dropped = 0
        for each in PERSONAL:
            if each.needs_link:
                linked = sa.exists().where(links.c.person == each.table.c.person)
                dropped += await self._change(sa.delete(each.table).where(~linked))
        return dropped

    async def drop_dead_links(self, before: datetime) -> int:
        """Links that died before that; how many."""
        return await self._change(_DROP_DEAD, before_=before)

    async def _rows(self, each: Personal, person: int) -> Rows:
        question = sa.select(each.table).where(each.table.c.person == _person)
        rows = await self._all(question, person_=person)
        return [
            {column.name: _given(each, column, value) for column, value in zip(each.table.c, row, strict=True)}
            for row in rows
        ]


def _given(each: Personal, column: sa.Column[Any], value: object) -> object:
    """Numbers that may need 64 bits as text, for not every reader of JSON has so many."""
    if value is None:
        return None
    if column.name in each.secret:
        return NOT_GIVEN
    return str(value) if isinstance(column.type, sa.BigInteger) else value
