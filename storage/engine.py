"""Opening a database: addresses, SQLite's manners, migrations."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.errors import StorageError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK = 8_417_263  # any number of our own, for PostgreSQL's advisory lock
# Nearly every question is one statement, which needs no transaction around it, nor a rollback after it.
_SINGLE: dict[str, Any] = {
    "isolation_level": "AUTOCOMMIT",
    "skip_autocommit_rollback": True,
    "hide_parameters": True,
}
_TRANSACTIONS = {"sqlite": "SERIALIZABLE", "postgresql": "READ COMMITTED"}
_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA busy_timeout=5000",
    # With WAL, NORMAL loses the last moments at a power cut and never the database; FULL loses nothing. A link
    # that people were told is theirs must stay, and there are few writes.
    "PRAGMA synchronous=FULL",
)


@asynccontextmanager
async def open_engine(address: str) -> AsyncGenerator[AsyncEngine]:
    """An engine on an up-to-date database. Raises StorageError."""
    url = read_address(address)
    with plain_errors():
        engine = _sqlite(url) if url.get_backend_name() == "sqlite" else _postgresql(url)
    try:
        with plain_errors():
            async with transactional(engine).begin() as connection:
                await connection.run_sync(_upgrade)
        yield engine
    finally:
        await engine.dispose()


def transactional(engine: AsyncEngine) -> AsyncEngine:
    """The same engine, for what has to happen as one."""
    return engine.execution_options(isolation_level=_TRANSACTIONS[engine.dialect.name])


def read_address(address: str) -> URL:
    """SQLAlchemy's addresses; `sqlite:///…` and `postgresql://…` get the driver that we bring."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise StorageError(
            "not the address of a database. Two that are: sqlite:///data/thingamabot.db, "
            "postgresql://user:password@host/database"
        ) from None
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.drivername not in _DRIVERS.values():
        raise StorageError(f"{url.drivername} is not supported. Use sqlite:///… or postgresql://…")
    return url


@contextmanager
def plain_errors() -> Generator[None]:
    """Turn what drivers raise into StorageError, without SQL, values or addresses in it."""
    try:
        yield
    except DBAPIError as error:
        raise StorageError(_in_words(str(error.orig))) from None
    except (SQLAlchemyError, OSError, TimeoutError) as error:
        raise StorageError(f"The database cannot be used ({type(error).__name__}).") from None


def _in_words(said: str) -> str:
    for part, words in (
        ("locked", "The database is locked by another process."),
        ("full", "The disk that the database is on is full."),
        ("readonly", "The database may not be written to. Check the owner of its file and folder."),
        ("unable to open", "The database file cannot be opened. Check its folder's path and owner."),
        ("not a database", "The file is not a database."),
        ("password authentication", "The database refuses the user or the password."),
    ):
        if part in said:
            return words
    return "The database refused a request."


def _sqlite(url: URL) -> AsyncEngine:
    if url.database in {None, "", ":memory:"}:
        raise StorageError("SQLite needs a file to keep things in: sqlite:///data/thingamabot.db")
    _make_private(Path(url.database or ""))
    engine = create_async_engine(url, **_SINGLE, pool_size=4, max_overflow=0)
    event.listen(engine.sync_engine, "connect", _introduce)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _postgresql(url: URL) -> AsyncEngine:
    return create_async_engine(url, **_SINGLE, pool_size=8, pool_pre_ping=True)


def _make_private(path: Path) -> None:
    """Create the file for its owner alone; SQLite gives its WAL the same mode."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    path.chmod(0o600)


def _introduce(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin(connection: Connection) -> None:
    """A transaction takes the lock at once: one that reads first and then writes could not get it any more."""
    if connection.get_execution_options().get("isolation_level") == _TRANSACTIONS["sqlite"]:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _upgrade(connection: Connection) -> None:
    """Bring the tables up to date. Two processes that start together wait for each other here."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _MIGRATION_LOCK})
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    _refuse_newer(connection, scripts)

    def steps(revision: Any, _context: MigrationContext) -> Any:
        return scripts._upgrade_revs("head", revision)  # pyright: ignore[reportPrivateUsage]

    with EnvironmentContext(config, scripts, fn=steps):
        scripts.run_env()


def _refuse_newer(connection: Connection, scripts: ScriptDirectory) -> None:
    current = MigrationContext.configure(connection).get_current_revision()
    try:
        if current is not None:
            scripts.get_revision(current)
    except CommandError:
        raise StorageError(
            f"The database was made by a newer version of the bot (its version is {current}). Update the bot."
        ) from None
