"""Likes made through the bot, and each person's history of likes and unlikes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from records import HistoryEntry, Like, Link
from storage.database import Database, values_of
from storage.engine import Engines
from storage.links import STILL_LINKED, link_of_row
from storage.tables import history, likes, links
from storage.write_behind import WriteBehind

HISTORY_KEPT = 50  # entries per person

_person = sa.bindparam("person_", type_=sa.BigInteger)
_thing = sa.bindparam("thing_", type_=sa.BigInteger)

# The columns of `links`, then the thing if a like of it is recorded.
_LINK_AND_LIKE = (
    sa.select(links, likes.c.thing)
    .outerjoin(likes, (likes.c.person == links.c.person) & (likes.c.thing == _thing))
    .where(links.c.person == _person)
)
_FORGET_LIKE = sa.delete(likes).where(likes.c.person == _person, likes.c.thing == _thing)

_newest_first = (history.c.done_at.desc(), history.c.thing.desc())
_FORGET_ENTRY = sa.delete(history).where(
    history.c.person == _person, history.c.done_at == sa.bindparam("at_"), history.c.thing == _thing
)
_oldest_kept = (
    sa.select(history.c.done_at, history.c.thing)
    .where(history.c.person == _person)
    .order_by(*_newest_first)
    .offset(HISTORY_KEPT - 1)
    .limit(1)
    .scalar_subquery()
)
# It deletes nothing of people with fewer entries.
_TRIM = sa.delete(history).where(
    history.c.person == _person, sa.tuple_(history.c.done_at, history.c.thing) < _oldest_kept
)


class LikeStore(Database):
    """Records count in reads right away, and are written a moment later (see `write_behind`)."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(engines)
        self._noted_likes = WriteBehind[tuple[int, int], Like]("likes", self._write_likes)
        self._noted_history = WriteBehind[tuple[int, datetime, int], HistoryEntry]("history", self._write_history)

    def note_like(self, like: Like) -> None:
        """Record a like, or replace its record, if the person is linked."""
        self._noted_likes.note((like.person, like.thing), like)

    def note_unlike(self, person: int, thing: int) -> None:
        """Delete the record of a like."""
        self._noted_likes.note((person, thing), None)

    def note_history(self, entry: HistoryEntry) -> None:
        """Add to the person's history, if they're linked, or replace the entry of the same time."""
        self._noted_history.note(_key(entry), entry)

    def forget_history(self, entry: HistoryEntry) -> None:
        """Delete an entry, because it wasn't done."""
        self._noted_history.note(_key(entry), None)

    async def begin_history(self, entry: HistoryEntry) -> None:
        """Write right away what is about to be done. `note_history` or `forget_history` ends it."""
        self._noted_history.note(_key(entry), replace(entry, unsure=True))
        await self._noted_history.settle()

    async def begun_history(self, entry: HistoryEntry, since: datetime) -> HistoryEntry | None:
        """An entry for the same that was begun since then, and never ended."""
        await self.settle()
        names = ("person", "thing", "collection", "maker_id", "liked")
        same = [history.c[name] == getattr(entry, name) for name in names]
        begun = sa.select(history).where(*same, history.c.done_at > since, history.c.unsure.is_(sa.true()))
        rows = await self._all(begun.order_by(*_newest_first))
        return _entry_of(rows[0]) if rows else None

    async def settle(self) -> None:
        """Write the likes and the history that are waiting, right away."""
        await self._noted_likes.settle()
        await self._noted_history.settle()

    async def link_and_like(self, person: int, thing: int) -> tuple[Link | None, bool]:
        """The person's link, and whether a like of the thing is recorded; False without a link. One query."""
        before = self._noted_likes.pending((person, thing))
        row = await self._row(_LINK_AND_LIKE, person_=person, thing_=thing)
        if row is None:
            return None, False
        after = self._noted_likes.pending((person, thing))
        noted = before if after is None else after  # it may have been written since, and not be in this row
        return link_of_row(row), row[-1] is not None if noted is None else noted

    async def likes_of(self, person: int, limit: int = 50) -> list[Like]:
        """The person's likes, newest first."""
        await self.settle()
        theirs = sa.select(likes).where(likes.c.person == person).limit(limit)
        return [Like(*row) for row in await self._all(theirs.order_by(likes.c.liked_at.desc(), likes.c.thing.desc()))]

    async def count_likes(self, person: int) -> int:
        await self.settle()
        return await self._value(sa.select(sa.func.count()).where(likes.c.person == person))

    async def history_of(self, person: int) -> list[HistoryEntry]:
        """The person's last fifty entries, newest first."""
        await self.settle()
        sure = sa.select(history).where(history.c.person == person, history.c.unsure.is_not(sa.true()))
        rows = await self._all(sure.order_by(*_newest_first).limit(HISTORY_KEPT))
        return [_entry_of(row) for row in rows]

    async def _write_likes(self, noted: list[Like], forgotten: list[tuple[int, int]]) -> None:
        async def work(connection: AsyncConnection) -> None:
            if noted:
                # sorted, so that two processes don't deadlock
                in_order = sorted(noted, key=lambda like: (like.person, like.thing))
                await connection.execute(self._upsert(likes, STILL_LINKED), [values_of(like) for like in in_order])
            if forgotten:
                pairs = [{"person_": person, "thing_": thing} for person, thing in sorted(forgotten)]
                await connection.execute(_FORGET_LIKE, pairs)

        await self._together(work)

    async def _write_history(self, noted: list[HistoryEntry], forgotten: list[tuple[int, datetime, int]]) -> None:
        """Write the entries, and delete each person's oldest ones beyond the limit."""

        async def work(connection: AsyncConnection) -> None:
            if noted:
                entries = [values_of(entry) for entry in sorted(noted, key=_key)]
                await connection.execute(self._upsert(history, STILL_LINKED), entries)
                people = sorted({entry.person for entry in noted})
                await connection.execute(_TRIM, [{"person_": person} for person in people])
            if forgotten:
                keys = [{"person_": person, "at_": at, "thing_": thing} for person, at, thing in sorted(forgotten)]
                await connection.execute(_FORGET_ENTRY, keys)

        await self._together(work)


def _entry_of(row: sa.Row[Any]) -> HistoryEntry:
    """Older rows don't say if they're unsure."""
    *columns, unsure = row
    return HistoryEntry(*columns, unsure=bool(unsure))


def _key(entry: HistoryEntry) -> tuple[int, datetime, int]:
    return entry.person, entry.done_at, entry.thing
