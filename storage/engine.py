"""Opening a database: its pools, and SQLite's manners."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import stamina
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from storage.addresses import is_memory, read_address
from storage.failures import plain_errors
from storage.upgrade import upgrade

_PATIENCE = 10  # seconds: for a free connection, for PostgreSQL to connect, and for it to answer
_POOL: dict[str, Any] = {
    "poolclass": AsyncAdaptedQueuePool,
    "max_overflow": 0,
    "pool_timeout": _PATIENCE,
    "hide_parameters": True,
}
# One statement needs no transaction around it, nor a rollback after it.
_SINGLE: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
_PRAGMAS = (
    "PRAGMA busy_timeout=5000",
    "PRAGMA foreign_keys=ON",
    # With WAL, NORMAL loses the last moments at a power cut and never the database; FULL loses nothing. A link
    # that people were told is theirs must stay, and there are few writes.
    "PRAGMA synchronous=FULL",
    # What is deleted is overwritten: whoever unlinks is gone from the file as well.
    "PRAGMA secure_delete=ON",
)


@dataclass(frozen=True, slots=True)
class Engines:
    """Three ways into one database."""

    reads: AsyncEngine  # one question
    writes: AsyncEngine  # one statement that changes something
    transactions: AsyncEngine  # several statements that happen as one
    at_once: sqlite3.Connection | None = None  # for `storage.quick`, which says why

    async def dispose(self) -> None:
        if self.at_once is not None:
            self.at_once.close()
        await self.reads.dispose()
        await self.writes.dispose()


@asynccontextmanager
async def open_engines(address: str) -> AsyncGenerator[Engines]:
    """An up-to-date database. Raises StorageError."""
    with _kept_alive(read_address(address)) as url:
        with plain_errors():
            engines = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
        try:
            with plain_errors():
                async with engines.transactions.begin() as connection:
                    await connection.run_sync(upgrade)
                if url.get_backend_name() == "sqlite" and not is_memory(url):
                    engines = replace(engines, at_once=_at_once(url))
            yield engines
        finally:
            await engines.dispose()


@contextmanager
def _kept_alive(url: URL) -> Generator[URL]:
    """A database in memory lives as long as a connection to it does, and a cancelled question may close the pool's."""
    if not is_memory(url):
        yield url
        return
    name = f"file:{secrets.token_hex(8)}"
    with closing(sqlite3.connect(f"{name}?mode=memory&cache=shared", uri=True)):
        yield url.set(database=name, query={"mode": "memory", "cache": "shared", "uri": "true"})


def _postgresql(url: URL) -> Engines:
    patience = {"timeout": _PATIENCE, "command_timeout": _PATIENCE}
    engine = create_async_engine(url, **_POOL, **_SINGLE, pool_size=8, pool_pre_ping=True, connect_args=patience)
    return Engines(engine, engine, engine.execution_options(isolation_level="READ COMMITTED"))


def _sqlite(url: URL) -> Engines:
    writes = _sqlite_writes(url)
    transactions = writes.execution_options(immediate=True)
    if is_memory(url):  # in memory: a reader beside the writer would not wait for it but fail
        return Engines(writes, writes, transactions)
    _make_private(Path(url.database or ""))
    _log_ahead(url)
    return Engines(_sqlite_reads(url), writes, transactions)


def _sqlite_reads(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, **_POOL, **_SINGLE, pool_size=2)
    event.listen(engine.sync_engine, "connect", _introduce)
    return engine


def _sqlite_writes(url: URL) -> AsyncEngine:
    """One connection. SQLite takes one writer at a time: here they queue in order, there they would poll for it.

    The driver never begins a transaction by itself (`isolation_level` None); `_begin` does, where one is meant.
    """
    engine = create_async_engine(url, **_POOL, pool_size=1, connect_args={"isolation_level": None})
    event.listen(engine.sync_engine, "connect", _introduce)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _log_ahead(url: URL) -> None:
    """Turn the write-ahead log on, which the file remembers. For this SQLite does not wait its busy_timeout."""
    for attempt in stamina.retry_context(on=_is_busy, attempts=None, timeout=5.0, wait_initial=0.01, wait_max=0.2):
        with attempt, closing(sqlite3.connect(url.database or "")) as connection:
            connection.execute("PRAGMA journal_mode=WAL")


def _is_busy(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


def _at_once(url: URL) -> sqlite3.Connection:
    """Reads without waiting; it must never hold up the loop that it is used on."""
    connection = sqlite3.connect(url.database or "", timeout=0, isolation_level=None)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _begin(connection: Connection) -> None:
    """A transaction takes the lock at once: one that reads first and then writes might not get it any more."""
    if connection.get_execution_options().get("immediate"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _introduce(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _make_private(path: Path) -> None:
    """Make the file, or an older one, its owner's alone; SQLite gives the files beside it the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        if file.exists():
            file.chmod(0o600)
