"""Waiting after rejected logins, across restarts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operations.login import FIRST_WAIT, LONGEST_WAIT, STEADY, Identifying, Patience
from storage.store import Store, open_store

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncGenerator[Store]:
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        yield store


async def test_each_refusal_doubles_the_wait_up_to_a_limit(store: Store) -> None:
    waits = []
    for _ in range(12):
        await Patience(store, "token", lambda: NOW).refused()
        waits.append(await Patience(store, "token", lambda: NOW).wait())
    assert waits[:4] == [FIRST_WAIT, FIRST_WAIT * 2, FIRST_WAIT * 4, FIRST_WAIT * 8]
    assert waits[-1] == LONGEST_WAIT


async def test_the_time_since_counts_and_so_does_a_success(store: Store) -> None:
    await Patience(store, "token", lambda: NOW).refused()
    assert await Patience(store, "token", lambda: NOW + timedelta(seconds=3)).wait() == timedelta(seconds=2)
    assert await Patience(store, "token", lambda: NOW + timedelta(seconds=6)).wait() == timedelta(0)
    await Patience(store, "token", lambda: NOW).accepted()
    assert await Patience(store, "token", lambda: NOW).wait() == timedelta(0)


async def test_another_token_begins_afresh_and_none_is_kept(store: Store) -> None:
    await Patience(store, "the-token", lambda: NOW).refused()
    assert await Patience(store, "another", lambda: NOW).wait() == timedelta(0)
    assert "the-token" not in (await store.meta("login_refusals") or "")


async def test_a_clock_that_was_set_back_does_not_make_it_wait_longer(store: Store) -> None:
    await Patience(store, "token", lambda: NOW).refused()
    assert await Patience(store, "token", lambda: NOW - timedelta(days=3)).wait() == FIRST_WAIT


async def test_a_day_of_refusals_is_a_few_dozen_logins(store: Store) -> None:
    """With a supervisor that restarts the bot right away."""
    now, logins = NOW, 0
    while now < NOW + timedelta(days=1):
        patience = Patience(store, "token", lambda: now)  # noqa: B023
        now += await patience.wait()
        await patience.refused()
        logins += 1
    assert logins < 40


async def test_a_network_that_is_down_is_tried_again_within_a_minute(store: Store) -> None:
    for _ in range(20):
        await Patience(store, "token", lambda: NOW).unanswered()
    assert await Patience(store, "token", lambda: NOW).wait() == timedelta(minutes=1)


async def test_another_setting_that_a_refusal_is_about_begins_afresh(store: Store) -> None:
    await Patience(store, "token", lambda: NOW, about="PREVIEWS").refused()
    assert await Patience(store, "token", lambda: NOW).wait() == timedelta(0)


async def test_a_note_that_cannot_be_read_keeps_nobody_from_logging_in(store: Store) -> None:
    await store.set_meta("login_refusals", "{}")
    assert await Patience(store, "token", lambda: NOW).wait() == timedelta(0)


async def test_a_session_that_ends_at_once_counts_as_refused_and_one_that_lasted_does_not(store: Store) -> None:
    clock = 0.0
    now = NOW

    async def sleep(seconds: float) -> None:
        nonlocal clock, now
        clock += seconds
        now += timedelta(seconds=seconds)

    patience = Patience(store, "token", lambda: now)
    identifying = Identifying(patience, lambda: clock, sleep)
    for _ in range(12):
        now += await patience.wait()
        try:
            await identifying.admit(0)
        except ConnectionRefusedError:
            break
    assert await patience.wait() > timedelta(seconds=45), "too long to wait in place, and no IDENTIFY was sent"
    now += LONGEST_WAIT
    await identifying.admit(0)
    clock += STEADY
    await identifying.admit(0)
    assert await patience.wait() == timedelta(0)
