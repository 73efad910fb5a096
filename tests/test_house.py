"""Who may import whom, and a few habits, read from the code itself. The picture is in CONTRIBUTING.md."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {
    "bot",
    "config",
    "errors",
    "log",
    "actions",
    "cogs",
    "demo",
    "operations",
    "storage",
    "thingiverse",
    "ui",
    "web",
}

# room -> what of ours it may import
ARROWS = {
    "config": set[str](),
    "errors": set[str](),
    "log": set[str](),
    "thingiverse": {"thingiverse"},
    "storage": {"storage"},
    "actions": {"actions", "thingiverse", "storage", "errors"},
    "ui": {"ui", "thingiverse", "errors"},
    "cogs": {"cogs", "ui", "actions", "thingiverse", "errors"},
    "web": {"web", "actions", "ui", "errors"},
    "operations": {"operations", "actions", "ui", "storage", "thingiverse", "config"},
    "bot": OURS - {"demo"},
    "demo": OURS,
}
# room -> libraries that belong elsewhere
FOREIGN = {
    "thingiverse": {"discord", "sqlalchemy", "dotenv"},
    "storage": {"discord", "aiohttp", "dotenv"},
    "actions": {"discord", "aiohttp", "sqlalchemy", "os", "dotenv"},
    "ui": {"aiohttp", "sqlalchemy", "os", "dotenv"},
    "cogs": {"aiohttp", "sqlalchemy", "os", "dotenv"},
    "web": {"discord", "sqlalchemy", "os", "dotenv"},
    "operations": {"sqlalchemy", "os", "dotenv"},
}
# from outside, these rooms show only their data, errors and address readers
SHOWN = {"thingiverse": {"thingiverse.models", "thingiverse.errors", "thingiverse.urls"}}
TEXTS = "ui.texts"  # the linking page knows no Discord, but its sentences are in the same catalogue
LOOKS_SECRET = "thingiverse.oauth"  # the cogs ask it whether a message holds a key


def sources() -> list[Path]:
    rooms = [path for room in OURS for path in (ROOT / room).rglob("*.py")]
    return sorted([ROOT / f"{room}.py" for room in OURS if (ROOT / f"{room}.py").exists()] + rooms)


def room_of(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
            yield node.module


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_room_imports_only_what_its_arrows_allow(path: Path) -> None:
    room = room_of(path)
    for name in imported(path):
        top = name.partition(".")[0]
        if top in OURS:
            assert top in ARROWS[room] | {room}, f"{room} must not know {top}: see the house in CONTRIBUTING.md"
        assert top not in FOREIGN.get(room, set()), f"{top} belongs to another room than {room}"


@pytest.mark.parametrize("path", [p for p in sources() if room_of(p) in {"ui", "cogs"}], ids=str)
def test_people_facing_rooms_see_only_the_data_of_thingiverse(path: Path) -> None:
    allowed = SHOWN["thingiverse"] | ({LOOKS_SECRET} if room_of(path) == "cogs" else set())
    assert {name for name in imported(path) if name.startswith("thingiverse")} <= allowed


@pytest.mark.parametrize("path", [p for p in sources() if room_of(p) == "web"], ids=str)
def test_the_linking_page_takes_only_the_catalogue_from_ui(path: Path) -> None:
    assert {name for name in imported(path) if name.startswith("ui")} <= {TEXTS}


@pytest.mark.parametrize("path", sources(), ids=str)
def test_the_environment_is_read_in_config_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if room_of(path) != "config":
        assert not re.search(r"os\.(environ|getenv)", text), "only config reads the environment"


@pytest.mark.parametrize("path", list((ROOT / "cogs").glob("*.py")), ids=str)
def test_one_cog_does_not_reach_another(path: Path) -> None:
    cogs = {f"cogs.{p.stem}" for p in (ROOT / "cogs").glob("*.py")} - {
        "cogs.galleries",
        "cogs.invitations",
        "cogs.outcomes",
        "cogs.__init__",
    }
    assert not cogs & set(imported(path)), "cogs share through ui and actions"


def test_only_a_persons_press_leads_to_a_like() -> None:
    """Nothing that runs by the clock can like, and nobody gets past the one place that counts and records it."""
    calls = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if re.search(r"thingiverse\.(like|unlike)\b", path.read_text(encoding="utf-8"))
    }
    assert calls == {"actions/likes.py"}
    acting = {room_of(path) for path in sources() if "actions.likes" in set(imported(path))}
    assert acting <= {"cogs", "bot", "actions"}, "no job acts in anybody's name"


@pytest.mark.parametrize("path", sources(), ids=str)
def test_no_error_is_swallowed_unseen(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            only_pass = len(node.body) == 1 and isinstance(node.body[0], ast.Pass)
            wide = node.type is None or (
                isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}
            )
            assert not (only_pass and wide), f"line {node.lineno}: a wide except that does nothing"
