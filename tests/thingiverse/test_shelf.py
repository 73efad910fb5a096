"""The shelf and the breaker: who waits for what."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from thingiverse.breaker import Breaker, Slow
from thingiverse.errors import NotFound, RateLimited, Unreachable
from thingiverse.shelf import Shelf, Shelved


class Kitchen:
    """Makes a new dish at each order, when told to."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.orders = 0
        self.error: Exception | None = None
        self.ready = asyncio.Event()
        self.ready.set()
        self.shelf = Shelf(now=lambda: self.now)

    async def cook(self) -> int:
        self.orders += 1
        order = self.orders
        await self.ready.wait()
        if self.error is not None:
            raise self.error
        return order

    async def ask(self, key: str = "dish") -> Shelved[int]:
        return await self.shelf.read(key, self.cook, fresh=300, keep=86_400)


@pytest.fixture
def kitchen() -> Kitchen:
    return Kitchen()


async def test_fresh_is_served_from_the_shelf(kitchen: Kitchen) -> None:
    first = await kitchen.ask()
    kitchen.now += timedelta(seconds=299)
    assert await kitchen.ask() == first
    kitchen.now += timedelta(seconds=2)
    assert (await kitchen.ask()).value == 2


async def test_one_fetch_serves_a_thousand(kitchen: Kitchen) -> None:
    kitchen.ready.clear()
    asked = [asyncio.create_task(kitchen.ask()) for _ in range(1_000)]
    await asyncio.sleep(0)
    kitchen.ready.set()
    assert {shelved.value for shelved in await asyncio.gather(*asked)} == {1}
    assert kitchen.orders == 1


@pytest.mark.parametrize("error", [Unreachable("x"), RateLimited(3)])
async def test_old_stands_in_and_says_so(kitchen: Kitchen, error: Exception) -> None:
    first = await kitchen.ask()
    kitchen.now += timedelta(hours=3)
    kitchen.error = error
    assert await kitchen.ask() == Shelved(first.value, first.fetched_at, stale=True)


async def test_what_was_never_there_or_is_gone_for_good_is_an_error(kitchen: Kitchen) -> None:
    kitchen.error = Unreachable("x")
    with pytest.raises(Unreachable):
        await kitchen.ask()
    kitchen.error = None
    await kitchen.ask()
    kitchen.now += timedelta(hours=1)
    kitchen.error = NotFound("404")
    with pytest.raises(NotFound):
        await kitchen.ask()


async def test_one_who_leaves_takes_nothing_from_the_others(kitchen: Kitchen) -> None:
    kitchen.ready.clear()
    first, second = asyncio.create_task(kitchen.ask()), asyncio.create_task(kitchen.ask())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.sleep(0)
    kitchen.ready.set()
    assert (await second).value == 1
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_when_all_leave_the_next_one_is_served(kitchen: Kitchen) -> None:
    kitchen.ready.clear()
    only = asyncio.create_task(kitchen.ask())
    await asyncio.sleep(0)
    only.cancel()
    await asyncio.gather(only, return_exceptions=True)
    kitchen.error = Unreachable("seen by nobody, and not complained of")
    kitchen.ready.set()
    await asyncio.sleep(0.01)
    kitchen.error = None
    assert (await kitchen.ask()).value == 2


async def test_what_is_forgotten_is_fetched_again_and_closing_ends_all(kitchen: Kitchen) -> None:
    await kitchen.ask()
    await kitchen.shelf.forget("dish")
    assert (await kitchen.ask()).value == 2
    kitchen.ready.clear()
    waiting = asyncio.create_task(kitchen.ask("other"))
    await asyncio.sleep(0.01)
    await kitchen.shelf.close()
    assert isinstance((await asyncio.gather(waiting, return_exceptions=True))[0], asyncio.CancelledError)


def test_quick_failures_are_counted_and_a_slow_one_is_enough() -> None:
    now = 0.0
    breaker = Breaker(lambda: now)

    def fail(error: Exception) -> None:
        with pytest.raises(type(error)), breaker.call(15):
            raise error

    for _ in range(4):
        fail(Unreachable("refused"))
    assert breaker.since is None
    with breaker.call(15):
        pass
    for _ in range(5):
        fail(Unreachable("refused"))
    assert breaker.since is not None
    with pytest.raises(Unreachable, match="known to be down"), breaker.call(15):
        raise AssertionError("nothing is sent")
    now = 16.0
    with breaker.call(15) as limit:
        assert limit == 4, "the trial is short"
    fail(Slow("no answer"))
    assert breaker.since is not None


def test_only_one_tries_and_a_failed_trial_doubles_the_wait() -> None:
    now = 0.0
    breaker = Breaker(lambda: now)
    with pytest.raises(Slow), breaker.call(15):
        raise Slow("no answer")
    now = 16.0
    with pytest.raises(Slow), breaker.call(15):
        with pytest.raises(Unreachable), breaker.call(15):
            raise AssertionError("nothing is sent")
        raise Slow("still no answer")
    now = 16.0 + 29
    with pytest.raises(Unreachable, match="known"), breaker.call(15):
        raise AssertionError("nothing is sent")
    now = 16.0 + 31
    with breaker.call(15):
        pass
    assert breaker.since is None


def test_a_cancelled_trial_gives_its_place_back() -> None:
    now = 0.0
    breaker = Breaker(lambda: now)
    with pytest.raises(Slow), breaker.call(15):
        raise Slow("no answer")
    now = 16.0
    with pytest.raises(asyncio.CancelledError), breaker.call(15):
        raise asyncio.CancelledError
    with breaker.call(15):
        pass


def test_an_answer_that_says_no_is_an_answer() -> None:
    breaker = Breaker()
    for _ in range(20):
        with pytest.raises(NotFound), breaker.call(15):
            raise NotFound("404")
    assert breaker.since is None
