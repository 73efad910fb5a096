"""Makers' daily counts, on each engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from counts import CountedDay, DesignReport
from storage.store import Store
from tests.storage.records import ANN, BEN, LINK, NOW, linked

DAY = timedelta(days=1)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0)


def report(person: int = ANN, *, due: datetime = NOW, daily: bool = True) -> DesignReport:
    return DesignReport(person, "pt-BR", daily, due, NOW)


def day(number: int = 0, counts: str = "{}", person: int = ANN, maker: int = 200) -> CountedDay:
    return CountedDay(person, MIDNIGHT + number * DAY, maker, counts)


@pytest.fixture
async def both(store: Store) -> Store:
    await linked(store)
    await linked(store, replace(LINK, person=BEN))
    return store


async def test_a_report_comes_back_as_it_was_and_can_be_changed(both: Store) -> None:
    reports = both.design_reports
    assert await reports.of(ANN) is None
    await reports.keep(report())
    assert await reports.of(ANN) == report()
    await reports.keep(replace(report(), daily=False, closed_at=NOW))
    assert await reports.of(ANN) == replace(report(), daily=False, closed_at=NOW)


async def test_looking_changes_nothing_about_when_it_is_due(both: Store) -> None:
    assert not await both.design_reports.looked(ANN, "de", NOW)
    await both.design_reports.keep(report())
    assert await both.design_reports.looked(ANN, "de", NOW + DAY)
    assert await both.design_reports.of(ANN) == replace(report(), locale="de", used_at=NOW + DAY)


async def test_what_is_due_comes_in_turn(both: Store) -> None:
    await both.design_reports.keep(report(due=NOW + timedelta(minutes=2)))
    await both.design_reports.keep(report(BEN, due=NOW + timedelta(minutes=1)))
    assert await both.design_reports.due(NOW, 10) == []
    later = NOW + timedelta(minutes=5)
    assert [each.person for each in await both.design_reports.due(later, 10)] == [BEN, ANN]
    assert [each.person for each in await both.design_reports.due(later, 1)] == [BEN]


async def test_only_one_of_two_processes_takes_a_report(both: Store) -> None:
    await both.design_reports.keep(report())
    assert await both.design_reports.put_off(report(), NOW + DAY)
    assert not await both.design_reports.put_off(report(), NOW + DAY)
    assert await both.design_reports.due(NOW, 10) == []


async def test_closed_dms_turn_it_off(both: Store) -> None:
    await both.design_reports.keep(report())
    await both.design_reports.close(ANN, NOW)
    assert await both.design_reports.of(ANN) == replace(report(), daily=False, closed_at=NOW)


async def test_the_first_count_of_a_day_stays(both: Store) -> None:
    await both.design_reports.keep_day(day(0, "first"))
    await both.design_reports.keep_day(day(0, "second"))
    await both.design_reports.keep_day(day(1, "next"))
    await both.design_reports.keep_day(day(1, "bens", BEN))
    assert await both.design_reports.days_of(ANN, 200) == [day(1, "next"), day(0, "first")]
    assert await both.design_reports.days_of(ANN, 201) == [], "another account's are no use"


async def test_nothing_is_written_about_someone_who_is_not_linked(store: Store) -> None:
    await store.design_reports.keep(report())
    await store.design_reports.keep_day(day())
    assert await store.design_reports.of(ANN) is None
    assert await store.design_reports.days_of(ANN, 200) == []


async def test_unlinking_ends_it(both: Store) -> None:
    await both.design_reports.keep(report())
    await both.design_reports.keep_day(day())
    await both.design_reports.keep(report(BEN))
    await both.unlink(ANN)
    assert await both.design_reports.of(ANN) is None
    assert await both.design_reports.days_of(ANN, 200) == []
    assert await both.design_reports.of(BEN) == report(BEN)


async def test_old_counts_and_unused_reports_are_dropped(both: Store) -> None:
    for number in range(3):
        await both.design_reports.keep_day(day(number))
    assert await both.personal.drop_older("design_counts", MIDNIGHT + DAY) == 1
    await both.design_reports.keep(report(daily=True))
    await both.design_reports.keep(report(BEN, daily=False))
    assert await both.design_reports.drop_unused(NOW) == 0
    assert await both.design_reports.drop_unused(NOW + DAY) == 1
    assert await both.design_reports.of(ANN) == report(), "who gets the DM keeps it"
