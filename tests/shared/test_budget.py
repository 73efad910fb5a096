"""One budget for all processes, with Redis and without."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from shared import budget
from shared.budget import SharedBudget
from shared.link import SETTLED
from tests.redis_server import RedisServer
from tests.shared.stage import Clock, linked, two_linked, up
from thingiverse.askers import asked_by
from thingiverse.budget import Urgency
from thingiverse.errors import BudgetUsedUp, RateLimited, ShareUsedUp

LIMIT, WINDOW = 40, 60.0


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "BACK_WITHIN", 0.0)


@asynccontextmanager
async def two_budgets(url: str) -> AsyncGenerator[tuple[SharedBudget, SharedBudget, Clock]]:
    """Of two processes with half of the shards each."""
    async with two_linked(url) as (one, two, clock):
        yield *(SharedBudget(each, lambda: 0.5, LIMIT, WINDOW, clock) for each in (one, two)), clock  # type: ignore[misc]


async def spent(process: SharedBudget, times: int = 100, urgency: Urgency = Urgency.ACTION) -> int:
    """How many of so many requests went through."""
    results = await asyncio.gather(*(process.spend(urgency) for _ in range(times)), return_exceptions=True)
    assert all(each is None or isinstance(each, RateLimited) for each in results)
    return results.count(None)


async def looked(*budgets: SharedBudget) -> None:
    for each in budgets:
        await each._link.look()


async def test_two_processes_share_one_budget(redis: RedisServer) -> None:
    async with two_budgets(redis.url) as (one, two, _):
        counts = await asyncio.gather(spent(one), spent(two))
        assert sum(counts) == LIMIT
        await looked(one, two)
        assert (one.left, two.left) == (0, 0)


async def test_what_is_urgent_has_room_left_by_what_is_not(redis: RedisServer) -> None:
    async with two_budgets(redis.url) as (one, two, _):
        assert [await spent(one, urgency=urgency) for urgency in Urgency] == [16, 8, 8, 4, 4]
        with pytest.raises(BudgetUsedUp) as refused:
            await two.spend(Urgency.ACTION)
        assert 1 <= refused.value.retry_after <= WINDOW


async def test_a_persons_share_is_one_in_all_processes(redis: RedisServer) -> None:
    async with two_budgets(redis.url) as (one, two, _):
        with asked_by(1_234_567_890_123_456_789, 9_876_543_210_987_654_321):
            assert await spent(one, urgency=Urgency.READ) == 6
            with pytest.raises(ShareUsedUp):
                await two.spend(Urgency.READ)
        with asked_by(2):
            await two.spend(Urgency.READ)
    assert not [name for name in redis.names() if "1234567890" in name or "9876543210" in name]


async def test_without_redis_each_goes_on_with_its_part(redis: RedisServer) -> None:
    async with two_budgets(redis.url) as (one, two, clock):
        await looked(one, two)
        redis.kill()
        assert await asyncio.gather(spent(one), spent(two)) == [18, 18]
        clock.ahead += WINDOW + 1
        assert await asyncio.gather(spent(one), spent(two)) == [20, 20]


async def test_what_was_spent_before_the_outage_still_counts(redis: RedisServer) -> None:
    async with two_budgets(redis.url) as (one, two, clock):
        assert await spent(one, 30) == 30
        await looked(one, two)
        redis.kill()
        assert await asyncio.gather(spent(one), spent(two)) == [3, 3]
        clock.ahead += WINDOW + 1
        assert sum(await asyncio.gather(spent(one), spent(two))) == LIMIT


async def test_a_redis_that_comes_back_empty_is_told_what_was_spent(redis: RedisServer) -> None:
    async with two_budgets(redis.url) as (one, two, clock):
        assert await spent(one, 10) == 10
        await looked(one, two)
        redis.kill()
        assert await spent(two, 5) == 5
        redis.start()
        await redis.answers()
        for each in (one, two):
            await up(each._link)
        clock.ahead += SETTLED
        assert sum(await asyncio.gather(spent(one), spent(two))) == LIMIT - 15


async def test_until_everyone_has_told_each_stays_within_its_part(redis: RedisServer) -> None:
    async with two_budgets(redis.url) as (one, two, clock):
        await looked(one, two)
        redis.kill()
        assert await spent(two) == 18
        redis.start()
        await redis.answers()
        await up(one._link)
        assert await spent(one) == 18
        await up(two._link)
        clock.ahead += SETTLED
        assert sum(await asyncio.gather(spent(one), spent(two))) == LIMIT - 36


async def test_a_new_process_takes_its_part_until_it_knows_the_others(redis: RedisServer) -> None:
    async with linked(redis.url) as link:
        new = SharedBudget(link, lambda: 0.25, LIMIT, WINDOW)
        await link.look()
        assert 0 < await spent(new) <= LIMIT / 4


async def test_a_redis_that_was_restarted_unnoticed_is_not_believed(redis: RedisServer) -> None:
    async with two_budgets(redis.url) as (one, two, _):
        assert await spent(one) == LIMIT
        await looked(one, two)
        redis.kill()
        redis.start()
        await redis.answers()
        assert await spent(two) == 0
        assert not two._link.up
        await looked(one)
        assert await asyncio.gather(spent(one), spent(two)) == [0, 0]


async def test_a_burst_just_before_redis_goes_away_is_known(redis: RedisServer) -> None:
    async with two_budgets(redis.url) as (one, two, _):
        await looked(one, two)
        counts = [await spent(each, 5) for _ in range(3) for each in (one, two)]
        redis.kill()
        counts += await asyncio.gather(spent(one), spent(two))
        assert 30 < sum(counts) <= LIMIT


async def test_a_process_that_loses_redis_for_a_moment_does_not_go_on_alone(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "BACK_WITHIN", 60.0)
    async with two_budgets(redis.url) as (one, two, _):
        assert await spent(one) == LIMIT
        two._link._lost(TimeoutError())
        waiting = asyncio.create_task(spent(two, 3))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await looked(two)
        assert await waiting == 0


async def test_a_redis_that_is_emptied_while_it_runs_is_told_what_was_spent(redis: RedisServer) -> None:
    """By FLUSHALL, as operators do."""
    async with two_budgets(redis.url) as (one, two, clock):
        count = await spent(one, 10) + await spent(two, 10)
        await looked(one, two)
        with redis.client() as client:
            client.flushall()
        for _ in range(2):
            count += await spent(one, 5) + await spent(two, 5)
            await looked(one, two)
        clock.ahead += SETTLED
        await looked(one, two)
        count += await spent(one) + await spent(two)
        assert count == LIMIT
