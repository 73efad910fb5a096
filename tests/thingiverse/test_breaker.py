"""The breaker: what opens it, which request is the trial, and what closes it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from thingiverse.breaker import Away, Breaker, Slow
from thingiverse.errors import NotFound, RateLimited, Unreachable


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


def test_a_canceled_trial_gives_its_place_back() -> None:
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


class Times:
    def __init__(self) -> None:
        self.now = 100.0
        self.breaker = Breaker(lambda: self.now, lambda: datetime.fromtimestamp(self.now, UTC))

    def fail(self, error: Exception) -> None:
        with pytest.raises(type(error)) as caught, self.breaker.call(15):
            raise error
        assert caught.value is error, "it was let through"

    def is_open(self) -> bool:
        """Whether it's open, found by a canceled call, which changes nothing."""
        try:
            with pytest.raises(asyncio.CancelledError), self.breaker.call(15):
                cancel()
        except Unreachable:
            return True
        return False


def cancel() -> None:
    raise asyncio.CancelledError


@pytest.fixture
def times() -> Times:
    return Times()


def test_the_pause_doubles_up_to_two_minutes_and_starts_anew(times: Times) -> None:
    times.fail(Slow("no answer"))
    for pause in (15, 30, 60, 120, 120):
        times.now += pause - 0.1
        assert times.is_open()
        times.now += 0.2
        times.fail(Unreachable("a quick failure is enough for a trial"))
    times.now += 121
    with times.breaker.call(15):
        pass
    times.fail(Slow("no answer"))
    times.now += 15.1
    assert not times.is_open()


def test_quick_failures_must_come_in_a_row(times: Times) -> None:
    for _ in range(10):
        for _ in range(4):
            times.fail(Unreachable("refused"))
        with times.breaker.call(15):
            pass
    assert times.breaker.since is None


def test_an_outage_began_with_its_first_failure(times: Times) -> None:
    for _ in range(5):
        times.fail(Unreachable("refused"))
        times.now += 1
    assert times.breaker.since == datetime.fromtimestamp(100, UTC)
    with pytest.raises(Unreachable) as caught, times.breaker.call(15):
        raise AssertionError("nothing is sent")
    assert caught.value.since == datetime.fromtimestamp(100, UTC)


def test_who_says_when_to_come_back_is_believed(times: Times) -> None:
    times.fail(Away("status 503", 600))
    times.now += 599
    assert times.is_open()
    times.now += 2
    assert not times.is_open()


def test_a_shorter_word_does_not_shorten_a_longer_one(times: Times) -> None:
    with pytest.raises(Away), times.breaker.call(15):
        times.fail(Away("status 503", 600))
        raise Away("status 503, begun before", 5)
    times.now += 500
    assert times.is_open()


def test_our_own_budget_says_nothing_of_them(times: Times) -> None:
    times.fail(Slow("no answer"))
    times.now += 16
    times.fail(RateLimited(5))
    assert times.breaker.since is not None
    times.breaker.answered()
    assert times.breaker.since is None
    assert not times.is_open()
