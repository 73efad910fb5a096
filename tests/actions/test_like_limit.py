"""The limit of likes for one person in any ten minutes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from actions.like_limit import WINDOW, LikeLimit
from errors import BotError

NOW = datetime(2026, 5, 1, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.at = 0

    def __call__(self) -> int:
        return self.at


def test_the_limit_holds_for_each_person_in_any_ten_minutes() -> None:
    clock = Clock()
    pace = LikeLimit(3, clock, lambda: NOW)
    for minute in (0, 4, 8):
        clock.at = minute * 60_000
        pace.take(1)
    with pytest.raises(BotError) as caught:
        pace.take(1)
    assert caught.value.values["n"] == 3
    assert NOW < caught.value.values["when"] <= NOW + timedelta(minutes=2, seconds=1)
    pace.take(2)
    clock.at = WINDOW + 1
    pace.take(1)
    with pytest.raises(BotError):
        pace.take(1)


def test_what_is_refused_does_not_count() -> None:
    clock = Clock()
    pace = LikeLimit(1, clock)
    pace.take(1)
    for second in range(1, 500):
        clock.at = second * 1_000
        with pytest.raises(BotError):
            pace.take(1)
    clock.at = WINDOW + 1
    pace.take(1)


def test_those_who_have_paused_are_forgotten() -> None:
    clock = Clock()
    pace = LikeLimit(1, clock)
    for person in range(2_000):
        pace.take(person)
    clock.at = 2 * WINDOW
    pace.take(5)
    assert len(pace._buckets) == 1


async def test_the_limit_is_for_all_processes_together() -> None:
    """And each has its own, too, while they can't ask each other."""
    waits, asked = [0.0, 0.0, 0.0, 90.0, 0.0], []

    async def together(person: int, most: int) -> float:
        asked.append((person, most))
        return waits.pop(0)

    pace = LikeLimit(3, Clock(), lambda: NOW, together=together)
    for _ in range(3):
        await pace.spend(1)
    for wait in (90, WINDOW / 1000):
        with pytest.raises(BotError) as caught:
            await pace.spend(1)
        assert caught.value.values["when"] - NOW == pytest.approx(timedelta(seconds=wait), abs=timedelta(seconds=1))
    assert asked == [(1, 3)] * 5
