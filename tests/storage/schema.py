"""The migrations, for Alembic, and which of them a database has."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic.script import ScriptDirectory

from storage.store import Store

SCRIPTS = ScriptDirectory(str(Path(__file__).parents[2] / "storage" / "migrations"))
HEAD = SCRIPTS.get_current_head()


async def version_of(store: Store) -> str | None:
    return await store._value(sa.text("SELECT version_num FROM alembic_version"))
