"""Who a request is for, so that one person can't use up what everyone shares."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Asker:
    """IDs of a person and a group of people, such as Discord users and servers."""

    person: int
    group: int | None = None


_asker: ContextVar[Asker | None] = ContextVar("asker", default=None)


@contextmanager
def asked_by(person: int, group: int | None = None) -> Generator[None]:
    """Count requests inside, and in tasks started inside, against this person's share."""
    token = _asker.set(Asker(person, group))
    try:
        yield
    finally:
        _asker.reset(token)


def ask_as(person: int, group: int | None = None) -> None:
    """Count requests against this person's share until the current task ends."""
    _asker.set(Asker(person, group))


def current_asker() -> Asker | None:
    """Who the current request is for; None for the bot's own work."""
    return _asker.get()
