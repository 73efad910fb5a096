"""Hold a lease while the bot runs, so that only one process reads and posts for feeds.

Processes that share Redis run together. Any other one is alone, and has to be the only one with its database.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import structlog

from operations.background import background
from operations.failures import EXIT_SETTINGS, StartError
from storage.errors import StorageError
from storage.leases import MEMBERS, Lease, LeaseStore, this_process

log = structlog.get_logger("operations.leases")

FEEDS = "feeds"
HOUSE = "house"  # deleting what's kept no longer, and backups
SECONDS = 15  # it lasts without being renewed
RENEW_EVERY = 4.0  # seconds
LOOK_EVERY = 0.5  # seconds, while another process has it
TAKEN = (
    "Another bot is running with this database: process {pid} on {host}, started {started:%Y-%m-%d %H:%M} UTC. Stop it "
    "first. If all have PostgreSQL and REDIS_URL, several can run together."
)
REPLACED = (
    "Another bot runs with this database since this one was paused or cut off: process {pid} on {host}. So this one "
    "stopped."
)


def always() -> bool:
    return True


class Holder:
    """`epoch` is None while another process has the lease. `replaced` is set if this one, alone, has lost it.

    `wanted` is whether this process has use for it. If not, it leaves it to others.
    """

    def __init__(
        self, leases: LeaseStore, name: str = FEEDS, *, alone: bool = False, wanted: Callable[[], bool] = always
    ) -> None:
        self._leases = leases
        self._name = name
        self._alone = alone
        self._wanted = wanted
        self._us = this_process()
        self._owner = self._us.new_owner(alone=alone)
        self.replaced: asyncio.Future[StartError] = asyncio.get_running_loop().create_future()
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
        """Wait for a lease that runs out. Raises StartError if a process that can't run with this one renews it."""
        first: dict[str, Lease] = {}
        told = False
        while True:
            others = await self._others()
            for lease in others:
                if lease.until > first.setdefault(lease.owner, lease).until:
                    said = TAKEN.format(pid=lease.pid, host=lease.host, started=lease.started_at)
                    raise StartError(said, EXIT_SETTINGS)
            if not others and ((self._wanted() and await self.take()) or not self._alone):
                return
            if others and not told:
                log.info("waiting for another process's lease to run out", pid=others[0].pid, host=others[0].host)
                told = True
            await asyncio.sleep(LOOK_EVERY)

    async def _others(self) -> list[Lease]:
        """The leases of those that this process can't run with."""
        holder = await self._leases.holder(self._name)
        found = [] if holder is None or not (self._alone or holder.is_alone) else [holder]
        if self._alone:
            found += await self._leases.living(MEMBERS)
        return [lease for lease in found if lease.owner != self._owner and not lease.is_gone()]

    async def keep(self) -> None:
        """Renew the lease, or wait for it, forever."""
        while True:
            try:
                if not self._wanted():
                    await self._leave()
                elif self._epoch is None:
                    await self.take()
                else:
                    await self._renew()
            except StorageError as error:
                log.warning("lease not renewed", name=self._name, why=str(error))
            await asyncio.sleep(RENEW_EVERY)

    async def _renew(self) -> None:
        asked_at = time.monotonic()
        if await self._leases.renew(self._name, self._owner, SECONDS):
            self._until = asked_at + SECONDS
        elif not await self.take():
            log.warning("another process has taken over", name=self._name)
            holder = await self._leases.holder(self._name)
            if self._alone and holder is not None and not self.replaced.done():
                self.replaced.set_result(StartError(REPLACED.format(pid=holder.pid, host=holder.host), EXIT_SETTINGS))

    async def _leave(self) -> None:
        if self._epoch is not None:
            self._epoch = None
            await self._leases.give_back(self._name, self._owner)

    async def give_back(self) -> None:
        try:
            await self._leases.give_back(self._name, self._owner)
        except StorageError as error:
            log.warning("lease not given back", name=self._name, why=str(error))


async def keep_ending_paused(leases: LeaseStore) -> None:
    """End the transactions of paused processes, forever. If it fails, this process still renews its leases."""
    while True:
        try:
            await leases.end_paused()
        except StorageError as error:
            log.warning("transactions of paused processes not ended", why=str(error))
        await asyncio.sleep(RENEW_EVERY)


@asynccontextmanager
async def holding(
    leases: LeaseStore, name: str = FEEDS, *, alone: bool, wanted: Callable[[], bool] = always
) -> AsyncGenerator[Holder]:
    """Keep the lease while inside. With `alone`, it's the only process. Raises StartError if it can't run here."""
    holder = Holder(leases, name, alone=alone, wanted=wanted)
    await holder.require()
    try:
        async with background(holder.keep()):
            yield holder
    finally:
        await holder.give_back()
