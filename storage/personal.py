"""Export and erase everything that is kept about a person.

Each table about people has a column `person` and a line in PERSONAL. A test reads the schema and fails if one is
missing.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.engine import BUSY_TIMEOUT, Engines
from storage.errors import StorageError
from storage.feed_tables import feed_outbox, feeds
from storage.tables import (
    attempts,
    design_counts,
    design_reports,
    history,
    likes,
    links,
    metadata,
    preferences,
    previews,
    shares,
)
from storage.write_behind import WriteBehind

log = structlog.get_logger("storage.personal")

AGAIN_AFTER = 3.0  # seconds
NOT_GIVEN = "kept, but not given out: a secret"

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Personal:
    """Export every column, except the values of secret ones, and erase every row of the person."""

    table: sa.Table
    secret: frozenset[str] = frozenset()
    needs_link: bool = False  # only kept while the person is linked
    since: str = ""  # the column with the time that `drop_older` compares


PERSONAL = (
    Personal(links, secret=frozenset({"token"}), since="dead_at"),
    Personal(attempts, secret=frozenset({"state_hash", "parked_token", "parked_browser_hash", "parked_sign_in_hash"})),
    Personal(likes, needs_link=True),
    Personal(history, needs_link=True, since="done_at"),
    Personal(design_reports, needs_link=True),
    Personal(design_counts, needs_link=True, since="day"),
    Personal(preferences),
    Personal(shares, since="shared_at"),
    Personal(previews, since="shown_at"),
    Personal(feeds),
    Personal(feed_outbox, since="created_at"),
)

_TRUNCATE_LOG = sa.text("PRAGMA wal_checkpoint(TRUNCATE)")
_WAIT_BRIEFLY = sa.text("PRAGMA busy_timeout=200")
_WAIT_AS_USUAL = sa.text(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")


class PersonalData(Database):
    """All data about a person, including records that wait to be written, whose keys begin with the person's ID."""

    def __init__(self, engines: Engines, *waiting: WriteBehind[Any, Any]) -> None:
        super().__init__(engines)
        self._waiting = waiting
        self._later: asyncio.Task[None] | None = None

    async def of(self, person: int) -> dict[str, Rows]:
        """Everything kept about the person, by table; no secrets."""
        await self._settle()
        return {each.table.name: await self._rows(each, person) for each in PERSONAL}

    async def erase(self, person: int) -> dict[str, int]:
        """Delete everything kept about the person in one transaction. Returns how many rows, by table."""
        await self._settle()
        async with AsyncExitStack() as stack:
            for each in self._waiting:
                await stack.enter_async_context(each.without(person))
            erased = await self._together(lambda connection: _delete_rows(connection, person))
            await self.overwrite()
        return erased

    async def overwrite(self) -> bool:
        """Overwrite deleted rows in SQLite's write-ahead log. Returns False if another process is reading it.

        In that case, it tries again every few seconds until it works. PostgreSQL does this itself (VACUUM).
        """
        if self._engines.dialect != "sqlite":
            return True
        done = await self._truncate_log()
        if not done and (self._later is None or self._later.done()):
            self._later = asyncio.create_task(self._overwrite_later())
        return done

    async def close(self) -> None:
        """Stop trying. Housekeeping continues after the next start."""
        if self._later is not None:
            self._later.cancel()
            await asyncio.gather(self._later, return_exceptions=True)

    async def _settle(self) -> None:
        for each in self._waiting:
            await each.settle()

    async def _truncate_log(self) -> bool:
        """Truncate the log. It waits only briefly for readers outside the bot, because writers wait for it.

        If it's canceled, the connection is closed, and the next one has the usual timeout.
        """
        async with self._writing() as connection:
            await connection.execute(_WAIT_BRIEFLY)
            try:
                busy, *_ = (await connection.execute(_TRUNCATE_LOG)).one()
            except DBAPIError:
                await connection.execute(_WAIT_AS_USUAL)
                raise
            await connection.execute(_WAIT_AS_USUAL)
        return busy == 0

    async def _overwrite_later(self) -> None:
        while True:
            await asyncio.sleep(AGAIN_AFTER)
            try:
                if await self._truncate_log():
                    return
            except StorageError as error:
                log.warning("deleted data not overwritten yet", why=str(error))

    async def drop_left_behind(self) -> int:
        """Delete rows without the link they need, written while another process erased the person. Returns how many."""
        dropped = 0
        for each in PERSONAL:
            if each.needs_link:
                linked = sa.exists().where(links.c.person == each.table.c.person)
                dropped += await self._change(sa.delete(each.table).where(~linked))
        return dropped

    async def drop_older(self, table: str, before: datetime) -> int:
        """Delete a table's rows from before then. A link counts from when it stopped working. Returns how many."""
        each = next(each for each in PERSONAL if each.table.name == table)
        return await self._change(sa.delete(each.table).where(each.table.c[each.since] < before))

    async def _rows(self, each: Personal, person: int) -> Rows:
        rows = await self._all(sa.select(each.table).where(each.table.c.person == person))
        return [
            {column.name: _given(each, column, value) for column, value in zip(each.table.c, row, strict=True)}
            for row in rows
        ]


async def _delete_rows(connection: AsyncConnection, person: int) -> dict[str, int]:
    tables = {each.table for each in PERSONAL}
    counts: dict[str, int] = {}
    for table in reversed(metadata.sorted_tables):
        if table in tables:
            deleting = sa.delete(table).where(table.c.person == person)
            counts[table.name] = (await connection.execute(deleting)).rowcount
    return counts


def _given(each: Personal, column: sa.Column[Any], value: object) -> object:
    """A value for the export. IDs become text, because they have 64 bits, and some JSON readers support fewer."""
    if value is None:
        return None
    if column.name in each.secret:
        return NOT_GIVEN
    return str(value) if isinstance(column.type, sa.BigInteger) else value
