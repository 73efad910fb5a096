"""From an empty database to today's tables, once, whoever else is starting."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import create_async_engine

from storage.addresses import read_address
from storage.errors import StorageError
from storage.store import open_store
from storage.tables import metadata
from tests.storage.records import ANN, LINK, linked

ROOT = Path(__file__).parent.parent.parent


def differences(connection: sa.Connection) -> list[object]:
    return compare_metadata(MigrationContext.configure(connection), metadata)


def test_the_migrations_are_one_chain() -> None:
    scripts = ScriptDirectory(str(ROOT / "storage" / "migrations"))
    assert len(scripts.get_bases()) == len(scripts.get_heads()) == 1
    assert scripts.get_current_head() == max(script.revision for script in scripts.walk_revisions())


async def test_the_migrations_make_the_tables_that_are_declared(address: str) -> None:
    async with open_store(address):
        pass
    engine = create_async_engine(read_address(address))
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
        assert await store.schema_version() == "0004"


async def test_a_database_from_the_future_is_refused_and_left_as_it_is(address: str) -> None:
    async with open_store(address) as store:
        await linked(store)
    engine = create_async_engine(read_address(address))
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="newer version of the bot") as caught:
        async with open_store(address):
            pass
    assert caught.value.cause_kind == "newer"
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
from storage.store import open_store
async def main():
    async with open_store(sys.argv[1]) as store:
        print(await store.schema_version())
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
    answers = [process.communicate(timeout=20) for process in processes]
    assert [process.returncode for process in processes] == [0, 0, 0], answers
    assert [out.strip() for out, _ in answers] == ["0004"] * 3
