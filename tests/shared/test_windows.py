"""Windows that processes share, and why pyrate-limiter's Redis bucket isn't used for them."""

from __future__ import annotations

import asyncio

import pytest
from pyrate_limiter import Rate, RateItem, RedisBucket
from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from shared.link import Gone
from shared.windows import Windows
from tests.redis_server import RedisServer
from tests.shared.stage import two_linked, up


async def test_two_processes_never_take_more_than_fits(redis: RedisServer) -> None:
    async with two_linked(redis.url) as (one, two, _):
        windows = [Windows(each, 60_000) for each in (one, two)]
        keys = [one.key("all")]
        taken = await asyncio.gather(*(windows[n % 2].take(f"{n}", keys, [30]) for n in range(200)))
    assert sum(each.full is None for each in taken) == 30
    assert max(each.last for each in taken) == 30
    assert all(0 < each.wait <= 60 for each in taken if each.full is not None)


async def test_what_one_window_refuses_counts_in_none(redis: RedisServer) -> None:
    async with two_linked(redis.url) as (link, _, _clock):
        windows = Windows(link, 60_000)
        narrow, wide = link.key("narrow"), link.key("wide")
        assert (await windows.take("a", [narrow, wide], [1, 5])).full is None
        for name in "bcd":
            assert (await windows.take(name, [wide, narrow], [5, 1])).full == 1
        assert sum(await windows.census(wide)) == 1


async def test_room_comes_back_as_the_window_slides(redis: RedisServer) -> None:
    async with two_linked(redis.url) as (link, _, _clock):
        windows = Windows(link, 60_000)
        key = link.key("all")
        await windows.taken_before("long ago", [key], 59.9)
        full = await windows.take("now", [key], [1])
        assert full.full == 0
        assert full.wait < 1
        await asyncio.sleep(full.wait + 0.05)  # Redis has a clock of its own
        assert (await windows.take("now", [key], [1])).full is None
        assert (await windows.census(key))[-1] == 1


async def test_what_was_taken_before_counts_once_however_often_it_is_told(redis: RedisServer) -> None:
    async with two_linked(redis.url) as (one, two, _):
        key = one.key("all")
        assert (await Windows(one, 60_000).take("mine", [key], [5])).full is None
        for each in (one, two):
            await Windows(each, 60_000).taken_before("mine", [key], 3)
        assert sum(await Windows(one, 60_000).census(key)) == 1


async def test_keys_expire(redis: RedisServer) -> None:
    async with two_linked(redis.url) as (link, _, _clock):
        await Windows(link, 60_000).take("a", [link.key("all")], [1])
        with redis.client() as client:
            kept = [key for key in client.scan_iter() if not 0 < client.pttl(key) <= 60_000]
        assert kept == [link.memory_key.encode()]


async def test_it_works_after_redis_was_restarted_and_pyrate_limiters_bucket_does_not(redis: RedisServer) -> None:
    async with two_linked(redis.url) as (link, _, _clock), Redis.from_url(redis.url) as client:
        windows = Windows(link, 60_000)
        theirs = await RedisBucket.init([Rate(1, 60_000)], client, "theirs")
        await theirs.put(RateItem("a", 1))
        redis.kill()
        with pytest.raises(Gone):
            await windows.take("a", [link.key("all")], [1])
        redis.start()
        await redis.answers()
        await up(link)
        assert (await windows.take("a", [link.key("all")], [1])).full is None
        await client.connection_pool.disconnect()
        with pytest.raises(NoScriptError):
            await theirs.put(RateItem("b", 2))
