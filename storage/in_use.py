"""Whether another process has the database open."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import sqlalchemy as sa

from storage.database_url import read_url
from storage.engine import postgresql_engine
from storage.errors import plain_errors

_OTHERS = sa.text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND backend_type = 'client backend'"
)


async def somebody_runs(database_url: str) -> bool:
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
