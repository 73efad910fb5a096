"""Four processes of one bot, with a real Redis and a real PostgreSQL, on a fake Discord with 16 shards."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fakes.discord.server import FakeDiscord
from fakes.discord.state import NotAnswered
from fakes.thingiverse import FakeThingiverse
from feed_records import FeedSource, Subscription
from storage.store import Store, open_store
from tests.postgresql import PostgresServer
from tests.redis_server import RedisServer
from tests.waiting import PATIENCE, until
from tests.wire.process import Process, environment, start

PROCESSES, SHARDS = 4, 16
BUDGET, WINDOW = 60, 12  # requests, and seconds
JITTER = 2.0  # seconds that requests may take from the bot to Thingiverse, more or less
AT_ONCE = 64  # people who wait for an answer at the same time


@dataclass
class Many:
    discord: FakeDiscord
    world: FakeThingiverse
    redis: RedisServer
    postgresql: PostgresServer
    settings: dict[str, str]
    folder: Path
    running: list[Process] = field(default_factory=list[Process])
    missed: list[tuple[int, str]] = field(default_factory=list[tuple[int, str]])  # shard, and what was asked
    shards: int = SHARDS
    store: Store = field(init=False)
    _started: int = 0

    async def start(self) -> Process:
        self._started += 1
        folder = self.folder / f"{self._started}"
        folder.mkdir()
        process = await start("run", self.settings, folder)
        self.running.append(process)
        return process

    async def ended(self, process: Process, how: int = signal.SIGTERM) -> None:
        process.stop(how)
        await process.ended()
        self.running.remove(process)

    async def owners(self) -> dict[int, str]:
        """Whose each shard is, by its lease."""
        leases = [lease for lease in await self.store.leases.living("shard:") if not lease.is_gone()]
        return {int(lease.name[6:].partition("/")[0]): lease.owner for lease in leases}

    async def shards_of(self, process: Process) -> list[int]:
        owners = await self.owners()
        return sorted(shard for shard, owner in owners.items() if owner.split(":")[-2] == str(process.running.pid))

    async def poller(self) -> Process | None:
        """The process that reads and posts for feeds, if one does."""
        lease = await self.store.leases.holder("feeds")
        return next((each for each in self.running if lease is not None and each.running.pid == lease.pid), None)

    async def evenly_divided(self) -> None:
        """Wait until each process has as many shards as the others, and all are connected."""
        async with asyncio.timeout(PATIENCE):
            while {len(await self.shards_of(each)) for each in self.running} != {self.shards // PROCESSES}:
                await asyncio.sleep(0.2)
        await self.all_connected()

    def connected(self) -> bool:
        """Whether each shard has one session that's connected."""
        living = [each.shard for each in self.discord.gateway.sessions.values() if each.connection]
        return sorted(living) == list(range(self.shards))

    async def all_connected(self, timeout: float = PATIENCE) -> None:
        await until(self.connected, timeout)

    async def ask(self, number: int, command: str, *, shard: int | None = None, **options: Any) -> bool:
        """One person asks, and whether they got an answer is noted."""
        shard = number % self.shards if shard is None else shard
        person = self.discord.person(f"p{number}", 10**17 + number)
        place = self.discord.places.on_shard(shard, self.shards)
        try:
            await self.discord.slash(person, command, place=place, patience=20.0, **options)
        except NotAnswered:
            self.missed.append((shard, command))
            return False
        return True

    async def ask_all(self, people: Iterable[int], command: str, **options: Any) -> None:
        """They ask as fast as they're answered. `{n}` in an option is the person's number."""
        numbers = iter(people)

        async def some() -> None:
            for number in numbers:
                given = {name: str(value).format(n=number) for name, value in options.items()}
                await self.ask(number, command, **given)

        await asyncio.gather(*(some() for _ in range(AT_ONCE)))

    def most_in_a_window(self) -> int:
        """The most requests that Thingiverse got in any window."""
        times = sorted(each.at for each in self.world.requests)
        return max((sum(begin <= at < begin + WINDOW - JITTER for at in times) for begin in times), default=0)

    async def follow(self, channels: Iterable[int]) -> None:
        for channel in channels:
            source = FeedSource(kind="tag", value="vase")
            await self.store.feeds.create(
                Subscription(guild=channel, channel=channel, source=source, started_at=datetime.now(UTC))
            )


@asynccontextmanager
async def four_processes(
    world: FakeThingiverse,
    redis: RedisServer,
    postgresql: PostgresServer,
    folder: Path,
    *,
    shards: int = SHARDS,
    max_concurrency: int = SHARDS,
    **given: str,
) -> AsyncGenerator[Many]:
    """They start at once, on an empty database."""
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(
            FakeDiscord(
                shards=shards, max_concurrency=max_concurrency, identify_apart=5.0, strict_bodies=False, quiet=0.0
            )
        )
        discord.state.first_sign = PATIENCE
        settings = environment(
            discord,
            world,
            folder,
            DATABASE_URL=postgresql.url,
            **{
                "REDIS_URL": redis.url,
                "THINGIVERSE_BUDGET": str(BUDGET),
                "THINGIVERSE_WINDOW": str(WINDOW),
                **given,
            },
        )
        many = Many(discord, world, redis, postgresql, settings, folder, shards=shards)
        stack.push_async_callback(_end, many)
        for _ in range(PROCESSES):
            await many.start()
        await many.all_connected()
        many.store = await stack.enter_async_context(open_store(postgresql.url))
        yield many


async def _end(many: Many) -> None:
    """Leave no process behind."""
    for process in many.running:
        process.running.kill()
        await process.running.wait()
