"""The command line starts fast: each command imports only what it needs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_IMPORTED = """
import sys
from click.testing import CliRunner
import bot
print(CliRunner().invoke(bot.main, sys.argv[1:]).exit_code, *sorted(sys.modules))
"""


@pytest.mark.parametrize("arguments", [["--version"], ["--help"], ["person", "erase", "--help"]])
def test_nothing_large_is_imported_before_a_command_runs(arguments: list[str]) -> None:
    command = [sys.executable, "-c", _IMPORTED, *arguments]
    code, *modules = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert code == "0"
    assert not {"discord", "sqlalchemy", "aiohttp", "pydantic", "rich", "alembic", "wiring"} & set(modules)


def test_the_bot_is_built_without_alembic() -> None:
    assert not {"alembic", "mako"} & _modules("import wiring.bot")


def test_one_process_takes_no_memory_for_what_only_others_need() -> None:
    """cashews would import Redis's client, structlog rich, and SQLAlchemy's engine the whole ORM."""
    modules = _modules("from operations.lean import import_leanly; import_leanly(); import wiring.bot")
    assert not {"redis", "cashews.backends.redis", "shared", "rich", "sqlalchemy.orm"} & modules


def test_what_is_not_imported_at_the_start_can_be_later() -> None:
    late = (
        "import redis, rich, sqlalchemy.orm, sqlalchemy.ext.serializer, alembic.command, sqlalchemy.ext.asyncio.session"
    )
    modules = _modules(f"from operations.lean import import_leanly; import_leanly(); import wiring.bot; {late}")
    assert {"redis", "rich", "sqlalchemy.orm"} <= modules


def _modules(program: str) -> set[str]:
    """What is imported after the program, in a process of its own."""
    command = [sys.executable, "-c", f"{program}; import sys; print(*sys.modules)"]
    return set(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())
