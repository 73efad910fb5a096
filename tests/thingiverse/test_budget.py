"""The budget, compared with a plain list of when requests were sent."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingiverse.askers import asked_by
from thingiverse.budget import Budget, Urgency
from thingiverse.errors import BudgetUsedUp, GroupShareUsedUp, RateLimited, ShareUsedUp
from thingiverse.shares import MOST_ASKERS


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
    assert taken == {Urgency.FEEDS: 6, Urgency.BACKGROUND: 0, Urgency.READ: 2, Urgency.LINKING: 1, Urgency.ACTION: 1}
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


UP_TO = {Urgency.FEEDS: 0.4, Urgency.BACKGROUND: 0.6, Urgency.READ: 0.8, Urgency.LINKING: 0.9, Urgency.ACTION: 1.0}
LINKING_ALONE = 0.2


@given(
    st.integers(1, 60),
    st.lists(st.tuples(st.integers(0, 400), st.sampled_from(list(Urgency))), min_size=20, max_size=80),
)
def test_it_lets_through_what_a_plain_list_would(limit: int, asked: list[tuple[int, Urgency]]) -> None:
    now, window, sent = 0, 1_000, list[tuple[int, Urgency]]()
    budget = Budget(limit, window=window, clock=lambda: now)

    def part(fraction: float) -> int:
        return max(min(limit, 6), int(limit * fraction))

    for pause, urgency in asked:
        now += pause
        recent = [level for at, level in sent if at >= now - window]
        room = all(sum(level <= tier for level in recent) < part(UP_TO[tier]) for tier in Urgency if tier >= urgency)
        if urgency is Urgency.LINKING:
            room = room and recent.count(Urgency.LINKING) < part(LINKING_ALONE)
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


# -- each person's share

ANN, BEN, GUILD = 101, 102, 900


def sent_by(budget: Budget, urgency: Urgency, tries: int = 1_000) -> int:
    """How many of the requests are allowed."""
    sent = 0
    for _ in range(tries):
        try:
            budget.take(urgency)
        except RateLimited:
            continue
        sent += 1
    return sent


@pytest.mark.parametrize(
    ("limit", "reads", "linking", "acting"), [(300, 39, 15, 90), (3_000, 390, 150, 900), (20, 6, 6, 6)]
)
def test_a_persons_share_grows_with_the_budget(limit: int, reads: int, linking: int, acting: int) -> None:
    budget = Budget(limit, clock=lambda: 0)
    with asked_by(ANN):
        assert sent_by(budget, Urgency.READ) == reads
        assert sent_by(budget, Urgency.BACKGROUND) == 0, "reading is one share, however urgent"
        assert sent_by(budget, Urgency.LINKING) == linking
        assert sent_by(budget, Urgency.ACTION) == min(acting, limit - reads - linking)


@pytest.mark.parametrize("urgency", Urgency)
def test_when_one_person_asks_all_day_another_is_served(urgency: Urgency) -> None:
    now = 0
    budget = Budget(clock=lambda: now)
    for now in range(0, 24 * 3_600_000, 3_600_000):  # noqa: B007  read by the clock
        with asked_by(ANN, GUILD):
            assert 0 < sent_by(budget, urgency) <= 90
        for each in Urgency:
            with asked_by(BEN, GUILD):
                assert sent_by(budget, each, tries=5) == 5


def test_everyone_in_one_server_leaves_half_for_the_others() -> None:
    budget = Budget(clock=lambda: 0)
    for person in range(50):
        with asked_by(person, GUILD):
            sent_by(budget, Urgency.READ, tries=100)
    with asked_by(ANN, GUILD), pytest.raises(GroupShareUsedUp):
        budget.take(Urgency.READ)
    with asked_by(ANN, GUILD + 1):
        assert sent_by(budget, Urgency.READ) == 39


def test_people_who_make_up_keys_leave_the_likes_of_others_alone() -> None:
    budget = Budget(clock=lambda: 0)
    for person in range(200):
        with asked_by(person):
            sent_by(budget, Urgency.LINKING, tries=20)
            sent_by(budget, Urgency.READ, tries=100)
    with asked_by(ANN):
        assert sent_by(budget, Urgency.ACTION) == 30


def test_whose_limit_it_is_can_be_told_apart() -> None:
    budget = Budget(100, clock=lambda: 0)
    with asked_by(ANN):
        with pytest.raises(ShareUsedUp) as own:
            for _ in range(100):
                budget.take(Urgency.READ)
        assert own.type is ShareUsedUp
    sent_by(budget, Urgency.READ)
    with asked_by(BEN), pytest.raises(BudgetUsedUp):
        budget.take(Urgency.READ)


def test_a_share_is_for_any_window_and_what_is_refused_does_not_count() -> None:
    now, sent = 0, list[int]()
    budget = Budget(100, window=300, clock=lambda: now)
    with asked_by(ANN):
        for now in range(0, 3_000, 3):
            if sent_by(budget, Urgency.READ, tries=1):
                sent.append(now)
    assert len(sent) > 100
    assert all(sum(start <= at < start + 300 for at in sent) <= 13 for start in sent)


def test_the_bots_own_work_is_nobodys_share() -> None:
    budget = Budget(clock=lambda: 0)
    with asked_by(ANN):
        sent_by(budget, Urgency.READ)
    assert sent_by(budget, Urgency.BACKGROUND) == 180


def test_the_shares_of_a_flood_of_people_stay_small() -> None:
    now = 0
    budget = Budget(10**9, clock=lambda: now)
    for person in range(MOST_ASKERS + 2_000):
        with asked_by(person, person):
            budget.take(Urgency.READ)
    assert len(budget._shares._buckets) <= MOST_ASKERS
    now = 300_002
    with asked_by(ANN):
        budget.take(Urgency.READ)
    assert len(budget._shares._buckets) == 1, "who paused is forgotten"


def test_feeds_take_two_fifths_at_most_and_less_when_people_need_them() -> None:
    budget = Budget(300, clock=lambda: 0)
    assert sent_by(budget, Urgency.FEEDS) == 120
    budget = Budget(300, clock=lambda: 0)
    assert sent_by(budget, Urgency.READ, 200) == 200
    assert sent_by(budget, Urgency.FEEDS) == 40
