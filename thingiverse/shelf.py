"""A cache of responses: fresh ones save a request, and old ones are shown when Thingiverse fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import structlog
from cashews.backends.memory import Memory

from thingiverse.errors import (
    BudgetUsedUp,
    Forbidden,
    NotFound,
    RateLimited,
    ShareUsedUp,
    TokenRejected,
    Unexpected,
    Unreachable,
)

log = structlog.get_logger("thingiverse.shelf")

T = TypeVar("T")

# failures that don't mean the value is gone; a rejected token is the operator's problem
_PASSING = (Unreachable, RateLimited, Unexpected, TokenRejected)


@dataclass(frozen=True, slots=True)
class Shelved(Generic[T]):
    """A value and when it was fetched (aware, UTC); `stale` if a newer one couldn't be fetched."""

    value: T
    fetched_at: datetime
    stale: bool = False


class Shelf:
    """A cache of limited size; the least recently used value is dropped first."""

    def __init__(self, size: int = 2_000, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._now = now
        self._fresh_since = datetime.min.replace(tzinfo=UTC)
        self._cache = Memory(size=size, check_interval=0)
        self._under_way: dict[str, asyncio.Task[Shelved[Any]]] = {}
        self.reads: Counter[tuple[str, ...]] = Counter()  # by kind of key, and whether it was there
        self._tasks: set[asyncio.Task[Shelved[Any]]] = set()  # including fetches whose key was forgotten

    async def read(self, key: str, fetch: Callable[[], Awaitable[T]], *, fresh: float, keep: float) -> Shelved[T]:
        """The value of `key`, at most `fresh` seconds old, or at most `keep` if it can't be fetched.

        One fetch serves everyone who reads at the same time. In cashews' own version, canceling the first reader
        cancels all of them.
        """
        kept: Shelved[T] | None = await self._cache.get(key)
        if kept is not None and self._is_fresh(kept, fresh):
            self.reads[kind_of(key), "hit"] += 1
            return kept
        try:
            joined = await self._joined_or_begun(key, fetch, fresh, keep)
        except _PASSING:
            kept = await self._cache.get(key)  # a fetch may have found another process's copy
            if kept is None or self._now() - kept.fetched_at > timedelta(seconds=keep):
                self.reads[kind_of(key), "failed"] += 1
                raise
            self.reads[kind_of(key), "stale"] += 1
            return Shelved(kept.value, kept.fetched_at, stale=True)
        self.reads[kind_of(key), "fetched"] += 1
        return joined

    def known(self, key: str, fresh: float) -> Shelved[Any] | None:
        """The stored value if it's at most `fresh` seconds old, without waiting."""
        _, kept = self._cache.store.get(key, (None, None))
        return kept if kept is not None and self._is_fresh(kept, fresh) else None

    async def peek(self, key: str) -> Shelved[Any] | None:
        """The stored value, however old; nothing is fetched."""
        return await self._cache.get(key)

    def expire(self) -> None:
        """Fetch everything again when it's next read. What's there still stands in if that fails."""
        self._fresh_since = self._now()

    async def forget(self, key: str) -> None:
        """Make the next reader fetch again. A fetch in progress serves its readers, but isn't stored."""
        self._under_way.pop(key, None)
        await self._cache.delete(key)

    async def close(self) -> None:
        """Cancel all fetches and their readers."""
        for task in self._tasks:
            task.cancel()
        await self._cache.close()

    def _is_fresh(self, kept: Shelved[Any], fresh: float) -> bool:
        """What's from the future was fetched before the clock was set back."""
        now = self._now()
        return max(self._fresh_since, now - timedelta(seconds=fresh)) < kept.fetched_at <= now

    async def _joined_or_begun(
        self, key: str, fetch: Callable[[], Awaitable[T]], fresh: float, keep: float
    ) -> Shelved[T]:
        """Join a fetch or start one. If its first reader had no requests left, the next one uses their own share."""
        while (under_way := self._under_way.get(key)) is not None:
            try:
                return await asyncio.shield(under_way)
            except (ShareUsedUp, BudgetUsedUp):
                log.info("fetch began anew", key=kind_of(key))
        return await asyncio.shield(self._begin(key, fetch, fresh, keep))

    def _begin(
        self, key: str, fetch: Callable[[], Awaitable[T]], fresh: float, keep: float
    ) -> asyncio.Task[Shelved[T]]:
        task = asyncio.create_task(self._fetch(key, fetch, fresh, keep))
        self._under_way[key] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._landed(key, done))
        return task

    async def _fetch(self, key: str, fetch: Callable[[], Awaitable[T]], fresh: float, keep: float) -> Shelved[T]:
        try:
            shelved = Shelved(await fetch(), self._now())
        except (NotFound, Forbidden):
            await self._cache.delete(key)  # deleted on Thingiverse: the next outage must not bring it back
            raise
        if self._is_wanted(key):
            await self._cache.set(key, shelved, expire=keep)
        return shelved

    def _is_wanted(self, key: str) -> bool:
        """Whether the current task fetches it, and it wasn't forgotten meanwhile."""
        return self._under_way.get(key) is asyncio.current_task()

    def _landed(self, key: str, task: asyncio.Task[Shelved[Any]]) -> None:
        self._tasks.discard(task)
        if self._under_way.get(key) is task:
            del self._under_way[key]
        error = None if task.cancelled() else task.exception()  # retrieved even if every reader was canceled
        if isinstance(error, (TokenRejected, Unexpected)):  # an old copy would hide these from the operator
            log.warning("fetch failed", key=kind_of(key), why=type(error).__name__)


def kind_of(key: str) -> str:
    """The first part of a key; the rest may be text someone typed."""
    return key.partition(":")[0]
