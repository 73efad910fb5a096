"""Patience at Discord's door, kept across restarts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from operations.login import FIRST_WAIT, LONGEST_WAIT, Patience
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
