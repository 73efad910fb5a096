"""Backups as an operator makes them, from the command line, beside a running bot."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.waiting import until
from tests.wire.process import environment, running_bot, start
from tests.wire.story import link_by_dm


def links_in(path: Path) -> int:
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute("SELECT count(*) FROM links").fetchone()[0]


async def test_a_backup_beside_a_running_bot_is_restored_once_the_bot_is_stopped(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    settings = environment(discord, world, tmp_path)

    async def told(code: int, command: str, *arguments: str) -> str:
        process = await start(command, settings, tmp_path, *arguments)
        assert await process.ended(60) == code, process.said
        assert "Traceback" not in process.said
        return process.said

    async with running_bot(discord, world, tmp_path) as process:
        await told(0, "backup", "first.db")
        await link_by_dm(discord, world, discord.person("ann"))
        said = await told(0, "backup", "second.db")
        assert "is backed up to second.db" in said
        assert "No backup was made. There's already a file" in await told(74, "backup", "second.db")
        assert "a token of each of its 1 keys" in await told(0, "verify", "second.db")
        assert "The bot is running" in await told(75, "restore", "first.db")
        process.stop()
        assert await process.ended() == 0
    assert links_in(tmp_path / "bot.db") == 1
    assert "The replaced database is at" in await told(0, "restore", "first.db")
    assert links_in(tmp_path / "bot.db") == 0
    assert "isn't a backup" in await told(65, "restore", "key")
    assert "can't be used" in await told(65, "restore", "absent.db")
    await told(0, "restore", "second.db")
    async with running_bot(discord, world, tmp_path):
        assert links_in(tmp_path / "bot.db") == 1


async def test_a_running_bot_makes_backups_where_the_operator_sets_it(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path, BACKUP_EVERY="24h", BACKUP_FOLDER="kept") as process:
        await until(lambda: list((tmp_path / "kept").glob("thingamabot-*.db")))
        assert (tmp_path / "kept").stat().st_mode & 0o777 == 0o700
        await process.says("backup made")


async def test_a_backup_that_finds_no_room_loses_nothing(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    """A process that may only write small files fails like a full disk."""
    settings = environment(discord, world, tmp_path, PYTHONDONTWRITEBYTECODE="1")
    before = (tmp_path / "bot.db").read_bytes()
    shell = 'ulimit -f 16; exec "$@"'
    process = await start("backup", settings, tmp_path, "copy.db", through=("sh", "-c", shell, "sh"))
    assert await process.ended(60) == 74, process.said
    assert "No backup was made" in process.said
    assert not list(tmp_path.glob("*copy.db*"))
    assert (tmp_path / "bot.db").read_bytes() == before
    process = await start("backup", settings, tmp_path, "copy.db")
    assert await process.ended(60) == 0, process.said
    assert links_in(tmp_path / "copy.db") == 0


async def test_a_backup_that_is_killed_outright_leaves_no_backup_that_looks_whole(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    settings = environment(discord, world, tmp_path)
    with closing(sqlite3.connect(tmp_path / "bot.db")) as connection:  # large enough to be caught in the middle
        connection.execute("INSERT INTO meta VALUES ('filler', hex(zeroblob(20000000)))")
        connection.commit()
    partial = tmp_path / ".copy.db.partial"
    process = await start("backup", settings, tmp_path, "copy.db")
    await until(partial.exists)
    process.running.kill()
    assert await process.ended() != 0
    assert not (tmp_path / "copy.db").exists()
    process = await start("backup", settings, tmp_path, "copy.db")
    assert await process.ended(60) == 0, process.said
    assert not partial.exists()
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
