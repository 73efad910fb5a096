"""Write records a moment later: likes, people's history, designs that were shown, and shares if need be.

A like is done once Thingiverse has it, so nobody has to wait for the disk, and a hundred likes need one commit. A
crash loses at most the last tenth of a second. While the database fails, records wait, and the bot tries again at
longer and longer intervals.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import structlog

from storage.errors import StorageError

log = structlog.get_logger("storage.write_behind")

K = TypeVar("K", bound=tuple[Any, ...])
V = TypeVar("V")

PAUSE = 0.1  # seconds
LONGEST_PAUSE = 5.0  # seconds between tries while the database fails
MOST_WAITING = 10_000  # records; the oldest are dropped for newer ones


class WriteBehind(Generic[K, V]):
    """Records waiting to be written, by key. `kind` names them in the log; `write` gets records and keys to delete."""

    def __init__(self, kind: str, write: Callable[[list[V], list[K]], Awaitable[None]]) -> None:
        self._kind = kind
        self._write = write
        self._pending: dict[K, V | None] = {}
        self._turn = asyncio.Lock()
        self._later: asyncio.Task[None] | None = None

    def note(self, key: K, record: V | None) -> None:
        """Write a record soon; None deletes it."""
        self._pending[key] = record
        if self._later is None:
            self._later = asyncio.create_task(self._settle_later())

    def pending(self, key: K) -> bool | None:
        """Whether the key's record is about to be written (True) or deleted (False); None if neither."""
        if key not in self._pending:
            return None
        return self._pending[key] is not None

    @property
    def records(self) -> list[V]:
        """Those that are about to be written, the oldest first."""
        return [record for record in self._pending.values() if record is not None]

    async def settle(self) -> bool:
        """Write all waiting records right away. Returns False if the database failed, and they keep waiting."""
        async with self._turn:
            written = dict(self._pending)
            if not written:
                return True
            try:
                await self._write(
                    [record for record in written.values() if record is not None],
                    [key for key, record in written.items() if record is None],
                )
            except StorageError as error:
                log.error("not recorded yet", kind=self._kind, count=len(written), why=str(error))
                self._give_up(len(self._pending) - MOST_WAITING)
                return False
            for key, record in written.items():
                if self._pending.get(key) is record:
                    del self._pending[key]
            return True

    @asynccontextmanager
    async def without(self, person: int) -> AsyncGenerator[None]:
        """Pause writing inside. At the end, drop waiting records whose keys begin with the person's ID.

        If the database fails inside, nothing is dropped.
        """
        async with self._turn:
            failed = False
            try:
                yield
            except StorageError:
                failed = True
                raise
            finally:
                if not failed:
                    for key in [key for key in self._pending if key[0] == person]:
                        del self._pending[key]

    async def close(self) -> None:
        if self._later is not None:
            self._later.cancel()
            await asyncio.gather(self._later, return_exceptions=True)
        if not await self.settle():
            self._give_up(len(self._pending))

    def _give_up(self, count: int) -> None:
        if count > 0:
            log.error("not recorded", kind=self._kind, count=count)
            for key in list(self._pending)[:count]:
                del self._pending[key]

    async def _settle_later(self) -> None:
        pause = PAUSE
        while self._pending:
            await asyncio.sleep(pause)
            pause = PAUSE if await self.settle() else min(pause * 2, LONGEST_PAUSE)
        self._later = None
