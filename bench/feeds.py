"""Feeds with 100,000 subscriptions, in simulated time: requests, matching, how soon a design is posted, and rows."""

from __future__ import annotations

import asyncio
import gc
import itertools
import os
import random
import statistics
import tempfile
import time
from collections import deque
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psutil
import sqlalchemy as sa

from actions.feed_filters import Traits
from actions.followers import Followers
from actions.matching import Follower, Matcher
from actions.polling import Poller
from actions.servers import Servers
from desk.feed_messages import FeedMessages
from feed_records import AS_USUAL, NEWEST, FeedSource, Subscription
from operations.feed_notices import FeedNotices
from operations.feed_sender import PER_SECOND, FeedSender
from operations.leases import FEEDS
from storage.arrivals import Reading
from storage.feed_rows import row_of
from storage.feed_tables import feed_seen, feeds
from storage.store import Store, open_store
from texts import Texts
from thingiverse.filters import Filters
from thingiverse.models import Listing, Maker, Thing
from thingiverse.shelf import Shelved

SUBSCRIPTIONS, MAKERS, TAGS, SEARCHES, CHANNELS = 100_000, 1_000, 5_000, 5_000, 20_000
CATEGORIES, COLLECTIONS = 100, 20
USUAL, BURST = 2_000, 9_000  # designs a day
PAGE = 28
HOURS = float(os.environ.get("BENCH_FEED_HOURS", "0.25"))  # of posting, at each rate
START = datetime(2026, 5, 1, tzinfo=UTC)


@dataclass
class World:
    """Designs appear as the clock goes on, and each read is counted."""

    a_day: int
    now: datetime = START
    chance: random.Random = field(default_factory=lambda: random.Random(14))
    things: deque[Thing] = field(default_factory=lambda: deque(maxlen=3_000))
    categories: dict[int, deque[Thing]] = field(default_factory=dict)
    requests: list[datetime] = field(default_factory=list)
    posted: list[float] = field(default_factory=list)  # seconds since it was published
    numbers: Any = field(default_factory=lambda: itertools.count(1))
    published: dict[int, datetime] = field(default_factory=dict)

    def go_on(self, seconds: float) -> None:
        before, self.now = self.now, self.now + timedelta(seconds=seconds)
        count = self.chance.random() < (expected := self.a_day * seconds / 86_400) % 1
        for _ in range(int(expected) + count):
            self._publish(before + timedelta(seconds=self.chance.random() * seconds))

    def _publish(self, when: datetime) -> None:
        tags = tuple(f"tag{int(self.chance.paretovariate(0.5)) % TAGS}" for _ in range(8))
        name = " ".join(f"word{self.chance.randrange(SEARCHES)}" for _ in range(5))
        maker = Maker(login=f"maker{self.chance.randrange(30_000)}")
        thing = Thing(id=next(self.numbers), title=name, maker=maker, created_at=when.isoformat(), tagged=tags)
        self.published[thing.id] = when
        self.things.appendleft(thing)
        kept = self.categories.setdefault(self.chance.randrange(CATEGORIES), deque(maxlen=300))
        kept.appendleft(thing)

    # -- as the catalog

    async def search(self, term: str, filters: Filters, page: int = 1, **_: Any) -> Shelved[Listing]:
        del term
        return self._read(self.categories.get(filters.category - 1, ()) if filters.category else self.things, page)

    async def collected(self, collection: int, page: int = 1, **_: Any) -> Shelved[Listing]:
        return self._read([Thing(id=collection * 1_000 + n, title="x") for n in range(20)], page)

    def _read(self, things: Any, page: int) -> Shelved[Listing]:
        self.requests.append(self.now)
        listed = list(things)
        shown = tuple(listed[(page - 1) * PAGE : page * PAGE])
        return Shelved(Listing(things=shown, page=page, more=len(listed) > page * PAGE), self.now)

    # -- as Discord's channels: each message takes its turn

    async def send(self, out: Any) -> int:
        self.now += timedelta(seconds=1 / PER_SECOND)
        self.posted += [(self.now - self.published[thing.id]).total_seconds() for thing in out.message]
        return 1


async def _rendered(delivery: Any) -> Any:
    class Message:
        message = delivery.things

        def __iter__(self) -> Any:
            return iter(delivery.things)

    return Message()


async def _allowed(*_: Any) -> None:
    return None


def sources() -> list[FeedSource]:
    given = [FeedSource(kind="maker", value=f"maker{n}") for n in range(MAKERS)]
    given += [FeedSource(kind="tag", value=f"tag{n}") for n in range(TAGS)]
    return given + [FeedSource(kind="words", value=f"word{n}") for n in range(SEARCHES)]


async def print_feeds() -> None:
    print()
    await _print_matching()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        await _print_requests(Path(folder))
        for a_day in (USUAL, BURST):
            await _print_posting(Path(folder), a_day)
        await _print_rows(Path(folder))


async def _print_matching() -> None:
    world, matcher, many = World(USUAL), Matcher(), sources()
    for feed in range(SUBSCRIPTIONS):
        matcher.put(Follower(feed, many[feed % len(many)], AS_USUAL, START))
    gc.collect()
    times, found = [], 0
    for _ in range(20):
        world.go_on(86_400 / USUAL * 50)
        page = [Traits(thing, world.now) for thing in list(world.things)[:50]]
        before = time.process_time()
        found = len(await matcher.match(NEWEST, page, world.now))
        times.append(time.process_time() - before)
    print(f"matching 50 designs against {SUBSCRIPTIONS:,} feeds: ", end="")
    print(f"{statistics.median(times) * 1000:.1f} ms of CPU, longest {max(times) * 1000:.1f} ms, {found:,} posts")


@asynccontextmanager
async def _open(folder: Path, world: World, followed: list[FeedSource]) -> Any:
    """A store with one feed per source, in as many channels, and a poller."""
    path = folder / f"{len(list(folder.iterdir()))}.db"
    async with open_store(f"sqlite:///{path}") as store:
        await _fill(store, followed)

        def now() -> datetime:
            return world.now

        catalog: Any = world
        poller = Poller(catalog, Followers(store.feeds, now), store.feeds, store.seen, store.arrivals, now=now)
        channels: Any = world
        settings = Servers(store.community).settings
        notices = FeedNotices(store, channels, FeedMessages(Texts(), settings), settings)
        sender = FeedSender(store, channels, notices, render=_rendered, allows=_allowed, cap=10**9, now=now)
        sender.pause = 0.0  # the simulated clock has it
        await store.leases.take(FEEDS, "bench", "here", 0, 86_400)
        yield store, poller, sender


async def _fill(store: Store, followed: list[FeedSource]) -> None:
    rows = [
        row_of(Subscription(guild=1, channel=n % CHANNELS, source=source, started_at=START))
        for n, source in enumerate(followed)
    ]
    for source in {source.query: source for source in followed}.values():
        await store.feeds.create(Subscription(guild=2, channel=0, source=source, started_at=START))
    async with store._engines.transactions.begin() as connection:
        for at in range(0, len(rows), 5_000):
            await connection.execute(feeds.insert(), rows[at : at + 5_000])


async def _print_requests(folder: Path) -> None:
    """A day of reading: the stream, categories, collections, and popular designs."""
    followed = [FeedSource(kind="tag", value="tag1"), FeedSource(kind="popular")]
    followed += [FeedSource(kind="category", value=str(n + 1)) for n in range(CATEGORIES)]
    followed += [FeedSource(kind="collection", value=str(n + 1)) for n in range(COLLECTIONS)]
    world = World(USUAL)
    world.go_on(86_400)
    async with _open(folder, world, followed) as (store, poller, _):
        began = world.now
        while world.now < began + timedelta(days=1):
            world.go_on(60)
            while await poller.poll_due():
                pass
        counts = await store.posted.counts()
    windows = [0] * 288
    for at in world.requests:
        windows[min(287, int((at - began).total_seconds() // 300))] += 1
    later = sorted(windows[24:])
    print(f"requests for feeds in five minutes, {counts.queries} queries, {USUAL:,} designs a day: ", end="")
    print(f"mean {statistics.mean(later):.0f}, p99 {later[int(len(later) * 0.99)]}, most {later[-1]} of 300")


async def _print_posting(folder: Path, a_day: int) -> None:
    many = sources()
    world = World(a_day)
    world.go_on(3_600)
    process = psutil.Process()
    async with _open(folder, world, [many[n % len(many)] for n in range(SUBSCRIPTIONS)]) as (_, poller, sender):
        await poller.poll_due()
        world.posted.clear()
        epoch, half, cpu = 1, 0, time.process_time()
        end = world.now + timedelta(hours=HOURS)
        middle = end - timedelta(hours=HOURS / 2)
        while world.now < end:
            world.go_on(5)
            await poller.poll_due()
            while await sender.send_due(epoch):
                while sender._tasks:
                    await sender.wait()
            if not half and world.now > middle:
                half = process.memory_info().rss
        grown = (process.memory_info().rss - half) / 2**20
        cpu = time.process_time() - cpu
    times = sorted(world.posted)
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    print(
        f"{a_day:,} designs a day, {SUBSCRIPTIONS:,} feeds: {len(times):,} posts in {HOURS:g} h; published to posted ",
        end="",
    )
    print(
        f"p50 {p50:.0f} s, p99 {p99:.0f} s; {cpu / len(times) * 1000:.1f} ms of CPU each; {grown:+.0f} MB in the half"
    )


async def _print_rows(folder: Path) -> None:
    """Four months of designs, cleaned up each day."""
    most = 0
    async with open_store(f"sqlite:///{folder / 'rows.db'}") as store:
        await store.feeds.create(Subscription(guild=1, channel=1, source=sources()[0], started_at=START))
        for day in range(120):
            now = START + timedelta(days=day)
            seen = range(day * USUAL, (day + 1) * USUAL)
            await store.arrivals.keep(Reading(query=NEWEST, place={"page": 0}, seen=seen), now, lambda *_: None)
            await store.seen.forget(now - timedelta(days=90))
            async with store._engines.reads.connect() as connection:
                counted = await connection.execute(sa.select(sa.func.count()).select_from(feed_seen))
                most = max(most, counted.scalar_one())
    print(f"rows of seen designs in 120 days of {USUAL:,}: at most {most:,}")


if __name__ == "__main__":
    asyncio.run(print_feeds())
