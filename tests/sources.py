"""The source files of the project, and what each imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
GROUND = {
    *("config", "counts", "envfile", "errors", "feed_records", "log"),
    *("records", "settings", "texts", "translations", "version"),
}
ROOMS = {
    *("actions", "cards", "cogs", "demo", "desk", "fakes"),
    *("operations", "shared", "storage", "thingiverse", "tools", "web", "wiring"),
}
OURS = GROUND | ROOMS | {"bot"}


def sources() -> list[Path]:
    rooms = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    return sorted([*(ROOT / f"{name}.py" for name in GROUND | {"bot"}), *rooms])


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def imported(path: Path) -> list[str]:
    """The modules a file imports; `from cards import gallery` counts as `cards.gallery`."""
    return list(_imported(path))


def _imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            inside = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (each if (ROOT / f"{each.replace('.', '/')}.py").exists() else node.module for each in inside)
