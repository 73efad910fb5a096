"""Back up a database to one file, look into that file, and put it back if nobody uses the database.

A SQLite backup is a database file; a PostgreSQL backup is pg_dump's custom format.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import URL

from storage import pg_tools
from storage.contents import Contents
from storage.database_url import is_memory, read_url
from storage.engine import postgresql_engine
from storage.errors import DAMAGED, StorageError, plain_errors
from storage.whole_files import onto_disk, target_errors, whole_file

_OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)


def suffix_of(database_url: str) -> str:
    return ".db" if read_url(database_url).get_backend_name() == "sqlite" else ".dump"


def suffix_for(backup: Path) -> str:
    """By what's in the file, not by its name. Raises StorageError if there's none."""
    if not backup.exists():
        raise StorageError("There's no file with that name.")
    with backup.open("rb") as file:
        return ".dump" if file.read(len(pg_tools.MAGIC)) == pg_tools.MAGIC else ".db"


async def back_up(database_url: str, target: Path) -> None:
    """Write a complete copy that only its owner can read, while others use the database. Raises StorageError.

    The file appears at `target` only once it's whole and on the disk.
    """
    url = read_url(database_url)
    if is_memory(url):
        raise StorageError("The database is in memory, so there's nothing to back up.")
    _refuse_existing(target)
    with plain_errors(), target_errors(), whole_file(target) as partial:
        if url.get_backend_name() == "postgresql":
            await pg_tools.dump(url, partial)
        else:
            await _vacuum_into(uri_of(str(url.database)), partial)
            await asyncio.to_thread(_require_intact, partial)
        await asyncio.to_thread(onto_disk, partial)


async def contents_of(backup: Path) -> Contents:
    """What restoring needs to know about a backup. Raises StorageError if it's damaged, missing, or no backup."""
    with plain_errors():
        if suffix_for(backup) == ".dump":
            return await pg_tools.contents_of(backup)
        return await asyncio.to_thread(_sqlite_contents, backup)


async def put_back(database_url: str, backup: Path, kept: Path) -> Path | None:
    """Replace the database with the backup. Returns where the old one is now: at `kept`, or None if there was none.

    If it's interrupted, the database is the old one or the new one. Raises StorageError.
    """
    url = read_url(database_url)
    with plain_errors(), target_errors():
        if url.get_backend_name() == "postgresql":
            with whole_file(kept) as partial:
                await pg_tools.dump(url, partial)
            await pg_tools.restore(url, backup)
            return kept
        return await asyncio.to_thread(_swap, Path(str(url.database)), backup, kept)


def _refuse_existing(target: Path) -> None:
    if target.exists():
        raise StorageError(f"There's already a file at {target}.")


def uri_of(path: str) -> str:
    """SQLite's name for a file that is only read."""
    return f"{Path(path).absolute().as_uri()}?mode=ro"


async def _vacuum_into(source: str, partial: Path) -> None:
    """Copy without deleted rows. Read-only, so that it never writes the log back while the bot writes to it."""
    with closing(sqlite3.connect(source, uri=True, check_same_thread=False, isolation_level=None)) as connection:
        copying = asyncio.create_task(asyncio.to_thread(connection.execute, "VACUUM INTO ?", (str(partial),)))
        try:
            await asyncio.shield(copying)
        except asyncio.CancelledError:
            connection.interrupt()
            await asyncio.gather(copying, return_exceptions=True)
            raise


def _require_intact(path: Path) -> None:
    with _opened(path) as connection:
        if connection.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            raise StorageError(DAMAGED)


@contextmanager
def _opened(path: Path) -> Generator[sqlite3.Connection]:
    """A file that nobody writes to, without creating others next to it."""
    with closing(sqlite3.connect(f"{uri_of(str(path))}&immutable=1", uri=True)) as connection:
        yield connection


def _sqlite_contents(backup: Path) -> Contents:
    try:
        _require_intact(backup)
        with _opened(backup) as connection:
            return Contents.of_tables(lambda table, columns: _rows(connection, table, columns))
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR}:  # or without our tables
            raise StorageError("That file isn't a backup of this bot.") from None
        raise


def _rows(connection: sqlite3.Connection, table: str, columns: list[str]) -> Generator[tuple[object, ...]]:
    yield from connection.execute(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608  names of ours


def _swap(database: Path, backup: Path, kept: Path) -> Path | None:
    existed = database.exists()
    with whole_file(database) as partial:
        shutil.copyfile(backup, partial)
        _give_to_owner_of(database if existed else database.parent, partial)
        if existed:
            _keep(database, kept)
    return kept if existed else None


def _keep(database: Path, kept: Path) -> None:
    """Keep the old file under another name, with the log that belongs to it if it couldn't be written back."""
    _link(database, kept)
    log = Path(f"{database}-wal")
    if log.exists():
        _link(log, Path(f"{kept}-wal"))
    for name in ("-wal", "-shm"):
        Path(f"{database}{name}").unlink(missing_ok=True)


def _link(path: Path, other: Path) -> None:
    try:
        other.hardlink_to(path)
    except FileExistsError:
        raise StorageError(f"There's already a file at {other}.") from None
    except OSError:  # not every file system has hard links
        shutil.copy2(path, other)


def _give_to_owner_of(path: Path, file: Path) -> None:
    """Root may restore the database of the bot's user."""
    if os.name != "nt" and os.geteuid() == 0:
        owner = path.stat()
        os.chown(file, owner.st_uid, owner.st_gid)


def kept_beside(url: URL, backup: Path, stamp: str) -> Path:
    """Where `put_back` leaves the old database: next to it, or next to the backup for PostgreSQL."""
    if url.get_backend_name() == "sqlite":
        return Path(f"{url.database}.replaced-{stamp}")
    return backup.absolute().parent / f"replaced-{stamp}.dump"


async def is_in_use(database_url: str) -> bool:
    """Whether the bot, or anything else, is connected to the database. Raises StorageError."""
    url = read_url(database_url)
    with plain_errors():
        if url.get_backend_name() == "sqlite":
            return await asyncio.to_thread(_has_file_open, Path(str(url.database)))
        engine = postgresql_engine(url, pool_size=1)
        try:
            async with engine.connect() as connection:
                return bool((await connection.execute(_OTHERS)).scalar_one())
        finally:
            await engine.dispose()


def _has_file_open(path: Path) -> bool:
    """Leaving WAL mode needs the file for itself. It also writes the log back, so that the file is complete."""
    if not path.exists():
        return False
    with closing(sqlite3.connect(path, timeout=0, isolation_level=None)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.DatabaseError as error:  # nobody can run on a damaged file
            return error.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
    return False
