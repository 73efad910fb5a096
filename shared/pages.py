"""The cache of Thingiverse's responses, for all processes: what one has fetched, none of the others fetches.

Only what the app's own token reads is in it. Names of pages are hashed, because people typed some of them.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, TypeVar

import msgspec
from cashews.backends.redis import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from shared.link import CONNECTIONS, WITHIN, Gone, Link
from thingiverse.details import Details, File, Makes, Picture
from thingiverse.errors import Forbidden, NotFound
from thingiverse.models import Category, Collection, Listing, Maker
from thingiverse.shelf import Shelf, Shelved, kind_of

T = TypeVar("T")

LOCKED_FOR = 3.0  # seconds; whoever fetches renews it, and if they die, the next one begins
RENEWED = 1.0
LOOKED = 0.05  # seconds between two looks at whether another process is done
KINDS: dict[str, Any] = {
    **dict.fromkeys(("popular", "search", "designs", "collected", "remixes"), Listing),
    "thing": Details,
    "makes": Makes,
    "pictures": tuple[Picture, ...],
    "files": tuple[File, ...],
    "maker": Maker,
    "collection": Collection,
    "categories": tuple[Category, ...],
}
Forgotten = Callable[[str], Awaitable[None]]


class SharedShelf(Shelf):
    """`tell` says in the other processes that a page is forgotten."""

    def __init__(self, link: Link, url: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__(now=now)
        self._link = link
        self._shared = Redis(
            url,
            suppress=False,
            socket_timeout=WITHIN,
            socket_connect_timeout=WITHIN,
            max_connections=CONNECTIONS,
            wait_for_connection_timeout=WITHIN,
            retry=Retry(NoBackoff(), 1),
        )
        self.tell: Forgotten | None = None

    async def open(self) -> None:
        """Prepare the connections; none is made before it's needed."""
        await self._shared.init()

    async def close(self) -> None:
        await super().close()
        await self._shared.close()

    async def peek(self, key: str) -> Shelved[Any] | None:
        kept = await super().peek(key)
        return kept if kept is not None else await self._look(key)

    async def forget(self, key: str) -> None:
        """Only designs are forgotten, so what's told to others names nothing that people typed."""
        await super().forget(key)
        await self._remove(key)
        if self.tell is not None:
            await self.tell(key)

    async def forget_here(self, key: str) -> None:
        """Another process has forgotten it."""
        await super().forget(key)

    async def _fetch(self, key: str, fetch: Callable[[], Awaitable[T]], fresh: float, keep: float) -> Shelved[T]:
        if kind_of(key) not in KINDS:
            return await super()._fetch(key, fetch, fresh, keep)
        found = await self._look(key)
        if found is not None and self._is_fresh(found, fresh):
            return found
        async with self._locked(key) as waited:
            found = await self._look(key) if waited else None
            if found is not None and self._is_fresh(found, fresh):
                return found
            return await self._fetch_for_all(key, fetch, fresh, keep)

    async def _fetch_for_all(
        self, key: str, fetch: Callable[[], Awaitable[T]], fresh: float, keep: float
    ) -> Shelved[T]:
        try:
            shelved = await super()._fetch(key, fetch, fresh, keep)
        except (NotFound, Forbidden):
            await self._remove(key)
            raise
        if self._is_wanted(key):
            packed = msgspec.msgpack.encode((shelved.fetched_at.timestamp(), keep, shelved.value))
            with suppress(Gone), self._link.using():  # or the next process fetches it itself
                await self._shared.set_raw(self._page(key), packed, px=round(keep * 1000))
        return shelved

    async def _look(self, key: str) -> Shelved[Any] | None:
        """What the processes have, however old. It's kept here, too."""
        kind = KINDS.get(kind_of(key))
        try:
            with self._link.using():
                packed = await self._shared.get_raw(self._page(key)) if kind is not None else None
        except Gone:
            return None
        if packed is None:
            return None
        try:
            at, keep, value = msgspec.msgpack.decode(packed, type=tuple[float, float, kind])
        except (msgspec.MsgspecError, ValueError):  # another version of the bot wrote it
            return None
        found = Shelved(value, datetime.fromtimestamp(at, UTC))
        left = at + keep - self._now().timestamp()
        if left > 0:
            await self._cache.set(key, found, expire=left)
        return found

    async def _remove(self, key: str) -> None:
        with suppress(Gone), self._link.using():
            await self._shared.delete(self._page(key))

    # -- one fetch at a time

    @asynccontextmanager
    async def _locked(self, key: str) -> AsyncGenerator[bool]:
        """Be the only process that fetches the page; without Redis, just go on. Yields whether that took a while."""
        lock, us, waited = f"{self._page(key)}:lock", token_hex(8), False
        try:
            while not await self._lock(lock, us):
                waited = True
                await asyncio.sleep(LOOKED)
        except Gone:
            yield True
            return
        renewing = asyncio.create_task(self._renew(lock))
        try:
            yield waited
        finally:
            renewing.cancel()
            await self._unlock(lock, us)

    async def _lock(self, lock: str, us: str) -> bool:
        with self._link.using():
            return await self._shared.set_lock(lock, us, LOCKED_FOR)

    async def _renew(self, lock: str) -> None:
        with suppress(Gone):
            while True:
                await asyncio.sleep(RENEWED)
                with self._link.using():
                    await self._shared.expire(lock, LOCKED_FOR)

    async def _unlock(self, lock: str, us: str) -> None:
        with suppress(Gone), self._link.using():
            await self._shared.unlock(lock, us)

    def _page(self, key: str) -> str:
        return self._link.key("page", kind_of(key), hashlib.sha256(key.encode(errors="replace")).hexdigest()[:24])
