"""Answers kept for a while: fresh ones spare a request, old ones stand in when Thingiverse fails."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

from cashews.backends.memory import Memory

from thingiverse.errors import RateLimited, Unexpected, Unreachable

T = TypeVar("T")


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

    async def read(self, key: str, fetch: Callable[[], Awaitable[T]], *, fresh: float, keep: float) -> Shelved[T]:
        """The value of `key`, `fresh` seconds old at most, or up to `keep` if it cannot be fetched.

        One fetch serves any number of simultaneous readers. cashews' own protection hands its first caller the
        shared task itself, so that one person who leaves takes the answer from all.
        """
        kept: Shelved[T] | None = await self._cache.get(key)
        if kept is not None and self._now() - kept.fetched_at < timedelta(seconds=fresh):
            return kept
        task = self._under_way.get(key)
        if task is None:
            task = asyncio.create_task(self._fetch(key, fetch, keep))
            self._under_way[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
        try:
            return await asyncio.shield(task)
        except (Unreachable, RateLimited, Unexpected):
            if kept is None:
                raise
            return Shelved(kept.value, kept.fetched_at, stale=True)

    async def forget(self, key: str) -> None:
        await self._cache.delete(key)

    async def close(self) -> None:
        for task in list(self._under_way.values()):
            task.cancel()
        await self._cache.close()

    async def _fetch(self, key: str, fetch: Callable[[], Awaitable[T]], keep: float) -> Shelved[T]:
        shelved = Shelved(await fetch(), self._now())
        await self._cache.set(key, shelved, expire=keep)
        return shelved

    def _landed(self, key: str, task: asyncio.Task[Shelved[Any]]) -> None:
        del self._under_way[key]
        if not task.cancelled():
            task.exception()  # seen, also when every reader has left
