"""Answers kept for a while: fresh ones spare a request, old ones stand in when Thingiverse fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from cashews.backends.memory import Memory

from thingiverse.errors import Forbidden, NotFound, RateLimited, TokenRejected, Unexpected, Unreachable

log = structlog.get_logger("thingiverse.shelf")

T = TypeVar("T")

# failures that say nothing of the value; a refused token is the trouble of whoever runs the bot, not the value's
_PASSING = (Unreachable, RateLimited, Unexpected, TokenRejected)


@dataclass(frozen=True, slots=True)
class Shelved(Generic[T]):
    """A value and when it was fetched (aware, UTC); `stale` if it stands in for one that could not be."""

    value: T
    fetched_at: datetime
    stale: bool = False


class Shelf:
    """A bounded shelf; the least lately used goes first."""

    def __init__(self, size: int = 2_000, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._cache = Memory(size=size, check_interval=0)
        self._under_way: dict[str, asyncio.Task[Shelved[Any]]] = {}
        self._tasks: set[asyncio.Task[Shelved[Any]]] = set()  # with those whose key was forgotten meanwhile

    async def read(self, key: str, fetch: Callable[[], Awaitable[T]], *, fresh: float, keep: float) -> Shelved[T]:
        """The value of `key`, `fresh` seconds old at most, or up to `keep` if it cannot be fetched.

        One fetch serves any number of simultaneous readers. cashews' own protection hands its first caller the
        shared task itself, so that one person who leaves takes the answer from all.
        """
        kept: Shelved[T] | None = await self._cache.get(key)
        if kept is not None and self._now() - kept.fetched_at < timedelta(seconds=fresh):
            return kept
        try:
            return await asyncio.shield(self._under_way.get(key) or self._begin(key, fetch, keep))
        except _PASSING:
            if kept is None or self._now() - kept.fetched_at > timedelta(seconds=keep):
                raise
            return Shelved(kept.value, kept.fetched_at, stale=True)

    async def peek(self, key: str) -> Shelved[Any] | None:
        """What is there, however old; nothing is fetched."""
        return await self._cache.get(key)

    async def replace(self, key: str, value: object) -> None:
        """Put another value in the place of one that is there; its age, and when it goes, stay as they were."""
        kept: Shelved[Any] | None = await self._cache.get(key)
        if kept is not None:
            await self._cache.set(key, Shelved(value, kept.fetched_at), expire=None)

    async def forget(self, key: str) -> None:
        """Have the next reader fetch anew. A fetch under way serves those who wait for it, but is not kept."""
        self._under_way.pop(key, None)
        await self._cache.delete(key)

    async def close(self) -> None:
        """End what is under way; those who wait for it are cancelled too."""
        for task in self._tasks:
            task.cancel()
        await self._cache.close()

    def _begin(self, key: str, fetch: Callable[[], Awaitable[T]], keep: float) -> asyncio.Task[Shelved[T]]:
        task = asyncio.create_task(self._fetch(key, fetch, keep))
        self._under_way[key] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._landed(key, done))
        return task

    async def _fetch(self, key: str, fetch: Callable[[], Awaitable[T]], keep: float) -> Shelved[T]:
        try:
            shelved = Shelved(await fetch(), self._now())
        except (NotFound, Forbidden):
            await self._cache.delete(key)  # taken away: the next outage must not bring it back
            raise
        if self._under_way.get(key) is asyncio.current_task():
            await self._cache.set(key, shelved, expire=keep)
        return shelved

    def _landed(self, key: str, task: asyncio.Task[Shelved[Any]]) -> None:
        self._tasks.discard(task)
        if self._under_way.get(key) is task:
            del self._under_way[key]
        error = None if task.cancelled() else task.exception()  # seen, also when every reader has left
        if isinstance(error, (TokenRejected, Unexpected)):  # which an old answer would hide from who runs the bot
            log.warning("fetch failed", key=key, why=type(error).__name__)
