"""Backups: whole or not there, and put back without losing anything."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from operations import backups, keys
from operations.backups import Backups
from operations.failures import StartError
from storage import backup as storing
from storage.errors import StorageError
from storage.store import Store, open_store
from storage.upgrade import HEAD
from storage.vault import LINK_TOKEN, Vault, new_key
from tests.storage.records import ANN, BEN, LINK, linked
from tests.storage.schema import version_of
from tests.waiting import until

KEY = new_key()
VAULT, OTHER = Vault.from_text(KEY), Vault.from_text(new_key())
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
async def store(path: Path) -> AsyncGenerator[Store]:
    async with open_store(f"sqlite:///{path}") as store:
        await keys.require_keys(store, VAULT)
        await link(store, ANN)
        yield store


async def link(store: Store, person: int, vault: Vault = VAULT) -> None:
    await linked(store, replace(LINK, person=person, token=vault.seal("x", person=person, column=LINK_TOKEN)))


async def backed_up(path: Path, name: str = "copy.db") -> Path:
    copy = path.with_name(name)
    await storing.back_up(f"sqlite:///{path}", copy)
    return copy


async def people_in(path: Path) -> set[int]:
    async with open_store(f"sqlite:///{path}") as store:
        return {person for person in (ANN, BEN) if await store.link_of(person) is not None}


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# -- made while the bot runs


async def test_a_backup_of_a_running_bot_is_whole_and_private(store: Store, path: Path) -> None:
    copy = await backed_up(path)
    assert copy.stat().st_mode & 0o777 == 0o600
    await link(store, BEN)
    assert await people_in(copy) == {ANN}
    contents = await storing.contents_of(copy)
    assert (contents.schema, contents.linked) == (HEAD, 1)


async def test_writes_go_on_while_a_backup_is_made(store: Store, path: Path) -> None:
    written = 0

    async def write() -> None:
        nonlocal written
        while True:
            await store.set_meta("count", str(written))
            written += 1

    writing = asyncio.create_task(write())
    for number in range(5):
        before = written
        await backed_up(path, f"copy{number}.db")
        await until(lambda before=before: written > before)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)


async def test_a_backup_never_replaces_a_file(store: Store, path: Path) -> None:
    with pytest.raises(StorageError, match="already a file"):
        await storing.back_up(f"sqlite:///{path}", path)
    assert await people_in(path) == {ANN}


async def test_a_canceled_backup_leaves_nothing(store: Store, path: Path, tmp_path: Path) -> None:
    working = asyncio.create_task(backed_up(path))
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert not [name for name in files(tmp_path) if "copy" in name]


async def test_what_a_killed_backup_leaves_is_no_backup_and_is_cleaned_up_later(
    store: Store, path: Path, tmp_path: Path
) -> None:
    folder = Backups(f"sqlite:///{path}", tmp_path / "backups", 3)
    folder.folder.mkdir()
    killed = folder.folder / ".thingamabot-20260101T000000Z.db.partial"
    killed.write_bytes(b"half of it")
    assert folder.files() == []
    assert folder.newest() is None
    await folder.take(NOW)
    assert killed.exists(), "it may belong to a backup that is being made"
    long_ago = time.time() - 3600
    os.utime(killed, (long_ago, long_ago))
    await folder.take(NOW + timedelta(hours=1))
    assert not killed.exists()


# -- a full and a bad disk


async def test_a_full_disk_is_told_and_costs_no_earlier_backup(
    store: Store, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Backups(f"sqlite:///{path}", tmp_path / "backups", 1)
    first = await folder.take(NOW)

    async def full(_source: str, partial: Path) -> None:
        with closing(sqlite3.connect(partial, isolation_level=None)) as connection:
            connection.execute("PRAGMA max_page_count=1")
            connection.execute("CREATE TABLE t(x)")

    monkeypatch.setattr(storing, "_vacuum_into", full)
    with pytest.raises(StorageError, match="disk for the backup is full"):
        await folder.take(NOW + timedelta(days=1))
    assert files(folder.folder) == {first.name}


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
async def test_a_disk_that_is_full_at_the_end_leaves_no_backup(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(_: Path) -> None:
        Path("/dev/full").write_bytes(b"x")

    monkeypatch.setattr(storing, "onto_disk", fails)
    with pytest.raises(StorageError, match="disk for the backup is full"):
        await backed_up(path)
    assert not path.with_name("copy.db").exists()


async def test_a_damaged_database_makes_no_backup_and_costs_no_earlier_one(store: Store, path: Path) -> None:
    await store.close()
    first = await backed_up(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    _overwrite(path)
    with pytest.raises(StorageError, match="damaged"):
        await backed_up(path, "second.db")
    assert not path.with_name("second.db").exists()
    assert await people_in(first) == {ANN}


def _overwrite(path: Path) -> None:
    """Damage a table, as a bad disk does."""
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'links'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


async def test_a_damaged_backup_is_refused(store: Store, path: Path) -> None:
    copy = await backed_up(path)
    _overwrite(copy)
    with pytest.raises(StartError, match=r"can't be used\. The database file is damaged") as refused:
        await backups.verify(copy, VAULT)
    assert refused.value.code == 65


async def test_a_missing_backup_is_called_missing(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="There's no file with that name"):
        await backups.verify(tmp_path / "x.db", VAULT)


@pytest.mark.parametrize("content", [b"", b"not a database, whatever its name says" * 100])
async def test_another_file_is_no_backup(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.db").write_bytes(content)
    with pytest.raises(StartError, match="isn't a backup of this bot"):
        await backups.verify(tmp_path / "x.db", VAULT)


# -- keys


async def test_verify_opens_a_token_of_each_key(store: Store, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = Vault.from_text(f"{new_key()},{KEY}")
    await keys.require_keys(store, both)
    await link(store, BEN, both)
    copy = await backed_up(path)
    await backups.verify(copy, both)
    assert "a token of each of its 2 keys" in capsys.readouterr().out
    with pytest.raises(StartError, match="missing 1 of the keys"):
        await backups.verify(copy, VAULT)


async def test_a_restore_without_its_key_is_refused_and_changes_nothing(store: Store, path: Path) -> None:
    copy = await backed_up(path)
    await link(store, BEN)
    await store.close()
    with pytest.raises(StartError, match="missing 1 of the keys"):
        await backups.restore(f"sqlite:///{path}", copy, OTHER)
    assert await people_in(path) == {ANN, BEN}


# -- put back


async def test_a_running_bot_refuses_a_restore(store: Store, path: Path) -> None:
    copy = await backed_up(path)
    await link(store, BEN)
    with pytest.raises(StartError, match="The bot is running") as refused:
        await backups.restore(f"sqlite:///{path}", copy, VAULT)
    assert refused.value.code == 75
    assert {person for person in (ANN, BEN) if await store.link_of(person)} == {ANN, BEN}


@pytest.fixture
async def two(path: Path) -> Path:
    """A stopped bot with ANN and BEN, and a backup with ANN. Returns the backup."""
    async with open_store(f"sqlite:///{path}") as store:
        await keys.require_keys(store, VAULT)
        await link(store, ANN)
        copy = await backed_up(path)
        await link(store, BEN)
    return copy


async def test_a_restore_keeps_the_replaced_database_beside_it(two: Path, path: Path, tmp_path: Path) -> None:
    await backups.restore(f"sqlite:///{path}", two, VAULT)
    assert await people_in(path) == {ANN}
    assert path.stat().st_mode & 0o777 == 0o600
    (kept,) = tmp_path.glob("bot.db.replaced-*")
    assert await people_in(kept) == {ANN, BEN}


async def test_several_restores_in_one_second_keep_each_replaced_database(
    two: Path, path: Path, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    names = {f"bot.db.replaced-{now + timedelta(seconds=n):%Y%m%dT%H%M%SZ}" for n in range(60)}
    for name in names:
        (tmp_path / name).touch()
    await backups.restore(f"sqlite:///{path}", two, VAULT)
    (kept,) = (each for each in tmp_path.glob("bot.db.replaced-*") if each.name not in names)
    assert await people_in(kept) == {ANN, BEN}


@pytest.mark.parametrize("damage", [b"SQLite format 3\0" + b"\xff" * 5000, b"nothing"], ids=["damaged", "none"])
async def test_a_damaged_database_is_replaced_and_kept_with_its_log(two: Path, path: Path, damage: bytes) -> None:
    path.write_bytes(damage)
    Path(f"{path}-wal").write_bytes(b"the log")
    await backups.restore(f"sqlite:///{path}", two, VAULT)
    assert await people_in(path) == {ANN}
    (kept,) = (each for each in path.parent.glob("bot.db.replaced-*") if not each.name.endswith("-wal"))
    assert kept.read_bytes() == damage


async def test_an_interrupted_restore_leaves_the_old_database(
    two: Path, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfile", full)
    with pytest.raises(StartError, match="Nothing was restored, and the database is as before"):
        await backups.restore(f"sqlite:///{path}", two, VAULT)
    assert await people_in(path) == {ANN, BEN}


# What the migrations after 0005 add, taken away again.
FEED_TABLES = ("feed_outbox", "feeds", "feed_queries", "feed_seen", "feed_things", "leases")
SINCE_0005 = (
    "ALTER TABLE links DROP COLUMN with_state",
    "ALTER TABLE deeds DROP COLUMN collection",
    "ALTER TABLE deeds DROP COLUMN collection_name",
    "ALTER TABLE deeds DROP COLUMN unsure",
    "ALTER TABLE attempts DROP COLUMN then_save",
    "DROP TABLE design_reports",
    "DROP TABLE design_counts",
    *(f"DROP TABLE {table}" for table in FEED_TABLES),
)


async def test_an_old_backup_over_a_newer_schema_is_restored_and_upgraded(two: Path, path: Path) -> None:
    for file, version in ((two, "0005"), (path, "9999")):
        with closing(sqlite3.connect(file)) as connection:
            if version == "0005":
                for statement in SINCE_0005:
                    connection.execute(statement)
            connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
            connection.commit()
    await backups.restore(f"sqlite:///{path}", two, VAULT)
    async with open_store(f"sqlite:///{path}") as store:
        assert await version_of(store) == HEAD
        assert await store.link_of(ANN) is not None


async def test_a_backup_of_a_newer_version_is_refused(two: Path, path: Path) -> None:
    with closing(sqlite3.connect(two)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StartError, match="newer version of the bot"):
        await backups.restore(f"sqlite:///{path}", two, VAULT)
    assert await people_in(path) == {ANN, BEN}


async def test_a_restore_where_there_is_no_database_makes_one(two: Path, tmp_path: Path) -> None:
    new = tmp_path / "elsewhere" / "bot.db"
    await backups.restore(f"sqlite:///{new}", two, VAULT)
    assert await people_in(new) == {ANN}


# -- while the bot runs


async def test_only_the_newest_backups_are_kept_and_nothing_else_is_touched(
    store: Store, path: Path, tmp_path: Path
) -> None:
    folder = Backups(f"sqlite:///{path}", tmp_path / "backups", 2)
    folder.folder.mkdir()
    (folder.folder / "mine.db").write_text("keep")
    made = [await folder.take(NOW + timedelta(days=day)) for day in range(4)]
    assert files(folder.folder) == {"mine.db", made[2].name, made[3].name}
    assert folder.newest() == NOW + timedelta(days=3)


async def test_a_restart_makes_no_backup_before_it_is_due(store: Store, path: Path, tmp_path: Path) -> None:
    folder = Backups(f"sqlite:///{path}", tmp_path / "backups", 5)
    for _ in range(2):
        working = asyncio.create_task(backups.keep_backing_up(folder, timedelta(hours=24)))
        await until(folder.files)
        await asyncio.sleep(0.05)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    assert len(folder.files()) == 1


def a_file_instead_of_the_folder(backups: Path) -> None:
    backups.write_text("not a folder")


def an_old_backup_that_cannot_be_deleted(backups: Path) -> None:
    (backups / "thingamabot-20200101T000000Z.db").mkdir(parents=True)


@pytest.mark.parametrize("spoil", [a_file_instead_of_the_folder, an_old_backup_that_cannot_be_deleted])
async def test_a_backup_that_fails_is_logged_and_does_not_end_the_bot(
    store: Store, path: Path, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    spoil(tmp_path / "backups")
    folder = Backups(f"sqlite:///{path}", tmp_path / "backups", 1)
    with capture_logs() as logs:
        working = asyncio.create_task(backups.keep_backing_up(folder, timedelta(hours=24)))
        await until(lambda: any(line["event"] == "backup failed" for line in logs))
        assert not working.done()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_two_in_the_same_second_do_not_collide(store: Store, path: Path, tmp_path: Path) -> None:
    folder, now = Backups(f"sqlite:///{path}", tmp_path / "backups", 5), datetime.now(UTC)
    assert [await folder.take(now), await folder.take(now)] == folder.files()
    assert len(folder.files()) == 2
