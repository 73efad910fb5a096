"""Open a database: its connection pools, and SQLite's settings."""

from __future__ import annotations

import os
import secrets
import sqlite3
import ssl
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import stamina
import structlog
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from storage.database_url import is_memory, read_url
from storage.errors import NO_DATABASE, NO_SHARING, StorageError, plain_errors
from storage.upgrade import HEAD, schema_version, upgrade

log = structlog.get_logger("storage.engine")

_MAGIC = b"SQLite format 3\0"  # a database begins with it
_PATIENCE = 10  # seconds: for a free connection, for PostgreSQL to connect, and for it to answer
BUSY_TIMEOUT = 5_000  # milliseconds that SQLite waits for a lock
# Milliseconds after which PostgreSQL undoes a transaction whose process says nothing, because it's paused or cut off.
# That's shorter than any lease, so that others don't wait for it, and it can't go on later.
IDLE_TIMEOUT = 10_000
APPLICATION = "thingamabot"  # what PostgreSQL's pg_stat_activity calls the bot's connections
_POOL: dict[str, Any] = {
    "poolclass": AsyncAdaptedQueuePool,
    "max_overflow": 0,
    "pool_timeout": _PATIENCE,
    "hide_parameters": True,
}
# A single statement needs no transaction around it, and no rollback after it.
_SINGLE: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": True}
_PRAGMAS = (
    f"PRAGMA busy_timeout={BUSY_TIMEOUT}",
    "PRAGMA foreign_keys=ON",
    # With WAL, NORMAL can lose the last transactions when the power fails; FULL loses nothing. A confirmed link
    # must stay, and there are few writes.
    "PRAGMA synchronous=FULL",
    # Overwrite deleted rows, so that nothing of people who unlink is left in the file.
    "PRAGMA secure_delete=ON",
)


@dataclass(frozen=True, slots=True)
class Engines:
    """The connections to one database, by what they're used for."""

    reads: AsyncEngine  # single SELECTs
    writes: AsyncEngine  # single statements that change something
    transactions: AsyncEngine  # several statements in one transaction
    on_loop: sqlite3.Connection | None = None  # for `Database._row`

    @property
    def dialect(self) -> str:
        """ "sqlite" or "postgresql"."""
        return self.reads.dialect.name

    async def dispose(self) -> None:
        if self.on_loop is not None:
            self.on_loop.close()
        await self.reads.dispose()
        await self.writes.dispose()


@asynccontextmanager
async def open_engines(database_url: str) -> AsyncGenerator[Engines]:
    """Open the database and bring its tables up to date. Raises StorageError."""
    with _kept_alive(read_url(database_url)) as url:
        with plain_errors():
            engines = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
        try:
            with plain_errors():
                await _bring_up_to_date(engines)
                if url.get_backend_name() == "sqlite" and not is_memory(url):
                    engines = replace(engines, on_loop=_read_on_loop(url))
            yield engines
        finally:
            await engines.dispose()


async def _bring_up_to_date(engines: Engines) -> None:
    """Upgrade in a transaction. Other processes that start at the same time wait for it."""
    async with engines.reads.connect() as connection:
        if await connection.run_sync(schema_version) == HEAD:
            return
    async with engines.transactions.begin() as connection:
        await connection.run_sync(upgrade)


@contextmanager
def _kept_alive(url: URL) -> Generator[URL]:
    """Keep a database in memory alive: it's deleted with its last connection, and the pool may close its own."""
    if not is_memory(url):
        yield url
        return
    name = f"file:{secrets.token_hex(8)}"
    with closing(sqlite3.connect(f"{name}?mode=memory&cache=shared", uri=True)):
        yield url.set(database=name, query={"mode": "memory", "cache": "shared", "uri": "true"})


def _postgresql(url: URL) -> Engines:
    engine = postgresql_engine(url, pool_size=8, pool_pre_ping=True)
    event.listen(engine.sync_engine, "begin", _end_when_idle)
    return Engines(engine, engine, engine.execution_options(isolation_level="READ COMMITTED", ends_idle=True))


def postgresql_engine(url: URL, **options: Any) -> AsyncEngine:
    given: dict[str, Any] = {
        "timeout": _PATIENCE,
        "command_timeout": _PATIENCE,
        "server_settings": {"application_name": APPLICATION},
    }
    if "statement_cache_size" in url.query:  # SQLAlchemy converts the others to numbers
        given["statement_cache_size"] = int(str(url.query["statement_cache_size"]))
    context = tls_of(url)
    if context is not None:
        given["ssl"] = context
    url = url.difference_update_query(["statement_cache_size", "sslrootcert", *(["ssl"] if context else [])])
    return create_async_engine(url, **_POOL, **_SINGLE, **options, connect_args=given)


def tls_of(url: URL) -> ssl.SSLContext | None:
    """TLS for sslmode=verify-ca and verify-full, checked against sslrootcert or the machine's own certificates.

    asyncpg alone would only look in ~/.postgresql, where a bot's user has no certificates.
    """
    if url.query.get("ssl") not in {"verify-ca", "verify-full"}:
        return None
    root = str(url.query.get("sslrootcert", "system"))
    try:
        context = ssl.create_default_context(cafile=None if root == "system" else root)
    except OSError:
        raise StorageError("The file that sslrootcert names isn't there, or holds no certificates.") from None
    context.check_hostname = url.query["ssl"] == "verify-full"
    return context


def _sqlite(url: URL) -> Engines:
    writes = _sqlite_writes(url)
    transactions = writes.execution_options(immediate=True)
    if is_memory(url):  # in memory, a reader fails instead of waiting for the writer
        return Engines(writes, writes, transactions)
    _make_private(Path(url.database or ""))
    _turn_on_wal(url)
    return Engines(_sqlite_reads(url), writes, transactions)


def _sqlite_reads(url: URL) -> AsyncEngine:
    engine = create_async_engine(url, **_POOL, **_SINGLE, pool_size=2)
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    return engine


def _sqlite_writes(url: URL) -> AsyncEngine:
    """One connection, because SQLite allows one writer at a time. Writers queue in the pool; in SQLite they'd poll.

    With `isolation_level` None, the driver never begins a transaction. `_begin` does, for `transactions`.
    """
    engine = create_async_engine(url, **_POOL, pool_size=1, connect_args={"isolation_level": None})
    event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _turn_on_wal(url: URL) -> None:
    """Turn on the write-ahead log, which is stored in the file. SQLite ignores its busy_timeout for this."""
    for attempt in stamina.retry_context(on=_is_busy, attempts=None, timeout=5.0, wait_initial=0.01, wait_max=0.2):
        with attempt, closing(sqlite3.connect(url.database or "")) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
            if mode != "wal":  # what SQLite returns if the file system has no shared memory
                raise StorageError(NO_SHARING)


def _is_busy(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and error.sqlite_errorcode == sqlite3.SQLITE_BUSY


def _read_on_loop(url: URL) -> sqlite3.Connection:
    """A connection that never waits for a lock, so it can be used on the event loop."""
    connection = sqlite3.connect(url.database or "", timeout=0, isolation_level=None)
    connection.execute("PRAGMA query_only=ON")
    return connection


def _begin(connection: Connection) -> None:
    """Take the write lock when the transaction begins. A transaction that reads first may not get it later."""
    if connection.get_execution_options().get("immediate"):
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _end_when_idle(connection: Connection) -> None:
    """Set it in each transaction, because PgBouncer refuses settings for a whole connection."""
    if connection.get_execution_options().get("ends_idle"):
        connection.exec_driver_sql(f"SET LOCAL idle_in_transaction_session_timeout = {IDLE_TIMEOUT}")


def _set_pragmas(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _require_ours(path: Path) -> None:
    """Raises StorageError for a file that's no database, so that another program's isn't changed."""
    if not path.exists() or path.is_dir():
        return
    if path.is_file():
        with path.open("rb") as file:
            if file.read(len(_MAGIC)) in {b"", _MAGIC}:
                return
    raise StorageError(NO_DATABASE)


def _make_private(path: Path) -> None:
    """Create the file, or change an older one, so that only its owner can read it. SQLite copies the mode to -wal.

    If the mode can't be changed, for example because another user owns the file, it's used anyway.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_ours(path)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    for file in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        try:
            file.chmod(0o600)
        except FileNotFoundError:
            continue
        except OSError as error:
            log.warning("can't make the database private", file=str(file), reason=error.strerror)
