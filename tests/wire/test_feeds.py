"""Feeds of a bot that runs as a process, and one bot at a time on a SQLite file."""

from __future__ import annotations

import signal
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from feed_records import FeedSource, Subscription
from storage.store import open_store
from tests.databases import up_to_date
from tests.feeds.stage import GUILD
from tests.waiting import PATIENCE, until
from tests.wire.process import Process, environment, running_bot, start
from tests.wire.story import ids

EXIT_SETTINGS = 78


async def follow(folder: Path, channel: int, tag: str = "vase") -> None:
    async with open_store(up_to_date(folder / "bot.db")) as store:
        source = FeedSource(kind="tag", value=tag)
        await store.feeds.create(
            Subscription(guild=GUILD, channel=channel, source=source, started_at=datetime.now(UTC))
        )


async def pause(bot: Process, folder: Path) -> None:
    """Pause it while nothing is being written, because it would keep the file locked."""
    with closing(sqlite3.connect(folder / "bot.db", timeout=PATIENCE, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        bot.stop(signal.SIGSTOP)
        threads = Path(f"/proc/{bot.running.pid}/task")
        await until(lambda: all(") T " in (each / "stat").read_text() for each in threads.iterdir()))
        connection.execute("ROLLBACK")


async def baseline(folder: Path) -> bool:
    async with open_store(up_to_date(folder / "bot.db")) as store:
        return bool(await store.seen.known("newest", [1_038]))


async def test_a_published_design_is_posted_and_its_buttons_work(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    prints = discord.channels.create("prints")
    await follow(tmp_path, int(prints.id))
    async with running_bot(discord, world, tmp_path, FEED_EVERY="1"):
        while not await baseline(tmp_path):
            await until(lambda: world.count("GET", "/api/search/"))
        vase = world.publish()
        await until(lambda: discord.messages.listed(prints.id))
    (message,) = discord.messages.listed(prints.id)
    assert f"t1:like:{vase.id}" in ids(message)
    assert discord.violations == []


async def test_a_second_bot_on_a_sqlite_file_is_refused_by_name(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path) as first:
        settings = environment(discord, world, tmp_path)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        second = await start("run", settings, elsewhere)
        assert await second.ended() == EXIT_SETTINGS
        assert f"Another bot is running with this database: process {first.running.pid} on" in second.said
        assert "started 20" in second.said
        assert len(discord.gateway.identifies) == 1, "it never reached Discord"
        for command, *arguments in (("check",), ("rotate-keys",), ("person", "export", "5")):
            beside = await start(command, settings, elsewhere, *arguments)
            await beside.ended()
            assert "Another bot" not in beside.said, command
        assert first.running.returncode is None


async def test_after_a_kill_the_next_bot_starts_right_away(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path) as first:
        first.stop(signal.SIGKILL)
        await first.ended()
    began = datetime.now(UTC)
    async with running_bot(discord, world, tmp_path):
        assert (datetime.now(UTC) - began).total_seconds() < 12, "a lease lasts 15 seconds"


async def test_a_stopped_bot_gives_its_lease_back(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    async with running_bot(discord, world, tmp_path) as bot:
        bot.stop()
        assert await bot.ended() == 0
    async with open_store(up_to_date(tmp_path / "bot.db")) as store:
        assert await store.leases.holder("feeds") is None


async def test_a_bot_that_was_paused_while_another_one_started_stops(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    """With SQLite, or without Redis, exactly one runs."""
    async with running_bot(discord, world, tmp_path) as first:
        await pause(first, tmp_path)
        settings = environment(discord, world, tmp_path)
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        second = await start("run", settings, elsewhere)
        try:
            await second.says("ready")
            first.stop(signal.SIGCONT)
            assert await first.ended() == EXIT_SETTINGS
            assert f"since this one was paused or cut off: process {second.running.pid} on" in first.said
            assert second.running.returncode is None
        finally:
            second.stop()
            await second.ended()
