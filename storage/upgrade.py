"""Bringing the tables up to date, with Alembic."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy.engine import Connection

from storage.errors import StorageError

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 8_417_263  # any number of our own, for PostgreSQL's advisory lock


def upgrade(connection: Connection) -> None:
    """Inside one transaction: two processes that start together wait here for each other. Raises StorageError."""
    if connection.dialect.name == "postgresql":  # SQLite's transaction holds the only write lock already
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    current = schema_version(connection)
    if current == scripts.get_current_head():
        return
    _refuse_newer(current, scripts)
    command.upgrade(config, "head")


def schema_version(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_newer(current: str | None, scripts: ScriptDirectory) -> None:
    try:
        if current is not None:
            scripts.get_revision(current)
    except CommandError:
        raise StorageError(
            f"The database was made by a newer version of the bot (its version is {current}). Update the bot.", "newer"
        ) from None
