"""The database rejects writes for a while: everyone gets a reply, and nothing is lost."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from fakes.thingiverse import FakeThingiverse
from storage import write_behind
from storage.store import Store, open_store
from tests.stage import Stage, open_stage, text_of
from tests.storage.records import ANN, BEN, like, link_people
from tests.waiting import until

GEARS = 1038
Mend = Callable[[], Awaitable[None]]


@pytest.fixture
async def stage(world: FakeThingiverse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncGenerator[Stage]:
    """A bot that doesn't wait five seconds for a lock."""
    monkeypatch.setattr("storage.engine._PRAGMAS", ("PRAGMA busy_timeout=20",))
    async with open_stage(world, tmp_path) as stage:
        yield stage


async def locked(store: Store) -> Mend:
    other = sqlite3.connect(store.where, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def repair() -> None:
        other.execute("ROLLBACK")
        other.close()

    return repair


async def read_only(store: Store) -> Mend:
    return await _with_pragma(store, "query_only=ON", "query_only=OFF")


async def full(store: Store) -> Mend:
    async with store._engines.writes.connect() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
    return await _with_pragma(store, f"max_page_count={pages}", "max_page_count=1000000")


async def _with_pragma(store: Store, wrong: str, right: str) -> Mend:
    async def say(pragma: str) -> None:
        async with store._engines.writes.connect() as connection:
            await connection.exec_driver_sql(f"PRAGMA {pragma}")

    await say(wrong)
    return lambda: say(right)


@pytest.mark.parametrize("trouble", [locked, read_only])
async def test_linking_is_refused_with_a_reference_and_goes_on_afterwards(stage: Stage, trouble: Any) -> None:
    await stage.link(stage.ann, "mira")
    repair = await trouble(stage.bot.store)
    refused = await stage.ann.slash(stage.channel, "link")
    assert "reference" in text_of(refused.response)
    refused = await stage.unlink(stage.ann)
    assert "reference" in text_of(refused.followups[-1])
    assert "@mira" in text_of((await stage.ann.slash(stage.channel, "account")).response), "and is still linked"
    await repair()
    await stage.link(stage.ann, "kumiko")
    assert "@kumiko" in text_of((await stage.ann.slash(stage.channel, "account")).response)


@pytest.mark.parametrize("trouble", [locked, read_only])
async def test_a_confirmation_that_cannot_be_kept_can_be_pressed_again(stage: Stage, trouble: Any) -> None:
    asked = await stage.paste(stage.ann, stage.world.token_for("mira"))
    repair = await trouble(stage.bot.store)
    refused = await stage.ann.click(asked.response, label="Confirm")
    assert "reference" in text_of(refused.followups[0])
    assert await stage.bot.store.link_of(stage.ann.id) is None
    await repair()
    done = await stage.ann.click(asked.response, label="Confirm")
    assert "You're linked" in text_of(done.response)


@pytest.mark.parametrize("trouble", [locked, read_only, full])
async def test_likes_go_on_and_are_recorded_once_they_can_be(stage: Stage, trouble: Any) -> None:
    await stage.link(stage.ann, "mira")
    repair = await trouble(stage.bot.store)
    stage.world.add_thing(10**6, name="a long name " * 800)  # longer than the free space on a page
    for thing in (GEARS, 10**6):
        liked = await stage.ann.slash(stage.channel, "like", thing=str(thing))
        assert "You like" in text_of(liked.response)
    assert not await stage.bot.store._noted_likes.settle()
    again = await stage.ann.slash(stage.channel, "like", thing=str(GEARS))
    assert "already like" in text_of(again.response), "known, though it could not be written"
    await repair()
    assert await stage.bot.store.count_likes(stage.ann.id) == 2


async def test_what_waits_is_written_by_itself_when_the_lock_is_gone(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("storage.engine._PRAGMAS", ("PRAGMA busy_timeout=20",))
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        await link_people(store, (ANN, BEN))
        repair = await locked(store)
        store.note_like(like(ANN, 1))
        with capture_logs() as logged:
            await until(lambda: logged)
        await repair()
        other = sqlite3.connect(store.where)
        await until(lambda: other.execute("SELECT count(*) FROM likes").fetchone() == (1,))
        other.close()


async def test_nothing_that_waits_comes_back_after_unlinking(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("storage.engine._PRAGMAS", ("PRAGMA busy_timeout=20",))
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        await link_people(store, (ANN, BEN))
        repair = await locked(store)
        store.note_like(like(ANN, 1))
        store.note_like(like(BEN, 2))
        await store.settle()
        await repair()
        await store.unlink(ANN)
        assert (await store.count_likes(ANN), await store.count_likes(BEN)) == (0, 1)


async def test_what_waits_is_bounded_and_what_is_given_up_is_said(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("storage.engine._PRAGMAS", ("PRAGMA busy_timeout=20",))
    monkeypatch.setattr(write_behind, "MOST_WAITING", 5)
    with capture_logs() as logged:
        async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
            repair = await locked(store)
            for thing in range(1, 9):
                store.note_like(like(ANN, thing))
            await store.settle()
        await repair()
    said = [(line["event"], line["count"]) for line in logged]
    assert said == [
        ("not recorded yet", 8),
        ("not recorded", 3),
        ("not recorded yet", 5),
        ("not recorded", 5),
    ]
