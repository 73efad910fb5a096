"""Migrations from an empty database, run once even if several processes start."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database_url import read_url
from storage.errors import StorageError
from storage.store import open_store
from storage.tables import links, metadata
from storage.upgrade import HEAD as UP_TO_DATE
from tests.storage.records import ANN, LINK, linked
from tests.storage.schema import HEAD, SCRIPTS, version_of
from tests.waiting import PATIENCE

ROOT = Path(__file__).parent.parent.parent


def differences(connection: sa.Connection) -> list[object]:
    """Differences from the declared tables, except the word search, which each engine declares differently."""

    def declared(_: object, name: str | None, *__: object) -> bool:
        return not (name or "").startswith(("things_words", "ix_things_words"))

    return compare_metadata(MigrationContext.configure(connection, opts={"include_object": declared}), metadata)


def test_the_migrations_are_one_chain() -> None:
    assert len(SCRIPTS.get_bases()) == len(SCRIPTS.get_heads()) == 1
    assert max(script.revision for script in SCRIPTS.walk_revisions()) == HEAD == UP_TO_DATE


@pytest.mark.filterwarnings("ignore:Skipped unsupported reflection of expression-based index")  # SQLite's
async def test_the_migrations_make_the_tables_that_are_declared(address: str) -> None:
    async with open_store(address):
        pass
    engine = create_async_engine(read_url(address))
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
        await connection.execute(sa.text("DROP INDEX ix_links_maker_id"))
        assert len(await connection.run_sync(differences)) == 1, "and the comparison would see another"
    await engine.dispose()


async def test_opening_again_changes_nothing(address: str) -> None:
    async with open_store(address) as store:
        await linked(store)
    async with open_store(address) as store:
        assert await store.link_of(ANN) == LINK
        assert await version_of(store) == HEAD


def test_an_up_to_date_database_is_opened_without_alembic(tmp_path: Path) -> None:
    script = """
import asyncio, sys
import log
from storage.store import open_store
log.configure("INFO", "text", ())  # to standard error, as in the bot
async def main():
    async with open_store(sys.argv[1]):
        print(sorted({"alembic", "mako"} & set(sys.modules)))
asyncio.run(main())
"""
    command = [sys.executable, "-c", script, f"sqlite:///{tmp_path / 'bot.db'}"]
    first, again = (subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True) for _ in range(2))
    assert "alembic" in first.stdout
    assert again.stdout.strip() == "[]"


def bring_to(connection: sa.Connection, revision: str) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(ROOT / "storage" / "migrations"))
    command.upgrade(config, revision)


OLDER = [script.revision for script in SCRIPTS.walk_revisions() if script.revision != HEAD]


@pytest.mark.parametrize("revision", OLDER)
async def test_an_older_database_is_brought_up_to_date_with_what_is_in_it(address: str, revision: str) -> None:
    Path(read_url(address).database or "").parent.mkdir(exist_ok=True)
    engine = create_async_engine(read_url(address))
    async with engine.begin() as connection:
        await connection.run_sync(bring_to, revision)
        await connection.execute(sa.insert(links).values(**asdict(LINK)))
    await engine.dispose()
    async with open_store(address) as store:
        assert await version_of(store) == HEAD
        assert await store.link_of(ANN) == LINK
        assert await store.history_of(ANN) == []


async def test_a_database_from_the_future_is_refused_and_left_as_it_is(address: str) -> None:
    async with open_store(address) as store:
        await linked(store)
    engine = create_async_engine(read_url(address))
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="newer version of the bot"):
        async with open_store(address):
            pass
    async with engine.begin() as connection:
        assert (await connection.execute(sa.text("SELECT version_num FROM alembic_version"))).scalar_one() == "9999"
        assert (await connection.execute(sa.text("SELECT count(*) FROM links"))).scalar_one() == 1
    await engine.dispose()


async def test_several_may_open_an_empty_database_together(address: str) -> None:
    async def open_and_ask() -> int:
        async with open_store(address) as store:
            return await store.count_links()

    assert await asyncio.gather(*(open_and_ask() for _ in range(4))) == [0, 0, 0, 0]


_OPENING = """
import asyncio, sys
import log
from storage.store import open_store
from tests.storage.schema import version_of
log.configure("INFO", "text", ())  # to standard error, as in the bot
async def main():
    async with open_store(sys.argv[1]) as store:
        print(await version_of(store))
print("ready", flush=True)
sys.stdin.readline()
asyncio.run(main())
"""


def test_processes_may_open_an_empty_database_together(address: str) -> None:
    command = [sys.executable, "-c", _OPENING, address]
    pipe = subprocess.PIPE
    processes = [subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(3)]
    for process in processes:
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()
    answers = [process.communicate(timeout=PATIENCE) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], answers
    assert [out.strip() for out, _ in answers] == [HEAD] * 3
