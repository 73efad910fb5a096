"""Store what a poll found, all in one transaction: designs, posts, and the query's place."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from feed_records import FeedOptions
from storage.database import Database, values_of
from storage.feed_rows import options_of
from storage.feed_tables import feed_outbox, feed_queries, feed_seen, feed_things, feeds, leases
from storage.outbox import post_of
from storage.tables import Moment

CHUNK = 500  # rows written before others get a turn

_WHO = sa.select(feeds.c.feed, feeds.c.person, feeds.c.channel, feeds.c.options, feeds.c.digest_at).where(
    feeds.c.feed.in_(sa.bindparam("feeds_", expanding=True)), feeds.c.state != "paused"
)
_FILTERED = (
    sa.update(feeds).where(feeds.c.feed == sa.bindparam("feed_")).values(filtered=feeds.c.filtered + sa.bindparam("n_"))
)
_DIGEST_AT = sa.update(feeds).where(feeds.c.feed == sa.bindparam("feed_")).values(digest_at=sa.bindparam("digest_"))
# PostgreSQL lets nobody take the lease until this transaction ends. On SQLite, nobody else can write meanwhile.
_EPOCH = sa.select(leases.c.epoch).where(leases.c.name == "feeds").with_for_update(read=True)

# When a feed posts what it finds now: None for right away, or the time of its next digest.
Schedule = Callable[[FeedOptions, datetime], datetime | None]


class LeaseLost(Exception):
    """Another process reads for feeds now."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A design that matched a feed, as JSON."""

    thing: int
    card: str
    published_at: datetime


@dataclass(kw_only=True)
class Reading:
    """What one poll found, and the query's new place. In `matched`, the last is whether it waits for likes."""

    query: str
    place: dict[str, Any]
    seen: Sequence[int] = ()
    arrivals: Sequence[Arrival] = ()
    matched: Sequence[tuple[int, int, bool]] = ()
    filtered: dict[int, int] = field(default_factory=dict[int, int])
    missed: bool = False
    look_again: datetime | None = None  # at designs with too few likes


class ArrivalStore(Database):
    async def keep(self, reading: Reading, now: datetime, schedule: Schedule, epoch: int | None = None) -> None:
        """Store everything or nothing. Raises LeaseLost if the lease has another epoch by now."""

        async def work(connection: AsyncConnection) -> None:
            if epoch is not None and (await connection.execute(_EPOCH)).scalar() != epoch:
                raise LeaseLost
            seen = [{"query": reading.query, "thing": thing, "seen_at": now} for thing in reading.seen]
            await self._add(connection, feed_seen, seen)
            await self._add(connection, feed_things, [values_of(each) | {"seen_at": now} for each in reading.arrivals])
            await self._match(connection, reading, now, schedule)
            updated = sa.update(feed_queries).where(feed_queries.c.query == reading.query)
            await connection.execute(updated.values(**reading.place))

        await self._together(work)

    async def failed(
        self, query: str, now: datetime, due_at: datetime, *, outage: bool, interval: int | None = None
    ) -> None:
        """Ask again then, and at that interval. With `outage`, Thingiverse didn't answer."""
        changed: dict[str, Any] = {"due_at": due_at} | ({} if interval is None else {"interval": interval})
        if outage:
            changed["failing_since"] = sa.func.coalesce(feed_queries.c.failing_since, sa.literal(now, Moment))
        await self._change(sa.update(feed_queries).where(feed_queries.c.query == query).values(**changed))

    async def _match(self, connection: AsyncConnection, reading: Reading, now: datetime, schedule: Schedule) -> None:
        wanted = sorted({feed for feed, _, _ in reading.matched})
        known: dict[int, sa.Row[Any]] = {}
        for some in _chunks(wanted):
            known |= {row.feed: row for row in await connection.execute(_WHO, {"feeds_": some})}
        digests: dict[int, datetime] = {}
        rows: list[dict[str, Any]] = []
        for feed, thing, few in reading.matched:
            if (row := known.get(feed)) is not None:
                rows.append(_row(row, thing, few, reading, now, schedule, digests))
        await self._add(connection, feed_outbox, rows)
        new = [{"feed_": feed, "digest_": at} for feed, at in digests.items() if known[feed].digest_at is None]
        if new:
            await connection.execute(_DIGEST_AT, new)
        for some in _chunks(list(reading.filtered.items())):
            await connection.execute(_FILTERED, [{"feed_": feed, "n_": n} for feed, n in some])

    async def _add(self, connection: AsyncConnection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
        for some in _chunks(rows):
            await connection.execute(self._insert_unless_there(table), some)
            await asyncio.sleep(0)


def _row(
    feed: sa.Row[Any],
    thing: int,
    few: bool,
    reading: Reading,
    now: datetime,
    schedule: Schedule,
    digests: dict[int, datetime],
) -> dict[str, Any]:
    """A row of the outbox; the time of the feed's next digest is noted in `digests` if the design waits for it."""
    new = new_row(feed.feed, thing, feed.person, feed.channel, now)
    later = schedule(options_of(feed.options), now)
    if few:
        return new | {"state": "few", "due_at": reading.look_again or now}
    if later is not None:
        digests[feed.feed] = later
        return new | {"state": "collected"}
    if reading.missed:
        return new | {"state": "missed"}
    return new | {"state": "ready", "post": post_of(feed.feed, thing)}


def new_row(feed: int, thing: int, person: int | None, channel: int, now: datetime) -> dict[str, Any]:
    return {
        "feed": feed,
        "thing": thing,
        "person": person,
        "channel": channel if person is None else -person,  # the DM isn't known until it's opened
        "post": None,
        "state": "ready",
        "digest": False,
        "left_out": 0,
        "created_at": now,
        "due_at": now,
        "epoch": 0,
        "tries": 0,
    }


def _chunks(items: Sequence[Any]) -> Iterable[list[Any]]:
    return ([*items[at : at + CHUNK]] for at in range(0, len(items), CHUNK))
