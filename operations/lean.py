"""Import libraries without the parts of them that nobody here uses: 17 MB of memory, and a fifth of the start.

Two of them take whatever is installed; SQLAlchemy's engine comes with sessions, which bring its whole ORM. Each part
can still be imported later.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import Any


class _Empty(ModuleType):
    """A module in which each name is None."""

    def __getattr__(self, _: str) -> None:
        return None


# What stands in for parts of each library; None can't be imported. rich draws tracebacks, cashews can keep rows of the
# ORM, and `shared` imports Redis's client where it's used.
_INSTEAD: dict[str, Mapping[str, _Empty | None]] = {
    "sqlalchemy.ext.asyncio": {
        name: _Empty(name) for name in ("sqlalchemy.ext.asyncio.scoping", "sqlalchemy.ext.asyncio.session")
    },
    "structlog": {"rich": None},
    "cashews": {"redis": None, "sqlalchemy.ext.serializer": None},
}


def import_leanly() -> None:
    """What is imported by now stays as it is."""
    modules: dict[str, Any] = sys.modules
    for library, instead in _INSTEAD.items():
        if library in modules or instead.keys() & modules.keys():
            continue
        modules.update(instead)
        try:
            import_module(library)
        finally:
            for part in instead:
                del modules[part]
