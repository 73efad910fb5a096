"""Bring the tables up to date. Alembic is only imported if there's something to do."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from storage.errors import StorageError
from storage.tables import metadata

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 8_417_263  # an arbitrary number for PostgreSQL's advisory lock

# Each migration's file is named after its revision, such as 0001_first.py.
_KNOWN = {path.stem.partition("_")[0] for path in (_MIGRATIONS / "versions").glob("[0-9]*.py")}
HEAD = max(_KNOWN)

_OF_OTHERS = "Another program uses that database. Give the bot one of its own."

_VERSION = sa.text("SELECT version_num FROM alembic_version")


def schema_version(connection: Connection) -> str | None:
    """The revision of the tables; None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(_VERSION).scalar_one_or_none()


def is_current(connection: Connection) -> bool:
    """Whether the tables match this version of the bot. Raises StorageError if they're newer, or not ours."""
    current = schema_version(connection)
    refuse_newer(current)
    if current is None and set(sa.inspect(connection).get_table_names()) & metadata.tables.keys():
        raise StorageError(_OF_OTHERS)  # its tables have our names
    return current == HEAD


def upgrade(connection: Connection) -> None:
    """Upgrade in the caller's transaction. Of two processes that start together, one waits. Raises StorageError."""
    if connection.dialect.name == "postgresql":  # on SQLite, the transaction already has the write lock
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    if not is_current(connection):
        _migrate(connection)


def refuse_newer(current: str | None) -> None:
    """Raises StorageError for a schema that this version doesn't know."""
    if current is not None and not (current.isdecimal() and len(current) == len(HEAD)):
        raise StorageError(_OF_OTHERS)
    if current is not None and current not in _KNOWN:
        raise StorageError(
            f"The database was created by a newer version of the bot (database version {current}). Update the bot."
        )


def _migrate(connection: Connection) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
