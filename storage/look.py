"""Look at a database without changing its tables or files."""

from __future__ import annotations

import os
import sqlite3
import stat
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from feed_records import FeedCounts
from storage import upgrade
from storage.database_url import describe, is_memory, read_url, sends_in_the_open
from storage.engine import Engines, postgresql_engine
from storage.errors import DAMAGED, IS_FOLDER, StorageError, plain_errors
from storage.leases import Lease, LeaseStore
from storage.posted import PostedStore
from storage.seals import Seals
from storage.store import META

State = Literal["absent", "older", "current"]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Look(Seals):
    """A database as it is. Its tables can only be read if `state` is "current"."""

    def __init__(self, engines: Engines, url: URL, state: State) -> None:
        super().__init__(engines)
        self.where = describe(url)
        self.state: State = state
        self.writable = _writable(url)
        self.open_to_others = _open_to_others(url)
        self.sqlite_version = sqlite3.sqlite_version_info if url.get_backend_name() == "sqlite" else None
        self.sends_in_the_open = sends_in_the_open(url)

    async def meta(self, name: str) -> str | None:
        return await self._value(META, name_=name) if self.state == "current" else None

    async def leases(self, prefix: str) -> list[Lease]:
        return await LeaseStore(self._engines).living(prefix)

    async def feed_counts(self) -> FeedCounts:
        return await PostedStore(self._engines).counts()


@asynccontextmanager
async def look_at(database_url: str) -> AsyncGenerator[Look]:
    """Open a database read-only. Raises StorageError if it's damaged, from a newer version, or can't be reached."""
    url = read_url(database_url)
    with plain_errors():
        engine = _read_only(url)
    try:
        with plain_errors():
            state = await _state(engine)
        yield Look(Engines(engine, engine, engine), url, state)
    finally:
        await engine.dispose()


def _exists(url: URL) -> bool:
    """Whether the file exists. Raises StorageError if the path can't be a database."""
    if is_memory(url):
        return False
    path = Path(url.database or "")
    with plain_errors():
        if path.is_dir():
            raise StorageError(IS_FOLDER)
        return path.exists() and path.stat().st_size > 0


def _read_only(url: URL) -> AsyncEngine:
    if url.get_backend_name() == "postgresql":
        engine = postgresql_engine(url, pool_size=1)
        return engine.execution_options(isolation_level="AUTOCOMMIT", postgresql_readonly=True)
    if not _exists(url):
        return create_async_engine("sqlite+aiosqlite://")  # empty, too
    path = Path(url.database or "").absolute()
    # If no process has the database open, reading it in WAL mode would create files next to it.
    quiet = not Path(f"{path}-wal").exists()
    name = f"{path.as_uri()}?mode=ro{'&immutable=1' if quiet else ''}&uri=true"
    return create_async_engine(f"sqlite+aiosqlite:///{name}", poolclass=NullPool, hide_parameters=True)


async def _state(engine: AsyncEngine) -> State:
    async with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            answer = (await connection.exec_driver_sql("PRAGMA quick_check(1)")).scalar_one()
            if answer != "ok":
                raise StorageError(DAMAGED)
        if await connection.run_sync(upgrade.is_current):
            return "current"
        tables = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        return "older" if tables else "absent"


def _writable(url: URL) -> bool:
    """Whether the database's files can be written, or created in the nearest existing folder."""
    if url.get_backend_name() != "sqlite" or is_memory(url):
        return True
    path = Path(url.database or "").absolute()
    folder = next(parent for parent in path.parents if parent.exists())
    return os.access(folder, os.W_OK | os.X_OK) and (not path.exists() or os.access(path, os.W_OK))


def _open_to_others(url: URL) -> bool:
    """Whether other users of this machine can read or write the file."""
    if url.get_backend_name() != "sqlite" or not _exists(url):
        return False
    return bool(Path(url.database or "").stat().st_mode & _OTHERS)
