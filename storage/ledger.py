"""What may be recorded a moment later: likes, what else was done in people's names, the designs that were seen.

A like is done once Thingiverse has it; our record spares a question later on, and tells people what was done. So nobody
waits for the disk, and a hundred likes cost one commit. What a crash can lose is the last tenth of a second. While the
database takes nothing they wait, and are tried again at longer and longer intervals.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import structlog

from storage.errors import StorageError

log = structlog.get_logger("storage.ledger")

K = TypeVar("K", bound=tuple[Any, ...])
V = TypeVar("V")

PAUSE = 0.1  # seconds
LONGEST_PAUSE = 5.0  # seconds between tries, while the database takes nothing
MOST_WAITING = 10_000  # records; the oldest are given up for newer ones


class Ledger(Generic[K, V]):
    """Records to be written, by key; `kind` names them in the log."""

    def __init__(self, kind: str, write: Callable[[list[V], list[K]], Awaitable[None]]) -> None:
        self._kind = kind
        self._write = write
        self._pending: dict[K, V | None] = {}
        self._turn = asyncio.Lock()
        self._later: asyncio.Task[None] | None = None

    def note(self, key: K, record: V | None) -> None:
        """Write a record, or with None delete it, soon."""
        self._pending[key] = record
        if self._later is None:
            self._later = asyncio.create_task(self._settle_later())

    def pending(self, key: K) -> bool | None:
        """Whether the key is about to be recorded (True) or forgotten (False); None if neither."""
        if key not in self._pending:
            return None
        return self._pending[key] is not None

    async def settle(self) -> bool:
        """Write all that waits, now. What the database will not take goes on waiting, and the answer is False."""
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
        """While inside nothing is written, and what waits or comes of the person, who begins its key, is given up.

        Not where the database fails inside: then nothing has changed.
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
