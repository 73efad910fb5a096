"""The budget, held against a plain list of what was sent when."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingiverse.budget import Budget, Urgency
from thingiverse.errors import RateLimited


def test_the_window_is_strict_and_people_come_first() -> None:
    now = 0
    budget = Budget(10, window=1_000, clock=lambda: now)
    taken: dict[Urgency, int] = {}
    for urgency in Urgency:
        taken[urgency] = 0
        with pytest.raises(RateLimited):
            for _ in range(100):
                budget.take(urgency)
                taken[urgency] += 1
    assert taken == {Urgency.BACKGROUND: 6, Urgency.READ: 3, Urgency.ACTION: 1}
    now = 999
    with pytest.raises(RateLimited):
        budget.take(Urgency.ACTION)
    now = 1_001
    for _ in range(10):
        budget.take(Urgency.ACTION)
    with pytest.raises(RateLimited) as caught:
        budget.take(Urgency.ACTION)
    assert caught.value.retry_after >= 1


def test_no_window_ever_holds_more_than_allowed() -> None:
    now, sent = 0, list[int]()
    budget = Budget(30, window=300, clock=lambda: now)
    for now in range(0, 2_000, 3):
        try:
            budget.take(Urgency.ACTION)
            sent.append(now)
        except RateLimited:
            continue
    assert len(sent) > 100
    for start in sent:
        assert sum(start <= at < start + 300 for at in sent) <= 30


def test_what_is_refused_does_not_count() -> None:
    now = 0
    budget = Budget(10, window=1_000, clock=lambda: now)
    for _ in range(10):
        budget.take(Urgency.ACTION)
    now = 500
    for _ in range(50):
        with pytest.raises(RateLimited):
            budget.take(Urgency.BACKGROUND)
    now = 1_001
    for _ in range(6):
        budget.take(Urgency.BACKGROUND)


SHARES = {Urgency.BACKGROUND: 0.6, Urgency.READ: 0.9, Urgency.ACTION: 1.0}


@given(
    st.integers(1, 12),
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(list(Urgency))), min_size=20, max_size=80),
)
def test_it_lets_through_what_a_plain_list_would(limit: int, asked: list[tuple[int, Urgency]]) -> None:
    now, window, sent = 0, 1_000, list[tuple[int, Urgency]]()
    budget = Budget(limit, window=window, clock=lambda: now)
    for pause, urgency in asked:
        now += pause
        recent = [level for at, level in sent if at >= now - window]
        room = all(
            sum(level <= tier for level in recent) < max(1, int(limit * SHARES[tier]))
            for tier in Urgency
            if tier >= urgency
        )
        try:
            budget.take(urgency)
        except RateLimited:
            assert not room
        else:
            assert room
            sent.append((now, urgency))


@given(st.integers(1, 12), st.lists(st.integers(0, 4_000), max_size=30), st.sampled_from(list(Urgency)))
def test_who_waits_as_long_as_told_is_let_through(limit: int, pauses: list[int], urgency: Urgency) -> None:
    now = 0
    budget = Budget(limit, window=10_000, clock=lambda: now)
    for pause in pauses:
        now += pause
        try:
            budget.take(urgency)
        except RateLimited as limited:
            assert 1 <= limited.retry_after <= 10.1
            now += math.ceil(limited.retry_after * 1_000)
            budget.take(urgency)
