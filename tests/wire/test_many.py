"""Four processes are one bot, whatever dies."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest

from fakes.thingiverse import FakeThingiverse
from tests.postgresql import GROUP, PostgresServer, running_postgresql
from tests.redis_server import MISSING, PROGRAM, RedisServer, running_redis
from tests.waiting import PATIENCE, until
from tests.wire.many import BUDGET, SHARDS, Many, four_processes
from tests.wire.process import start
from tests.wire.story import ids

pytestmark = [pytest.mark.slow, GROUP]
WITHIN = 30.0  # seconds, in which leases move


@pytest.fixture
def postgresql() -> Generator[PostgresServer]:
    with running_postgresql() as server:
        yield server


@pytest.fixture
async def redis() -> AsyncGenerator[RedisServer]:
    if PROGRAM is None:
        pytest.skip(MISSING)
    with running_redis() as server:
        await server.answers()
        yield server


async def test_two_thousand_people_and_one_budget_with_redis_and_without(
    world: FakeThingiverse, redis: RedisServer, postgresql: PostgresServer, tmp_path: Path
) -> None:
    async with four_processes(world, redis, postgresql, tmp_path) as many:
        await many.evenly_divided()
        assert many.discord.gateway.refused_identifies == 0

        await many.ask_all(range(1_000), "popular")
        assert world.count("GET", "/api/popular") == 1
        assert many.missed == []

        asking = asyncio.create_task(many.ask_all(range(1_000, 2_000), "search", text="vase {n}"))
        await until(lambda: len(world.requests) > BUDGET // 3)
        redis.kill()
        await _says(many, "redis doesn't answer", 1)
        health = await start("health", many.settings, tmp_path)
        assert await health.ended() == 0, "it's ready without Redis"
        assert "! Redis answers: no, so this process goes on with its share of the requests" in health.said
        redis.start()
        await _says(many, "redis answers", 2)
        await asking
        assert many.missed == []
        assert many.most_in_a_window() <= BUDGET

        postgresql.restart()
        await _until_answered(many)
        assert many.connected()
        assert {process.running.returncode for process in many.running} == {None}
        assert not [name for name in redis.names() if any(token in name for token in world.tokens)]
        assert not [name for name in redis.names() if str(10**17)[:6] in name]


async def test_four_that_start_at_once_without_redis_identify_one_after_another(
    world: FakeThingiverse, redis: RedisServer, postgresql: PostgresServer, tmp_path: Path
) -> None:
    redis.kill()
    given = {"REDIS_URL": redis.url.replace("//", "//:hidden-canary@")}
    async with four_processes(world, redis, postgresql, tmp_path, max_concurrency=8, **given) as many:
        await many.evenly_divided()
        assert many.discord.gateway.refused_identifies == 0
        assert len(many.discord.gateway.identifies) == SHARDS
        assert await many.ask(1, "popular")
        assert not any("canary" in process.said for process in many.running)


async def test_when_a_process_is_killed_the_others_take_over_and_nobody_is_told_twice(
    world: FakeThingiverse, redis: RedisServer, postgresql: PostgresServer, tmp_path: Path
) -> None:
    async with four_processes(world, redis, postgresql, tmp_path, FEED_EVERY="1", THINGIVERSE_BUDGET="5000") as many:
        channels = [many.discord.channels.create(f"prints-{n}") for n in range(10)]
        await many.follow(int(each.id) for each in channels)
        while not await many.store.seen.known("newest", [1_038]):
            await asyncio.sleep(0.1)
        vases = [world.publish(f"Vase {n}") for n in range(5)]
        await until(lambda: any(many.discord.messages.listed(each.id) for each in channels))

        victim = await many.poller()
        assert victim is not None
        shards = await many.shards_of(victim)
        await many.ended(victim, signal.SIGKILL)
        killed = time.monotonic()
        vases += [world.publish(f"Later vase {n}") for n in range(5)]

        def posted() -> list[list[str]]:
            return [sorted(_likes(many, each.id)) for each in channels]

        every_vase = sorted(f"t1:like:{vase.id}" for vase in vases)
        await until(lambda: posted() == [every_vase] * len(channels))
        await many.all_connected(WITHIN - (time.monotonic() - killed))
        owners = await many.owners()
        assert len(owners) == SHARDS
        for shard in shards:
            assert await many.ask(shard, "popular", shard=shard)
        await asyncio.sleep(2)  # nothing more may come
        assert posted() == [every_vase] * len(channels)


async def test_with_more_processes_than_shards_feeds_are_posted_by_one_that_has_some(
    world: FakeThingiverse, redis: RedisServer, postgresql: PostgresServer, tmp_path: Path
) -> None:
    async with four_processes(world, redis, postgresql, tmp_path, shards=1, FEED_EVERY="1") as many:
        prints = many.discord.channels.create("prints")
        await many.follow([int(prints.id)])
        while not await many.store.seen.known("newest", [1_038]):
            await asyncio.sleep(0.1)
        world.publish("Vase")
        await until(lambda: many.discord.messages.listed(prints.id))
        poller, house = await many.poller(), await many.store.leases.holder("house")
        assert poller is not None
        assert await many.shards_of(poller) == [0]
        assert house is not None
        assert house.pid == poller.running.pid
        await many.ended(poller)  # one that waited takes its place
        vase = world.publish("Later vase")
        await until(lambda: f"t1:like:{vase.id}" in _likes(many, prints.id))


async def test_a_process_that_is_paused_for_long_posts_nothing_twice_and_gives_up_its_shards(
    world: FakeThingiverse, redis: RedisServer, postgresql: PostgresServer, tmp_path: Path
) -> None:
    async with four_processes(world, redis, postgresql, tmp_path, FEED_EVERY="1", THINGIVERSE_BUDGET="5000") as many:
        channels = [many.discord.channels.create(f"prints-{n}") for n in range(30)]
        await many.follow(int(each.id) for each in channels)
        while not await many.store.seen.known("newest", [1_038]):
            await asyncio.sleep(0.1)
        await many.evenly_divided()
        vases = [world.publish(f"Vase {n}") for n in range(3)]
        await until(lambda: any(many.discord.messages.listed(each.id) for each in channels))

        paused = await many.poller()
        assert paused is not None
        shards = await many.shards_of(paused)
        paused.stop(signal.SIGSTOP)  # in the middle of sending
        others = [each for each in many.running if each is not paused]
        async with asyncio.timeout(PATIENCE):
            while await many.poller() is paused or await many.shards_of(paused):
                await asyncio.sleep(0.2)
        async with asyncio.timeout(PATIENCE):
            while sum([len(await many.shards_of(each)) for each in others]) < SHARDS:
                await asyncio.sleep(0.2)
        vases.append(world.publish("Vase during the pause"))

        def posted() -> list[list[str]]:
            return [sorted(_likes(many, each.id)) for each in channels]

        await until(lambda: posted() == [sorted(f"t1:like:{vase.id}" for vase in vases)] * len(channels))
        paused.stop(signal.SIGCONT)
        vases.append(world.publish("Vase after the pause"))
        await until(lambda: posted() == [sorted(f"t1:like:{vase.id}" for vase in vases)] * len(channels))
        assert all(f'"another process has taken over" shard={shard} ' in paused.said for shard in shards)
        await many.evenly_divided()  # each shard has one session again, and the process its part
        assert posted() == [sorted(f"t1:like:{vase.id}" for vase in vases)] * len(channels)
        for shard in range(SHARDS):
            assert await many.ask(shard, "popular", shard=shard)


async def test_a_rolling_restart_misses_nothing_on_the_other_shards(
    world: FakeThingiverse, redis: RedisServer, postgresql: PostgresServer, tmp_path: Path
) -> None:
    async with four_processes(world, redis, postgresql, tmp_path) as many:
        restarting: set[int] = set()
        done = asyncio.Event()
        asked = 0

        async def keep_asking(shard: int) -> None:
            nonlocal asked
            while not done.is_set():
                if shard not in restarting:
                    # an answer that's under way when the shard goes down is one of the restarting process
                    answered = await many.ask(shard, "help", shard=shard)
                    asked += answered
                    if not answered and shard in restarting:
                        many.missed[:] = [each for each in many.missed if each[0] != shard]
                await asyncio.sleep(0.2)

        await many.evenly_divided()
        people = [asyncio.create_task(keep_asking(shard)) for shard in range(SHARDS)]
        before = [(process, await many.shards_of(process)) for process in many.running]
        for process, shards in before:
            restarting |= set(shards)
            await many.ended(process)
            await many.start()
            await many.evenly_divided()  # a process that restarts in time gets its shards back
            restarting.clear()
        done.set()
        await asyncio.gather(*people)
        assert asked > SHARDS
        assert many.missed == []
        assert len(many.discord.gateway.identifies) <= SHARDS * 4, "few shards went to another process and back"


def _likes(many: Many, channel: str) -> list[str]:
    """The designs of all messages in the channel, as often as they're there."""
    messages = many.discord.messages.listed(channel)
    return [each for message in messages for each in ids(message) if each.startswith("t1:like:")]


async def _says(many: Many, words: str, times: int) -> None:
    """Wait until each process has said it so often."""
    await until(lambda: all(process.said.count(words) >= times for process in many.running))


async def _until_answered(many: Many) -> None:
    """Ask for what's in the database, until it's answered on every shard."""
    for shard in range(SHARDS):
        await many.ask(shard, "settings", shard=shard)
    many.missed.clear()
    for shard in range(SHARDS):
        assert await many.ask(shard, "likes", shard=shard)
