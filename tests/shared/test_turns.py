"""IDENTIFY and messages of feeds take turns in all processes, and news reach them."""

from __future__ import annotations

import asyncio
import time

import pytest

from operations.background import background
from shared import turns
from shared.news import News
from shared.turns import IdentifyTurns, PersonTurns, SendTurns
from tests.redis_server import RedisServer
from tests.shared.stage import two_linked, up
from tests.waiting import until

APART = 0.4


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turns, "APART", APART)
    monkeypatch.setattr(turns, "LOOKED", 0.01)


async def identified(process: IdentifyTurns, shard: int) -> float:
    await process.wait(shard)
    await process.used(shard)
    return time.monotonic()


async def test_shards_of_one_bucket_identify_one_after_another(redis: RedisServer) -> None:
    async with two_linked(redis.url) as links:
        one, two = (IdentifyTurns(each) for each in links[:2])
        times = sorted(await asyncio.gather(identified(one, 0), identified(two, 1), identified(one, 2)))
        assert times[1] - times[0] > APART * 0.9
        assert times[2] - times[1] > APART * 0.9


async def test_shards_of_other_buckets_need_not_wait(redis: RedisServer) -> None:
    async with two_linked(redis.url) as links:
        one, two = (IdentifyTurns(each) for each in links[:2])
        one.max_concurrency = two.max_concurrency = 2
        await one.wait(0)  # and doesn't identify yet
        await asyncio.wait_for(two.wait(1), 5)


async def test_without_redis_a_shard_waits_as_discord_py_does(redis: RedisServer) -> None:
    async with two_linked(redis.url) as (link, _, _clock):
        redis.kill()
        before = time.monotonic()
        await identified(IdentifyTurns(link), 0)
        assert time.monotonic() - before > APART * 0.9


async def test_messages_of_two_senders_stay_below_the_limit(redis: RedisServer) -> None:
    async with two_linked(redis.url) as links:
        senders = [SendTurns(each, 10) for each in links[:2]]
        began = time.monotonic()
        await asyncio.gather(*(senders[n % 2].wait() for n in range(20)))
        assert time.monotonic() - began > 0.9


async def test_news_reach_the_other_process_also_after_redis_was_away(redis: RedisServer) -> None:
    heard: list[str] = []

    async def listen(about: str) -> None:
        heard.append(about)

    async with two_linked(redis.url) as (one, two, _):
        teller, listener = News(one), News(two)
        listener.listeners["server"] = listen
        async with background(listener.listen()):
            while "5" not in heard:
                await teller.tell("server", "5")
                await teller.tell("unknown", "6")
                await asyncio.sleep(0.02)
            redis.kill()
            await until(lambda: not two.up)
            await teller.tell("server", "7")  # nobody hears it
            redis.start()
            await redis.answers()
            for each in (one, two):
                await up(each)
            while "8" not in heard:
                await teller.tell("server", "8")
                await asyncio.sleep(0.02)
    assert set(heard) == {"5", "8"}


async def test_a_person_has_one_limit_in_all_processes(redis: RedisServer) -> None:
    async with two_linked(redis.url) as (one, two, _):
        first, second = PersonTurns(one, "likes", 60_000), PersonTurns(two, "likes", 60_000)
        assert [await each.count(5, 3) for each in (first, second, first)] == [0.0] * 3
        assert 50 < await second.count(5, 3) <= 60
        assert await second.count(6, 3) == 0.0, "another person"
        assert await PersonTurns(two, "saves", 60_000).count(5, 3) == 0.0, "another limit"
        assert not [name for name in redis.names() if ":5" in name]
        redis.kill()
        assert await second.count(5, 3) == 0.0


async def test_without_redis_shards_take_turns_elsewhere(redis: RedisServer) -> None:
    waited: list[int] = []

    async def without(bucket: int) -> None:
        waited.append(bucket)

    async with two_linked(redis.url) as (link, _, _clock):
        turns_ = IdentifyTurns(link, without)
        turns_.max_concurrency = 4
        redis.kill()
        for shard in (1, 6):
            await identified(turns_, shard)
    assert waited == [1, 2]
