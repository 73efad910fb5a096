"""Hold a lease while the bot runs, so that only one process reads and posts for feeds."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog

from operations.failures import EXIT_SETTINGS, StartError
from storage.errors import StorageError
from storage.leases import Lease, LeaseStore, this_process

log = structlog.get_logger("operations.leases")

FEEDS = "feeds"
HOUSE = "house"  # deleting what's kept no longer, and backups
SECONDS = 15  # it lasts without being renewed
RENEWED = 4.0  # seconds
LOOKED = 0.5  # seconds between two looks while another process has it
TAKEN = (
    "Another bot is running with this database: process {pid} on {host}, started {started:%Y-%m-%d %H:%M} UTC. Stop it "
    "first. With PostgreSQL and REDIS_URL, several can run together."
)


class Holder:
    """`epoch` is None while another process has the lease."""

    def __init__(self, leases: LeaseStore, name: str = FEEDS) -> None:
        self._leases = leases
        self._name = name
        self._us = this_process()
        self._owner = f"{self._us.space}:{self._us.pid}:{secrets.token_hex(6)}"
        self._until = 0.0
        self._epoch: int | None = None

    @property
    def epoch(self) -> int | None:
        return self._epoch if time.monotonic() < self._until else None

    async def take(self) -> bool:
        """Take the lease if it's free, or its process is gone. Raises StorageError."""
        holder = await self._leases.holder(self._name)
        gone = holder.owner if holder is not None and holder.is_gone() else ""
        asked_at = time.monotonic()
        self._epoch = await self._leases.take(self._name, self._owner, self._us.host, self._us.pid, SECONDS, gone=gone)
        self._until = asked_at + SECONDS
        return self._epoch is not None

    async def require(self) -> None:
        """Wait for a lease that runs out. Raises StartError if another process keeps renewing it."""
        first: Lease | None = None
        while not await self.take():
            holder = await self._leases.holder(self._name)
            if first is None or (holder is not None and holder.owner != first.owner):
                first = holder
            elif holder is not None and holder.until > first.until:
                said = TAKEN.format(pid=holder.pid, host=holder.host, started=holder.started_at)
                raise StartError(said, EXIT_SETTINGS)
            await asyncio.sleep(LOOKED)

    async def keep(self) -> None:
        """Renew the lease, or wait for it, forever."""
        while True:
            try:
                if self._epoch is None:
                    await self.take()
                else:
                    await self._renew()
            except StorageError as error:
                log.warning("lease not renewed", name=self._name, why=str(error))
            await asyncio.sleep(RENEWED)

    async def _renew(self) -> None:
        asked_at = time.monotonic()
        if await self._leases.renew(self._name, self._owner, SECONDS):
            self._until = asked_at + SECONDS
        else:
            self._epoch = None
            log.warning("another process has taken over", name=self._name)

    async def give_back(self) -> None:
        try:
            await self._leases.give_back(self._name, self._owner)
        except StorageError as error:
            log.warning("lease not given back", name=self._name, why=str(error))


@asynccontextmanager
async def holding(leases: LeaseStore, name: str = FEEDS, *, alone: bool) -> AsyncGenerator[Holder]:
    """Keep the lease while inside. With `alone`, raise StartError if another process has it."""
    holder = Holder(leases, name)
    if alone:
        await holder.require()
    keeping = asyncio.create_task(holder.keep())
    try:
        yield holder
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        await holder.give_back()
