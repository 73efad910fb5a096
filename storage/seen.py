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

_query = sa.bindparam("query_", type_=sa.Text)
_now = sa.bindparam("now_", type_=Moment)
_before = sa.bindparam("before_", type_=Moment)
_followed = sa.select(feeds.c.query).where(feeds.c.state != "paused")
_SOURCE = sa.select(sa.func.min(feeds.c.source)).where(feeds.c.query == feed_queries.c.query).scalar_subquery()
# A time further away than two intervals was written before the clock was set back.
_beyond = sa.type_coerce(feed_queries.c.due_at, sa.BigInteger) > sa.type_coerce(_now, sa.BigInteger) + (
    feed_queries.c.interval * 2_000 + 60_000
)
_DUE = (
    sa.select(feed_queries, _SOURCE.label("source"))
    .where((feed_queries.c.due_at <= _now) | _beyond, feed_queries.c.query.in_(_followed))
    .order_by(feed_queries.c.due_at)
    .limit(sa.bindparam("limit_", type_=sa.Integer))
)
_KNOWN = sa.select(feed_seen.c.thing).where(
    feed_seen.c.query == _query, feed_seen.c.thing.in_(sa.bindparam("things_", expanding=True))
)
_NEWEST = sa.select(sa.func.max(feed_queries.c.newest_at))
_FORGET_SEEN = sa.delete(feed_seen).where(feed_seen.c.seen_at < _before, ~feed_seen.c.query.startswith(COLLECTION))
_FORGET_THINGS = sa.delete(feed_things).where(
    feed_things.c.seen_at < _before, feed_things.c.thing.not_in(sa.select(feed_outbox.c.thing))
)
_unused = feed_queries.c.query.not_in(sa.select(feeds.c.query))
_FORGET_QUERIES = sa.delete(feed_queries).where(_unused)
_FORGET_THEIR_SEEN = sa.delete(feed_seen).where(feed_seen.c.query.not_in(sa.select(feed_queries.c.query)))


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
    async def due(self, now: datetime, limit: int = 20) -> list[Query]:
        """Queries that someone follows and that are due, the longest due first."""
        rows = await self._all(_DUE, now_=now, limit_=limit)
        return [_read(row) for row in rows]

    async def known(self, query: str, things: Iterable[int]) -> set[int]:
        """Those of the designs that were read for the query before."""
        return {row.thing for row in await self._all(_KNOWN, query_=query, things_=list(things))}

    async def newest_at(self) -> datetime | None:
        """When the newest design was published: Thingiverse's clock, however ours is."""
        return await self._value(_NEWEST)

    async def forget(self, before: datetime) -> int:
        """Delete designs seen before then, and queries nobody follows. Returns how many rows."""
        count = await self._change(_FORGET_SEEN, before_=before)
        count += await self._change(_FORGET_QUERIES)
        return count + await self._change(_FORGET_THEIR_SEEN) + await self._change(_FORGET_THINGS, before_=before)


def _read(row: sa.Row[Any]) -> Query:
    given = columns_of(row)
    given["source"] = source_of(row.source)
    return Query(**given)
