"""SQLite files: who can read them, what they contain, and what is left after deleting."""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from storage import personal
from storage.store import open_store
from storage.vault import LINK_TOKEN, Vault, new_key
from tests.storage.records import ANN, LINK, everything, linked


def modes(folder: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}


async def test_the_files_are_their_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    async with open_store(f"sqlite:///{folder / 'bot.db'}") as store:
        await store.set_meta("a", "b")
        assert modes(folder) == {"bot.db": 0o600, "bot.db-wal": 0o600, "bot.db-shm": 0o600}
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_a_new_file_is_never_anybody_elses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "chmod", lambda _path, _mode: None)
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}"):
        assert set(modes(tmp_path).values()) == {0o600}, "made so, not changed to it afterward"


async def test_an_older_file_becomes_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "bot.db"
    path.touch(0o644)
    older = sqlite3.connect(path)
    older.execute("PRAGMA journal_mode=WAL")
    older.execute("CREATE TABLE x (y)")
    async with open_store(f"sqlite:///{path}"):
        assert set(modes(tmp_path).values()) == {0o600}
    older.close()


async def test_every_connection_has_sqlites_manners(tmp_path: Path) -> None:
    names = ("journal_mode", "foreign_keys", "busy_timeout", "synchronous", "secure_delete")
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        for engine in (store._engines.reads, store._engines.writes):
            async with engine.connect() as connection:
                values = [(await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one() for name in names]
                assert values == ["wal", 1, 5000, 2, 1]


async def test_no_planted_token_is_in_any_file(tmp_path: Path) -> None:
    token = "c0ffee" * 5 + "aa"
    vault = Vault.from_text(new_key())
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        await everything(store, vault, token)
        link = await store.link_of(ANN)
        assert vault.open(link.token, person=ANN, column=LINK_TOKEN) == token
        files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        assert link.token in files, "the search finds what is there"
        assert token.encode() not in files
        assert bytes.fromhex(token) not in files
        assert await store.unlink(ANN)
    files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert token.encode() not in files
    assert link.token not in files, "who has unlinked is not in the file, not even sealed"
    assert b"mira" not in files


async def test_what_is_erased_is_in_no_file_at_once_while_the_bot_runs(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'bot.db'}"
    async with open_store(address) as store, open_store(address) as other:
        vault = Vault.from_text(new_key())
        await everything(store, vault, "c0ffee" * 5 + "aa")
        assert await other.link_of(ANN) is not None
        await store.settle()
        sealed = (await store.link_of(ANN)).token
        assert sealed in b"".join(file.read_bytes() for file in tmp_path.iterdir())
        await store.personal.erase(ANN)
        files = b"".join(file.read_bytes() for file in tmp_path.iterdir())
        for left in (sealed, b"mira", b"thing 1", ANN.to_bytes(8, "big")):
            assert left not in files


async def test_what_cannot_be_overwritten_while_somebody_reads_is_so_later(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        async with store._engines.writes.connect() as connection:
            await connection.exec_driver_sql("PRAGMA busy_timeout=50")
        await linked(store)
        with closing(sqlite3.connect(tmp_path / "bot.db")) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT * FROM links").fetchall()
            await store.personal.erase(ANN)
            assert await store.link_of(ANN) is None, "gone all the same"
            assert not await store.personal.overwrite()
        assert await store.personal.overwrite()
        assert b"mira" not in b"".join(file.read_bytes() for file in tmp_path.iterdir())


async def test_two_stores_see_what_the_other_writes(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'bot.db'}"
    async with open_store(address) as one, open_store(address) as other:
        await linked(one)
        assert await other.link_of(ANN) == LINK
        assert await other.unlink(ANN)
        assert await one.link_of(ANN) is None


async def test_two_databases_in_memory_are_two() -> None:
    async with open_store("sqlite://") as one, open_store("sqlite:///:memory:") as other:
        await linked(one)
        assert await other.link_of(ANN) is None
        assert one.where == "in memory"


async def test_what_was_erased_is_overwritten_once_nobody_reads_the_file_anymore(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While a backup or a shell reads the file, others can write, and the bot tries again until it works."""
    monkeypatch.setattr(personal, "AGAIN_AFTER", 0.01)
    file = tmp_path / "bot.db"
    async with open_store(f"sqlite:///{file}") as store:
        await linked(store, replace(LINK, maker_name="canary-name"))
        with closing(sqlite3.connect(file)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM links").fetchone()
            assert (await store.personal.erase(LINK.person))["links"] == 1
            assert b"canary-name" in Path(f"{file}-wal").read_bytes(), "the reader still needs it"
            await store.set_meta("written", "meanwhile")
        while b"canary-name" in file.read_bytes() + Path(f"{file}-wal").read_bytes():
            await asyncio.sleep(0.01)


async def test_canceled_while_overwriting_it_stays_canceled(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        for turns in range(40):
            task = asyncio.create_task(store.personal.overwrite())
            for _ in range(turns):
                await asyncio.sleep(0)
            was_done = task.done()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert task.cancelled() or was_done
        assert await store.personal.overwrite(), "and it works afterward"
