"""The migrations, for Alembic."""

from __future__ import annotations

from pathlib import Path

from alembic.script import ScriptDirectory

SCRIPTS = ScriptDirectory(str(Path(__file__).parents[2] / "storage" / "migrations"))
HEAD = SCRIPTS.get_current_head()
