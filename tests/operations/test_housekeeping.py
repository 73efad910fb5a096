"""Nothing is kept longer than promised: run the rules with other times, and compare them with the privacy page."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from actions.linking import CONFIRM_TIME, LINK_TIME
from actions.retention import DEAD_LINK, OLD_COUNTS, OLD_HISTORY, OLD_PREVIEW, OLD_SHARE, RULES, UNUSED_REPORT, Rule
from actions.servers import Servers
from errors import COMMAND
from operations.housekeeping import EVERY_MINUTE, ROUND, carry_out, keep_house, keep_servers
from records import HistoryEntry
from storage.likes import HISTORY_KEPT
from storage.personal import PERSONAL
from storage.store import Store, open_store
from tests.storage.records import ANN, ATTEMPT, BEN, LINK, NOW, PARKED, like, linked
from tests.waiting import until

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
async def store() -> AsyncGenerator[Store]:
    async with open_store("sqlite://") as store:
        yield store


async def at(store: Store, moment: datetime) -> dict[str, int]:
    """Run the rules as of that time. Returns how many rows are kept about Ann."""
    await carry_out(store, now=lambda: moment)
    return {table: len(rows) for table, rows in (await store.personal.of(ANN)).items()}


async def test_an_attempt_is_gone_within_16_minutes_and_the_token_parked_in_it_within_six(store: Store) -> None:
    soon, at_last = NOW + CONFIRM_TIME, NOW + LINK_TIME + CONFIRM_TIME
    moment = timedelta(milliseconds=1)
    early = replace(ATTEMPT, began_at=NOW, expires_at=NOW + LINK_TIME, parked=replace(PARKED, until=soon))
    await store.begin_attempt(early)
    assert (await at(store, soon))["attempts"] == 1
    assert (await store.attempt_of(ANN)) == early
    await at(store, soon + moment)
    assert (await store.attempt_of(ANN)) == replace(early, parked=None)

    await store.begin_attempt(replace(early, parked=replace(PARKED, until=at_last)))
    assert (await at(store, at_last))["attempts"] == 1
    assert (await at(store, at_last + moment))["attempts"] == 0
    assert CONFIRM_TIME + timedelta(seconds=EVERY_MINUTE) == timedelta(minutes=6)
    assert LINK_TIME + CONFIRM_TIME + timedelta(seconds=EVERY_MINUTE) == timedelta(minutes=16)
    assert [rule.table for rule in RULES if rule.urgent] == ["attempts"]


async def test_what_is_urgent_is_carried_out_each_minute_the_rest_each_ten() -> None:
    carried: list[str] = []

    def rule(table: str, *, urgent: bool) -> Rule:
        async def note(_: Store, __: datetime) -> int:
            carried.append(table)
            return 0

        return Rule(table, "", "", "", note, urgent=urgent)

    rules = [rule("often", urgent=True), rule("now and then", urgent=False)]
    async with open_store("sqlite://") as store:
        task = asyncio.create_task(keep_house(store, every=0, rules=rules))
        while carried.count("now and then") < 3:
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert carried.count("often") == 2 * ROUND + 1


async def test_a_dead_link_and_what_belongs_to_it_are_gone_after_90_days(store: Store) -> None:
    await linked(store)
    await linked(store, replace(LINK, person=BEN))
    store.note_like(like(ANN, 1))
    assert (await at(store, NOW + timedelta(days=3_000)))["links"] == 1, "a living one is kept"
    await store.mark_dead(ANN, LINK.token, NOW)
    assert (await at(store, NOW + DEAD_LINK))["links"] == 1
    assert set((await at(store, NOW + DEAD_LINK + timedelta(seconds=1))).values()) == {0}
    assert await store.link_of(BEN) is not None


async def test_deeds_are_gone_after_90_days(store: Store) -> None:
    await linked(store)
    for day in (0, 50):
        store.note_history(HistoryEntry(ANN, NOW + timedelta(days=day), 5, "thing 5", True, 200))
    assert (await at(store, NOW + OLD_HISTORY))["deeds"] == 2
    assert (await at(store, NOW + OLD_HISTORY + timedelta(seconds=1)))["deeds"] == 1


async def test_a_rule_that_fails_keeps_no_other_from_being_carried_out_and_is_tried_again(store: Store) -> None:
    carried: list[str] = []

    async def fails(_: Store, __: datetime) -> int:
        carried.append("fails")
        raise RuntimeError("once")

    async def works(_: Store, __: datetime) -> int:
        carried.append("works")
        return 0

    rules = [Rule("a", "", "", "", fails), Rule("b", "", "", "", works)]
    task = asyncio.create_task(keep_house(store, every=0, rules=rules))
    while len(carried) < 6:
        await asyncio.sleep(0)
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
    assert carried[:6] == ["fails", "works"] * 3


def test_every_table_about_people_has_its_rule() -> None:
    assert sorted(rule.table for rule in RULES) == sorted(each.table.name for each in PERSONAL)


def test_the_privacy_page_says_what_the_rules_say() -> None:
    page = (ROOT / "docs" / "privacy.md").read_text()
    rows = re.findall(r"^\| (.+?) \| (.+?) \| (.+?) \|$", page, re.MULTILINE)
    assert [row for row in rows if row[0].startswith(tuple(rule.what for rule in RULES))] == [
        (rule.what, COMMAND.sub(r"`/\1`", rule.why), rule.until) for rule in RULES
    ]


def test_the_rules_say_the_times_that_are_kept() -> None:
    said = {rule.table: rule.until for rule in RULES}
    assert f"{DEAD_LINK.days} days" in said["links"]
    assert f"for {OLD_HISTORY.days} days at most (only the last {HISTORY_KEPT})" in said["deeds"]
    assert f"for {OLD_SHARE.days} days at most" in said["shares"]
    assert f"for {OLD_PREVIEW.days} days at most" in said["previews"]
    assert f"for {OLD_COUNTS.days} days at most" in said["design_counts"]
    assert f"until {UNUSED_REPORT.days} days after" in said["design_reports"]
    assert "at most six minutes for the key and 16 for the rest" in said["attempts"]


async def looked_through(present: Any, store: Store, servers: Servers) -> None:
    task = asyncio.create_task(keep_servers(present, servers, store, first=0, every=3600))
    with capture_logs() as logged:  # it logs when it's done, in both cases
        await until(lambda: [line for line in logged if line["event"].startswith("server")])
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_server_that_was_left_is_noted_and_forgotten_after_thirty_days() -> None:
    async with open_store("sqlite://") as store:
        servers = Servers(store.community)
        await servers.change(1, adult="never")
        await servers.change(2, adult="never")

        async def only_two() -> set[int]:
            return {2}

        await looked_through(only_two, store, servers)
        left = await store.community.servers()
        assert left[2] is None
        assert left[1] is not None
        assert await servers.forget_left(left[1] + timedelta(days=29)) == 0
        assert await servers.forget_left(left[1] + timedelta(days=31)) == 1
        assert list(await store.community.servers()) == [2]


async def test_where_discord_does_not_say_nobody_is_taken_for_missing() -> None:
    async with open_store("sqlite://") as store:
        servers = Servers(store.community)
        await servers.change(1, adult="never")

        async def silent() -> set[int]:
            raise OSError

        await looked_through(silent, store, servers)
        assert await store.community.servers() == {1: None}
