"""SQLite files with current tables, made once and then copied, because that's faster."""

from __future__ import annotations

import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path

import sqlalchemy as sa

from storage.upgrade import upgrade


def up_to_date(path: Path) -> str:
    """The URL of a database at that path, which is created if it doesn't exist."""
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.write_bytes(_migrated())
        path.chmod(0o600)
    return f"sqlite:///{path}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bot.db"
        engine = sa.create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            upgrade(connection)
        with closing(engine.raw_connection()) as raw:
            raw.execute("PRAGMA journal_mode=WAL")
        engine.dispose()
        return path.read_bytes()
