"""Import libraries without the parts of them that nobody here uses: 17 MB of memory, and a fifth of the start.

Two of them take whatever is installed; SQLAlchemy's engine comes with sessions, which bring its whole ORM. Each part
can still be imported later.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType

# rich draws tracebacks, and cashews can keep rows of the ORM; `shared` imports Redis's client where it's used
_ABSENT = (("structlog", "rich"), ("cashews", "redis"), ("cashews", "sqlalchemy.ext.serializer"))
_SESSIONS = ("sqlalchemy.ext.asyncio.scoping", "sqlalchemy.ext.asyncio.session")


class _Empty(ModuleType):
    """A module in which each name is None."""

    def __getattr__(self, _: str) -> None:
        return None


def import_leanly() -> None:
    stand_ins = {name: _Empty(name) for name in _SESSIONS}
    _imported("sqlalchemy.ext.asyncio", stand_ins)
    for library in dict.fromkeys(library for library, _ in _ABSENT):
        _imported(library, {part: None for each, part in _ABSENT if each == library})


def _imported(library: str, instead: dict[str, _Empty] | dict[str, None]) -> None:
    """Import it with these modules in place of its own; None can't be imported. What's imported by now stays."""
    if library in sys.modules or instead.keys() & sys.modules.keys():
        return
    sys.modules.update(instead)  # pyright: ignore[reportArgumentType, reportCallIssue]
    try:
        import_module(library)
    finally:
        for part in instead:
            del sys.modules[part]
