"""A store on each engine: a SQLite file, SQLite in memory, and a real PostgreSQL if its wheel is installed."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Generator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from storage.store import Store, open_store
from storage.tables import metadata
from tests.databases import up_to_date
from tests.postgresql import GROUP, running_postgresql

Result = TypeVar("Result")
IN_MEMORY = pytest.param("memory", marks=pytest.mark.slow)  # it differs little from a file
POSTGRESQL = pytest.param("postgresql", marks=GROUP)


@pytest.fixture(scope="session")
def postgresql() -> Generator[str]:
    """The URL of a PostgreSQL server for the tests."""
    with running_postgresql() as server:
        yield server.url


@dataclass
class Shared:
    """One database for all tests that don't drop its tables; emptied for each test."""

    server: str
    address: str = ""

    async def emptied(self) -> str:
        if not self.address or not await self._delete_rows():
            await _carry_out(self.server, "DROP DATABASE IF EXISTS shared WITH (FORCE)")
            self.address = await _created(self.server, "shared")
            async with open_store(self.address):
                pass
        return self.address

    async def _delete_rows(self) -> bool:
        """Returns False if the last test dropped a table."""
        try:
            await _carry_out(self.address, *(f"DELETE FROM {table.name}" for table in metadata.sorted_tables))
        except sa.exc.ProgrammingError:
            return False
        return True


@pytest.fixture(scope="session")
def shared_postgresql(postgresql: str) -> Shared:
    return Shared(postgresql)


async def new_address(kind: str, request: pytest.FixtureRequest, *, empty: bool = True) -> str:
    """The URL of a new database, with current tables unless it's `empty`."""
    if kind == "memory":
        return "sqlite://"
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        path = folder / "store" / "bot.db"
        return f"sqlite:///{path}" if empty else up_to_date(path)
    if empty:
        return await _created(request.getfixturevalue("postgresql"), f"t{secrets.token_hex(6)}")
    shared: Shared = request.getfixturevalue("shared_postgresql")
    return await shared.emptied()


async def _created(address: str, name: str) -> str:
    await _carry_out(address, f"CREATE DATABASE {name} STRATEGY wal_log")
    return sa.make_url(address).set(drivername="postgresql", database=name).render_as_string(hide_password=False)


async def _carry_out(address: str, *statements: str) -> Sequence[sa.Row[Any]]:
    """Run the statements. Returns the rows of the last one, if there are any."""
    url = sa.make_url(address).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        results = [await connection.execute(sa.text(statement)) for statement in statements]
        rows = results[-1].all() if results[-1].returns_rows else []
    await engine.dispose()
    return rows


@pytest.fixture(params=["sqlite", POSTGRESQL])
async def address(request: pytest.FixtureRequest) -> str:
    """The URL of a database that can be reopened."""
    return await new_address(request.param, request)


@pytest.fixture(params=["sqlite", IN_MEMORY, POSTGRESQL])
async def store(request: pytest.FixtureRequest) -> AsyncGenerator[Store]:
    async with open_store(await new_address(request.param, request, empty=False)) as store:
        yield store
