"""The cache: who waits for a fetch, and when an old value is shown."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from cashews import thunder_protection
from structlog.testing import capture_logs

from thingiverse.errors import (
    BudgetUsedUp,
    Forbidden,
    NotFound,
    RateLimited,
    ShareUsedUp,
    TokenRejected,
    Unexpected,
    Unreachable,
)
from thingiverse.shelf import Shelf, Shelved


class Kitchen:
    """A fetch function that returns a new value each time, when the test lets it."""

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


async def test_after_expire_it_is_fetched_again_and_the_old_one_stands_in(kitchen: Kitchen) -> None:
    first = await kitchen.ask()
    kitchen.shelf.expire()
    kitchen.error = Unreachable("x")
    assert await kitchen.ask() == Shelved(first.value, first.fetched_at, stale=True)
    kitchen.error = None
    kitchen.now += timedelta(seconds=1)
    assert (again := await kitchen.ask()).value == 3
    assert await kitchen.ask() == again


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


async def test_a_refused_token_of_the_bots_own_is_not_seen_by_readers_but_in_the_log(kitchen: Kitchen) -> None:
    await kitchen.ask()
    kitchen.now += timedelta(hours=3)
    kitchen.error = TokenRejected("401")
    with capture_logs() as lines:
        stale = await asyncio.gather(*(kitchen.ask() for _ in range(20)))
        await asyncio.sleep(0)
    assert {(shelved.value, shelved.stale) for shelved in stale} == {(1, True)}
    assert [(line["key"], line["why"]) for line in lines] == [("dish", "TokenRejected")], "once a fetch"


async def test_too_old_does_not_stand_in(kitchen: Kitchen) -> None:
    await kitchen.ask()
    kitchen.now += timedelta(hours=25)
    kitchen.error = Unreachable("x")
    with pytest.raises(Unreachable):
        await kitchen.ask()


@pytest.mark.parametrize("gone", [NotFound("404"), Forbidden("403")])
async def test_what_was_taken_away_does_not_come_back_in_an_outage(kitchen: Kitchen, gone: Exception) -> None:
    await kitchen.ask()
    kitchen.now += timedelta(hours=1)
    for kitchen.error in (gone, Unreachable("x")):
        with pytest.raises(type(kitchen.error)):
            await kitchen.ask()


async def test_what_was_forgotten_while_it_was_fetched_is_fetched_anew(kitchen: Kitchen) -> None:
    kitchen.ready.clear()
    first = asyncio.create_task(kitchen.ask())
    await asyncio.sleep(0)
    await kitchen.shelf.forget("dish")
    second = asyncio.create_task(kitchen.ask())
    await asyncio.sleep(0)
    kitchen.ready.set()
    assert [(await first).value, (await second).value] == [1, 2]
    assert (await kitchen.ask()).value == 2


async def test_looking_fetches_nothing(kitchen: Kitchen) -> None:
    assert await kitchen.shelf.peek("dish") is None
    first = await kitchen.ask()
    assert await kitchen.shelf.peek("dish") == first


async def test_the_shelf_is_bounded(kitchen: Kitchen) -> None:
    kitchen.shelf = Shelf(size=3, now=lambda: kitchen.now)
    for key in "abcad":
        await kitchen.ask(key)
    assert [await kitchen.shelf.peek(key) is not None for key in "abcd"] == [True, False, True, True]


async def test_why_the_fetch_is_shared_by_us() -> None:
    """With cashews' own protection, canceling the first reader cancels all. If this test fails, our code can go."""
    ready = asyncio.Event()

    @thunder_protection(key="dish")
    async def cook() -> int:
        await ready.wait()
        return 1

    first, second = asyncio.create_task(cook()), asyncio.create_task(cook())
    await asyncio.sleep(0)
    first.cancel()
    ready.set()
    with pytest.raises(asyncio.CancelledError):
        await second


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


@pytest.mark.parametrize("error", [ShareUsedUp(3), BudgetUsedUp(3)])
async def test_one_persons_used_up_share_is_not_passed_on_to_those_who_wait_with_them(
    kitchen: Kitchen, error: Exception
) -> None:
    kitchen.ready.clear()

    async def refused() -> int:
        await kitchen.ready.wait()
        raise error

    first = asyncio.create_task(kitchen.shelf.read("dish", refused, fresh=300, keep=86_400))
    await asyncio.sleep(0)
    others = [asyncio.create_task(kitchen.ask()) for _ in range(20)]
    await asyncio.sleep(0)
    kitchen.ready.set()
    assert {(await other).value for other in others} == {1}
    assert kitchen.orders == 1, "the next one to try serves all who wait"
    with pytest.raises(RateLimited):
        await first


async def test_what_somebody_searched_for_is_not_logged(kitchen: Kitchen) -> None:
    kitchen.error = Unexpected("x")
    with capture_logs() as lines, pytest.raises(Unexpected):
        await kitchen.ask("search:1:relevant:my medical secret")
    await asyncio.sleep(0)
    assert [line["key"] for line in lines] == ["search"]
