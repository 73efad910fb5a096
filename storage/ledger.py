"""Likes, and what else was done in people's names, to be recorded: written together a moment later.

A like is done once Thingiverse has it; our record spares a question later on, and tells people what was done. So nobody
waits for the disk, and a hundred likes cost one commit. What a crash can lose is the last tenth of a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from storage.errors import StorageError
from storage.records import Deed, Like

log = structlog.get_logger("storage.ledger")

PAUSE = 0.1  # seconds
Pair = tuple[int, int]  # person, thing
Write = Callable[[list[Like], list[Pair], list[Deed]], Awaitable[None]]


class Ledger:
    def __init__(self, write: Write, pause: float = PAUSE) -> None:
        self._write = write
        self._pause = pause
        self._pending: dict[Pair, Like | None] = {}
        self._done: list[Deed] = []
        self._turn = asyncio.Lock()
        self._later: asyncio.Task[None] | None = None

    def note(self, person: int, thing: int, like: Like | None) -> None:
        """Record a like, or with None its end, soon."""
        self._pending[person, thing] = like
        self._begin()

    def note_deed(self, deed: Deed) -> None:
        self._done.append(deed)
        self._begin()

    def _begin(self) -> None:
        if self._later is None:
            self._later = asyncio.create_task(self._settle_later())

    def pending(self, person: int, thing: int) -> bool | None:
        """Whether the pair is about to be recorded (True) or forgotten (False); None if neither."""
        if (person, thing) not in self._pending:
            return None
        return self._pending[person, thing] is not None

    async def settle(self) -> None:
        """Write all that waits, now. What the database will not take is logged and given up."""
        async with self._turn:
            written, done = dict(self._pending), list(self._done)
            if not written and not done:
                return
            try:
                await self._write(
                    [like for like in written.values() if like is not None],
                    [pair for pair, like in written.items() if like is None],
                    done,
                )
            except StorageError as error:
                log.error("likes not recorded", count=max(len(written), len(done)), why=str(error))
            del self._done[: len(done)]
            for pair, like in written.items():
                if self._pending.get(pair) is like:
                    del self._pending[pair]

    @asynccontextmanager
    async def without(self, person: int) -> AsyncGenerator[None]:
        """While inside nothing is written, and what waits or comes of the person is given up."""
        async with self._turn:
            try:
                yield
            finally:
                for pair in [pair for pair in self._pending if pair[0] == person]:
                    del self._pending[pair]
                self._done = [deed for deed in self._done if deed.person != person]

    async def close(self) -> None:
        if self._later is not None:
            self._later.cancel()
            await asyncio.gather(self._later, return_exceptions=True)
        await self.settle()

    async def _settle_later(self) -> None:
        while self._pending or self._done:
            await asyncio.sleep(self._pause)
            await self.settle()
        self._later = None
