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
    command = [sys.executable, "-c", "import sys, wiring; print(*sorted(sys.modules))"]
    modules = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"alembic", "mako"} & set(modules)


def test_one_process_takes_no_memory_for_redis() -> None:
    """Where its client is installed, cashews would import it."""
    program = "import sys, bot; bot._import_leanly(); import wiring; print(*sorted(sys.modules))"
    command = [sys.executable, "-c", program]
    modules = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    assert not {"redis", "cashews.backends.redis", "shared"} & set(modules)
