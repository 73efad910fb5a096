"""What was read for feeds: which designs are known, and how far each query is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feed_records import FeedSource
from storage.database import Database, columns_of
from storage.feed_rows import source_of
from storage.feed_tables import feed_outbox, feed_queries, feed_seen, feed_things, feeds
from storage.tables import Moment

COLLECTION = "collection:"  # its designs may be old when they're added, so they stay known as long as it's followed

_now = sa.bindparam("now_", type_=Moment)
_followed = sa.select(feeds.c.query).where(feeds.c.state != "paused")
_source = sa.select(sa.func.min(feeds.c.source)).where(feeds.c.query == feed_queries.c.query).scalar_subquery()
# A time further away than two intervals was written before the clock was set back.
_beyond = sa.type_coerce(feed_queries.c.due_at, sa.BigInteger) > sa.type_coerce(_now, sa.BigInteger) + (
    feed_queries.c.interval * 2_000 + 60_000
)
_DUE = (
    sa.select(feed_queries, _source.label("source"))
    .where((feed_queries.c.due_at <= _now) | _beyond, feed_queries.c.query.in_(_followed))
    .order_by(feed_queries.c.due_at)
    .limit(20)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One query and its place. `interval` is in seconds; `page` is where a catch-up continues, 0 without one."""

    query: str
    source: FeedSource
    interval: int
    due_at: datetime
    began: bool
    checked_at: datetime | None
    newest_at: datetime | None
    failing_since: datetime | None
    empty: int
    page: int
    until: int
    deepest: int
    missed: bool


class SeenStore(Database):
    async def due(self, now: datetime) -> list[Query]:
        """Up to twenty queries that someone follows and that are due, the longest due first."""
        return [_read(row) for row in await self._all(_DUE, now_=now)]

    async def known(self, query: str, things: Iterable[int]) -> set[int]:
        """Those of the designs that were read for the query before."""
        known = feed_seen.c.query == query, feed_seen.c.thing.in_(list(things))
        return {row.thing for row in await self._all(sa.select(feed_seen.c.thing).where(*known))}

    async def newest_at(self) -> datetime | None:
        """When the newest design was published: Thingiverse's clock, however ours is."""
        return await self._value(sa.select(sa.func.max(feed_queries.c.newest_at)))

    async def forget(self, before: datetime) -> int:
        """Delete designs seen before then, and queries nobody follows. Returns how many rows."""
        old = feed_seen.c.seen_at < before, ~feed_seen.c.query.startswith(COLLECTION)
        unused = feed_things.c.seen_at < before, feed_things.c.thing.not_in(sa.select(feed_outbox.c.thing))
        forgetting = (
            sa.delete(feed_seen).where(*old),
            sa.delete(feed_queries).where(feed_queries.c.query.not_in(sa.select(feeds.c.query))),
            sa.delete(feed_seen).where(feed_seen.c.query.not_in(sa.select(feed_queries.c.query))),
            sa.delete(feed_things).where(*unused),
        )
        return sum([await self._change(each) for each in forgetting])


def _read(row: sa.Row[Any]) -> Query:
    given = columns_of(row)
    given["source"] = source_of(row.source)
    return Query(**given)
