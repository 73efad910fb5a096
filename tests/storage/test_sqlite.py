"""What concerns the file: who may read it, what is in it, what happens when it cannot be used."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.engine import read_address
from storage.errors import StorageError
from storage.records import Attempt, Link, Parked
from storage.store import open_store
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, Vault, new_key

NOW = datetime(2026, 5, 1, tzinfo=UTC)
ROOT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("given", "driver"),
    [
        ("sqlite:///data/x.db", "sqlite+aiosqlite"),
        ("sqlite+aiosqlite:///data/x.db", "sqlite+aiosqlite"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg"),
        ("postgres://u:p@h/d", "postgresql+asyncpg"),
        ("postgresql+asyncpg://u:p@h/d", "postgresql+asyncpg"),
    ],
)
def test_plain_addresses_get_their_driver(given: str, driver: str) -> None:
    assert read_address(given).drivername == driver


@pytest.mark.parametrize("given", ["", "data/x.db", "mysql://u:canary@h/d", "sqlite3:///x"])
def test_other_addresses_are_refused_without_their_password(given: str) -> None:
    with pytest.raises(StorageError) as caught:
        read_address(given)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("given", ["sqlite://", "sqlite:///:memory:"])
async def test_a_database_that_keeps_nothing_is_refused(given: str) -> None:
    with pytest.raises(StorageError, match="needs a file"):
        async with open_store(given):
            pass


async def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "bot.db"
    async with open_store(f"sqlite:///{path}") as store:
        await store.set_meta("a", "b")
        for file in path.parent.iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert (path.parent / "bot.db-wal").exists()


async def test_no_planted_token_is_in_any_file(tmp_path: Path) -> None:
    token = "c0ffee" * 5 + "aa"
    vault = Vault.from_text(new_key())
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        parked = Parked(vault.seal(token, person=1, column=ATTEMPT_TOKEN), 5, "mira", None, True)
        await store.begin_attempt(Attempt(1, b"d", NOW, NOW, parked=parked))
        await store.confirm(1, b"d", Link(1, 5, "mira", None, vault.seal(token, person=1, column=LINK_TOKEN), NOW))
        await store.begin_attempt(Attempt(1, b"d", NOW, NOW, parked=parked))
        for file in tmp_path.iterdir():
            assert token.encode() not in file.read_bytes(), file.name
    for file in tmp_path.iterdir():
        assert token.encode() not in file.read_bytes(), file.name


async def test_a_locked_database_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.engine._PRAGMAS", ("PRAGMA busy_timeout=50",))
    path = tmp_path / "bot.db"
    async with open_store(f"sqlite:///{path}") as store:
        other = sqlite3.connect(path)
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StorageError, match="locked by another process"):
            await store.set_meta("a", "b")
        other.rollback()
        other.close()
        await store.set_meta("a", "b")


async def test_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "bot.db").write_text("not a database at all, but long enough to look at " * 10)
    with pytest.raises(StorageError, match="not a database"):
        async with open_store(f"sqlite:///{tmp_path / 'bot.db'}"):
            pass


async def test_a_disk_that_is_full_is_said_and_loses_nothing(tmp_path: Path) -> None:
    async with open_store(f"sqlite:///{tmp_path / 'bot.db'}") as store:
        await store.set_meta("before", "kept")
        async with store._engine.connect() as connection:
            pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
            await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
        with pytest.raises(StorageError, match="full"):
            await asyncio.gather(*(store.set_meta(f"m{i}", "x" * 50_000) for i in range(8)))
        assert await store.meta("before") == "kept"


_CONFIRMING = """
import asyncio, os, sys
from datetime import datetime, UTC
sys.path.insert(0, {root!r})
from storage.records import Link
from storage.store import open_store
async def main():
    async with open_store("sqlite:///" + {path!r}) as store:
        step = 0
        async def killer():
            nonlocal step
            while True:
                if step >= {steps}:
                    os._exit(9)
                step += 1
                await asyncio.sleep(0)
        asyncio.create_task(killer())
        await store.confirm(1, b"d", Link(1, 5, "mira", None, b"sealed", datetime.now(UTC)))
asyncio.run(main())
"""


@pytest.mark.parametrize("steps", [1, 3, 6, 10, 20, 40, 80])
async def test_a_process_killed_while_confirming_leaves_all_or_nothing(tmp_path: Path, steps: int) -> None:
    path = tmp_path / "bot.db"
    async with open_store(f"sqlite:///{path}") as store:
        await store.begin_attempt(Attempt(1, b"d", NOW, NOW, parked=Parked(b"sealed", 5, "mira", None, True)))
    code = _CONFIRMING.format(root=str(ROOT), path=str(path), steps=steps)
    subprocess.run([sys.executable, "-c", code], check=False, timeout=20, env={**os.environ})
    async with open_store(f"sqlite:///{path}") as store:
        assert (await store.link_of(1) is not None) is not (await store.attempt_of(1) is not None)
