"""All commands, and how to use each of them once."""

from __future__ import annotations

from typing import Any

GEARS = "1038"
REMIX = "1519"

# How to use each command. A command without a line here fails the tests.
COMMANDS: dict[str, dict[str, Any]] = {
    "popular": {},
    "newest": {},
    "featured": {},
    "random": {},
    "maker": {"maker": "mira"},
    "collection": {"collection": "16001"},
    "thing": {"thing": REMIX},
    "search": {"text": "a", "sort": "makes", "makes": True},
    "like": {"thing": GEARS},
    "unlike": {"thing": GEARS},
    "likes": {},
    "top": {"period": "all"},
    "who-likes": {"thing": GEARS},
    "follow": {"tag": "vase"},
    "feeds": {},
    "share": {"thing": GEARS, "note": "look"},
    "link": {},
    "account": {},
    "my-designs": {},
    "unlink": {},
    "help": {},
    "privacy": {},
    "ignore-me": {},
    "settings": {},
    "doctor": {},
}
MENUS = ("Show thing", "Like thing")
