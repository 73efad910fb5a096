"""Who is served and who is refused, by how many wait and how late the loop is; time passes when a test says so."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, cast

import pytest

from desk.admission import (
    BEAT,
    CALM_AFTER,
    CROWDED_AFTER,
    FIRST_ROOM,
    LATE,
    LEAST_ROOM,
    MANY_IN_HAND,
    MOST_ACTING,
    MOST_LOOKING,
    MOST_WAITING_TO_ACT,
    SIGN_WITHIN,
    Admission,
)


class Loop:
    """The loop's clock and timers; `turn` is one turn of it that takes so long."""

    def __init__(self) -> None:
        self.now = 100.0
        self.timers: list[tuple[float, Callable[[], None]]] = []

    def time(self) -> float:
        return self.now

    def call_at(self, when: float, call: Callable[[], None]) -> None:
        self.timers.append((when, call))

    def turn(self, seconds: float) -> None:
        self.now += seconds
        due = [timer for timer in self.timers if timer[0] <= self.now]
        self.timers = [timer for timer in self.timers if timer[0] > self.now]
        for _, call in due:
            call()


class Crowd:
    def __init__(self) -> None:
        self.loop = Loop()
        self.in_hand = 0
        self.admission = Admission(lambda: self.in_hand, lambda: cast("Any", self.loop))
        self.numbers = itertools.count(1)

    def come(self, count: int, *, acts: bool = False) -> int:
        """How many of them were let in."""
        return sum(self.admission.admit(next(self.numbers), acts=acts) for _ in range(count))

    def keep_late(self, seconds: float) -> None:
        until = self.loop.now + seconds
        while self.loop.now < until:
            self.loop.turn(BEAT + LATE * 1.5)

    def all_answered(self) -> None:
        for number in range(next(self.numbers)):
            self.admission.answered(number)


@pytest.fixture
def crowd() -> Crowd:
    return Crowd()


def test_a_thousand_at_once_are_all_served(crowd: Crowd) -> None:
    assert crowd.come(1_000) == 1_000


def test_nobody_is_refused_for_one_hiccup_of_the_machine(crowd: Crowd) -> None:
    crowd.come(200)
    crowd.loop.turn(CROWDED_AFTER * 3)
    crowd.loop.turn(BEAT)
    assert crowd.come(200) == 200


def test_a_slow_machine_with_little_to_do_refuses_nobody(crowd: Crowd) -> None:
    for _ in range(100):
        assert crowd.come(1) == 1
        crowd.keep_late(0.1)
        crowd.all_answered()


def test_a_slow_machine_that_answers_in_time_refuses_nobody(crowd: Crowd) -> None:
    for _ in range(100):
        assert crowd.come(64) == 64
        crowd.keep_late(0.2)
        crowd.all_answered()


def test_nobody_is_refused_where_only_discord_is_slow(crowd: Crowd) -> None:
    crowd.come(500)
    for _ in range(100):
        crowd.loop.turn(BEAT)
    assert crowd.come(1) == 1


def crowded(crowd: Crowd) -> None:
    crowd.come(500, acts=True)
    crowd.keep_late(CROWDED_AFTER * 2)
    assert crowd.come(1, acts=True) == 0


def test_a_loop_that_stays_behind_serves_a_few_at_a_time(crowd: Crowd) -> None:
    crowded(crowd)
    crowd.all_answered()
    assert LEAST_ROOM <= crowd.come(1_000, acts=True) <= FIRST_ROOM


def test_the_later_the_loop_is_the_fewer_are_served_and_the_other_way_around(crowd: Crowd) -> None:
    crowded(crowd)
    for _ in range(50):
        crowd.keep_late(0.05)
        crowd.come(1)
    crowd.all_answered()
    assert crowd.come(1_000, acts=True) == LEAST_ROOM
    crowd.loop.turn(BEAT)
    crowd.loop.turn(BEAT)
    assert crowd.come(1_000, acts=True) > 0, "of those before, all still wait"


def test_likes_and_links_go_before_looking(crowd: Crowd) -> None:
    crowded(crowd)
    crowd.all_answered()
    looking = crowd.come(1_000)
    assert 0 < looking < LEAST_ROOM + FIRST_ROOM / 2
    assert crowd.come(1) == 0
    assert crowd.come(3, acts=True) == 3


def test_after_a_crowd_everyone_is_served_within_two_seconds(crowd: Crowd) -> None:
    crowded(crowd)
    crowd.all_answered()
    ended = crowd.loop.now
    while crowd.admission.crowded:
        crowd.loop.turn(BEAT)
    assert crowd.loop.now - ended <= CALM_AFTER + 2 * BEAT
    assert crowd.come(500) == 500


def test_memory_is_bounded_while_thingiverse_keeps_everyone_waiting(crowd: Crowd) -> None:
    crowd.in_hand = MOST_LOOKING.in_hand
    assert crowd.come(1) == 0
    assert crowd.come(1, acts=True) == 1
    crowd.in_hand = MOST_ACTING.in_hand
    assert crowd.come(1, acts=True) == 0


def test_memory_is_bounded_when_very_many_like_at_once(crowd: Crowd) -> None:
    assert crowd.come(1_000, acts=True) == MOST_WAITING_TO_ACT
    assert crowd.come(1) == 1, "looking takes less"
    crowd.all_answered()
    assert crowd.come(1_000, acts=True) == MOST_WAITING_TO_ACT


def test_when_very_many_are_in_hand_the_first_late_beat_means_a_crowd(crowd: Crowd) -> None:
    """Those whose reply was deferred wait no longer, but are still in hand."""
    crowd.come(100, acts=True)
    crowd.in_hand = MANY_IN_HAND
    crowd.loop.turn(BEAT)
    assert not crowd.admission.crowded, "Thingiverse may be slow, but the loop isn't"
    crowd.loop.turn(BEAT + LATE * 1.5)
    assert crowd.admission.crowded


def test_when_very_many_wait_the_first_late_beat_means_a_crowd(crowd: Crowd) -> None:
    crowd.come(MANY_IN_HAND, acts=True)
    crowd.loop.turn(BEAT + LATE * 1.5)
    assert crowd.admission.crowded


def test_likes_that_were_never_answered_keep_no_likes_out(crowd: Crowd) -> None:
    crowd.come(MOST_WAITING_TO_ACT, acts=True)
    crowd.loop.turn(SIGN_WITHIN)
    assert crowd.come(1, acts=True) == 1


def test_who_was_never_answered_keeps_nobody_out(crowd: Crowd) -> None:
    crowd.come(MOST_LOOKING.calm)
    assert crowd.come(1) == 0
    crowd.loop.turn(SIGN_WITHIN)
    assert crowd.come(1) == 1


def test_the_clock_is_not_watched_while_few_wait(crowd: Crowd) -> None:
    crowd.come(10)
    assert crowd.loop.timers == []
    crowd.come(500)
    assert len(crowd.loop.timers) == 1
    crowd.all_answered()
    crowd.loop.turn(BEAT)
    assert crowd.loop.timers == []
