"""Which package may import which, and a few rules, checked in the code. CONTRIBUTING.md has a picture."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from tests.sources import OURS, ROOT, imported, name_of, room_of, sources

# package -> our own modules it may import
ARROWS = {
    "config": {"envfile", "settings"},
    "envfile": set[str](),
    "errors": set[str](),
    "log": set[str](),
    "feed_records": set[str](),
    "records": set[str](),
    "settings": set[str](),
    "counts": set[str](),
    "texts": {"errors", "translations"},
    "translations": set[str](),
    "thingiverse": set[str](),
    "storage": {"counts", "feed_records", "records"},
    "shared": {"thingiverse"},
    "actions": {"thingiverse", "storage", "counts", "feed_records", "records", "errors"},
    "cards": {"thingiverse", "counts", "feed_records", "records", "texts", "errors"},
    "desk": {"cards", "thingiverse", "feed_records", "records", "texts", "errors"},
    "cogs": {"desk", "cards", "actions", "thingiverse", "counts", "feed_records", "records", "texts", "errors"},
    "web": {"actions", "texts", "errors"},
    "operations": {
        "actions",
        "desk",
        "shared",
        "storage",
        "thingiverse",
        "config",
        "envfile",
        "errors",
        "log",
        "feed_records",
        "records",
        "settings",
        "texts",
    },
    "version": set[str](),
    "wiring": OURS - {"bot", "demo", "fakes", "tools"},
    "bot": OURS - {"demo", "fakes", "tools"},
    "fakes": set[str](),
    "tools": {"errors", "texts", "translations"},
    "demo": OURS,
}
# package -> libraries it may not import
FOREIGN = {
    "counts": {"discord", "aiohttp", "sqlalchemy", "os", "dotenv"},
    "feed_records": {"discord", "aiohttp", "sqlalchemy", "os", "dotenv"},
    "records": {"discord", "aiohttp", "sqlalchemy", "os", "dotenv"},
    "texts": {"discord", "aiohttp", "sqlalchemy", "os", "dotenv"},
    "translations": {"discord", "aiohttp", "sqlalchemy", "dotenv"},
    "thingiverse": {"discord", "sqlalchemy", "dotenv"},
    "storage": {"discord", "aiohttp", "dotenv"},
    "shared": {"discord", "aiohttp", "sqlalchemy", "os", "dotenv"},
    "actions": {"discord", "aiohttp", "sqlalchemy", "os", "dotenv"},
    "cards": {"discord", "aiohttp", "sqlalchemy", "os", "dotenv"},
    "desk": {"aiohttp", "sqlalchemy", "os", "dotenv"},
    "cogs": {"aiohttp", "sqlalchemy", "os", "dotenv"},
    "web": {"discord", "sqlalchemy", "os", "dotenv"},
    "operations": {"sqlalchemy", "os", "dotenv"},
}
# what packages for people may import from thingiverse: its data, errors, and URLs
SHOWN = {f"thingiverse.{name}" for name in ("details", "errors", "filters", "models", "urls")}
LOOKS_SECRET = "thingiverse.oauth"
# failures of discord.py's calls, some of which are aiohttp's
FAILURES_OF_DISCORD = "desk/discord_errors.py"
SHARED_BY_COGS = {"cogs", "cogs.feed_sources", "cogs.link_cards", "cogs.outcomes"}


def test_a_room_imports_only_what_its_arrows_allow() -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in sources()
        for name in imported(path)
        if (top := name.partition(".")[0]) in OURS and top not in ARROWS[room_of(path)] | {room_of(path)}
    ]
    assert not wrong, "see the house in CONTRIBUTING.md"


def test_a_library_is_used_in_the_rooms_it_belongs_to() -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in sources()
        for name in imported(path)
        if name.partition(".")[0] in FOREIGN.get(room_of(path), ())
        and (name_of(path), name) != (FAILURES_OF_DISCORD, "aiohttp")
    ]
    assert not wrong


def test_people_facing_rooms_see_only_the_data_of_thingiverse() -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in sources()
        for name in imported(path)
        if room_of(path) in {"cards", "desk", "cogs"}
        and name.startswith("thingiverse")
        and name not in SHOWN | ({LOOKS_SECRET} if room_of(path) in {"cogs", "desk"} else set())
    ]
    assert not wrong


def test_the_environment_is_read_in_config_alone() -> None:
    wrong = [
        name_of(path)
        for path in sources()
        if room_of(path) not in {"config", "demo", "fakes"}
        and re.search(r"os\.(environ|getenv)", path.read_text(encoding="utf-8"))
    ]
    assert not wrong


def test_one_cog_does_not_reach_another() -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in sources()
        for name in imported(path)
        if room_of(path) == "cogs" and name.startswith("cogs") and name not in SHARED_BY_COGS
    ]
    assert not wrong, "cogs share through desk, cards, and actions"


def test_no_test_imports_from_another_test() -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in sorted((ROOT / "tests").rglob("*.py"))
        for name in imported(path)
        if name.startswith("tests.") and name.rpartition(".")[2].startswith("test_")
    ]
    assert not wrong, "move what they share to a module of its own"


def test_only_a_persons_press_leads_to_a_like() -> None:
    """Background jobs can't like, and all likes go through the one place that counts and records them."""
    calls = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if re.search(r"thingiverse\.(like|unlike)\b", path.read_text(encoding="utf-8"))
    }
    assert calls == {"actions/likes.py"}
    saves = {
        path.relative_to(ROOT).as_posix()
        for path in sources()
        if re.search(r"collecting\.(create|add|remove)\(", path.read_text(encoding="utf-8"))
    }
    assert saves == {"actions/saving.py", "actions/own_collections.py"}
    acting = {room_of(path) for path in sources() if {"actions.likes", "actions.saving"} & set(imported(path))}
    assert acting <= {"cogs", "wiring", "actions"}, "no job acts in anybody's name"


def test_no_error_is_swallowed_unseen() -> None:
    wrong = [
        f"{name_of(path)}:{node.lineno}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ExceptHandler) and _is_wide(node) and _only_passes(node)
    ]
    assert not wrong, "a wide except that does nothing"


def _is_wide(node: ast.ExceptHandler) -> bool:
    return node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})


def _only_passes(node: ast.ExceptHandler) -> bool:
    return len(node.body) == 1 and isinstance(node.body[0], ast.Pass)


def test_every_file_that_contributing_names_exists() -> None:
    named = list(_named_in_contributing())
    assert len(named) > 60
    assert [name for name in named if not (ROOT / name).exists()] == []


def _named_in_contributing() -> Iterator[str]:
    """The files of its map, each in the room above it, and all paths in its text."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    room = ""
    for line in text.split("```")[3].splitlines():
        if found := re.match(r"(\w+/) ", line):
            room = found[1]
        folder = room if line.startswith("  ") else ""
        yield from (name if "/" in name else folder + name for name in re.findall(r"\b[\w/]+\.py\b", line))
    yield from re.findall(r"`(\w+/[\w/]+\.\w+)`", text)
