"""Divide Discord's shards among the processes, by leases in the database. None of them leads."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from config import Shards
from operations.division import Division, Portion
from operations.failures import EXIT_SETTINGS, StartError
from storage.errors import StorageError
from storage.leases import Lease, LeaseStore, this_process

log = structlog.get_logger("operations.shards")

SECONDS = 12  # a lease lasts without being renewed
LOOKED = 2.0  # seconds between two looks
GATHER = 3.0  # seconds that processes wait for each other when nobody has a shard yet
PATIENCE = 12.0  # seconds: a process that restarts takes back its shards before others want them
OLD = 3_600  # seconds
_PROCESS, _SHARD = "process:", "shard:"
TAKEN = "Another process runs shard {shard} already: process {pid} on {host}. Change SHARDS of one of them."

Act = Callable[[int], Awaitable[None]]


@dataclass
class Sharding:
    """This process's shards. `begun` and `ended` are told of shards that come and go while it runs."""

    leases: LeaseStore
    fixed: Shards | None
    portion: Portion
    clock: Callable[[], float] = time.monotonic
    begun: Act | None = None
    ended: Act | None = None
    total: int = 0
    mine: set[int] = field(default_factory=set[int])
    _latest: list[int] = field(default_factory=list[int])  # the same, the latest last
    _us: str = ""
    _running: bool = False  # what happens before is up to `begin`
    _since: dict[str, float] = field(default_factory=dict[str, float])  # when something was first seen

    def __post_init__(self) -> None:
        self._process = this_process()
        self._us = f"{self._process.space}:{self._process.pid}:{secrets.token_hex(6)}"

    async def begin(self, recommended: int) -> list[int]:
        """Take shards, and wait until there are some. Raises StartError or StorageError."""
        await self.leases.tidy(_PROCESS, OLD)
        await self._take(f"{_PROCESS}{self._us}")
        self.total = self.fixed.total if self.fixed is not None else await self._total(recommended)
        if self.fixed is not None:
            await self._take_fixed(self.fixed)
        else:
            await self._take_first()
        log.info("shards taken", shards=sorted(self.mine), total=self.total)
        self._running = True
        return sorted(self.mine)

    async def keep(self) -> None:
        """Renew what we have, and take and give shards as processes come and go, forever."""
        while True:
            await asyncio.sleep(LOOKED)
            if not self._running:
                continue
            try:
                await self._renew()
                if self.fixed is None:
                    await self._even_out()
            except StorageError as error:
                log.warning("shards not renewed", why=str(error))

    async def give_back(self) -> None:
        try:
            await self.leases.give_back_all(self._us)
        except StorageError as error:
            log.warning("shards not given back", why=str(error))

    # -- at the start

    async def _total(self, recommended: int) -> int:
        """The others' number of shards, if there are others: all have to use the same."""
        totals = {int(lease.name.partition("/")[2]) for lease in await self.leases.living(_SHARD)}
        return max(totals, default=recommended)

    async def _take_fixed(self, fixed: Shards) -> None:
        first: dict[int, Lease] = {}
        while missing := [shard for shard in range(fixed.first, fixed.last + 1) if shard not in self.mine]:
            holders = {lease.name: lease for lease in await self.leases.living(_SHARD)}
            for shard in missing:
                holder = holders.get(self._name(shard))
                if await self._take_shard(shard, holder) or holder is None:
                    continue
                if first.setdefault(shard, holder).owner == holder.owner and holder.until > first[shard].until:
                    raise StartError(TAKEN.format(shard=shard, pid=holder.pid, host=holder.host), EXIT_SETTINGS)
            await self._renew()
            await asyncio.sleep(LOOKED / 4)

    async def _take_first(self) -> None:
        if not (await self._division()).owners:
            await asyncio.sleep(GATHER)
        told = False
        while True:
            await self._take_free(await self._division(), patient=False)
            if self.mine:
                return
            if not told:
                log.info("waiting for shards, because other processes have all of them")
                told = True
            await asyncio.sleep(LOOKED / 4)
            await self._renew()

    # -- later

    async def _renew(self) -> None:
        kept = await self.leases.renew_all(self._us, SECONDS)
        if f"{_PROCESS}{self._us}" not in kept:
            await self._take(f"{_PROCESS}{self._us}")
        for shard in [shard for shard in self.mine if self._name(shard) not in kept]:
            log.warning("another process has taken over", shard=shard)
            await self._end(shard)

    async def _even_out(self) -> None:
        division = await self._division()
        for shard in await self._take_free(division, patient=bool(self.mine)):
            if self.begun is not None:
                await self.begun(shard)
        much = division.too_many()
        if much and self._lasted("short", PATIENCE):
            for shard in self._latest[-much:]:
                await self._end(shard)
                await self.leases.give_back(self._name(shard), self._us)
        if not much:
            self._since.pop("short", None)

    async def _take_free(self, division: Division, *, patient: bool) -> list[int]:
        free = division.free
        for shard in range(self.total):
            if shard not in free:
                self._since.pop(self._name(shard), None)
        due = [shard for shard in free if self._lasted(self._name(shard), PATIENCE) or not patient]
        taken: list[int] = []
        for shard in due:
            if len(taken) < division.room() and await self._take_shard(shard):
                taken.append(shard)
        return taken

    async def _end(self, shard: int) -> None:
        self.mine.discard(shard)
        self._latest.remove(shard)
        self._note_part()
        if self.ended is not None:
            await self.ended(shard)

    # -- leases

    async def _division(self) -> Division:
        """A process on this machine that's gone has nothing anymore."""
        members = [each for each in await self.leases.living(_PROCESS) if not each.is_gone()]
        shards = [each for each in await self.leases.living(_SHARD) if not each.is_gone()]
        owners = {self._number(each.name): each.owner for each in shards if each.name.endswith(f"/{self.total}")}
        return Division(self._us, self.total, frozenset({self._us, *(each.owner for each in members)}), owners)

    async def _take_shard(self, shard: int, holder: Lease | None = None) -> bool:
        holder = holder or await self.leases.holder(self._name(shard))
        taken = await self._take(self._name(shard), holder.owner if holder is not None and holder.is_gone() else "")
        if taken and shard not in self.mine:
            self.mine.add(shard)
            self._latest.append(shard)
            self._note_part()
        return taken

    async def _take(self, name: str, gone: str = "") -> bool:
        us = self._process
        return await self.leases.take(name, self._us, us.host, us.pid, SECONDS, gone=gone) is not None

    def _note_part(self) -> None:
        self.portion.part = len(self.mine) / self.total

    def _lasted(self, what: str, seconds: float) -> bool:
        """Whether it was first seen so long ago."""
        return self.clock() - self._since.setdefault(what, self.clock()) >= seconds

    def _name(self, shard: int) -> str:
        return f"{_SHARD}{shard}/{self.total}"

    @staticmethod
    def _number(name: str) -> int:
        return int(name.removeprefix(_SHARD).partition("/")[0])


@asynccontextmanager
async def keeping(sharding: Sharding) -> AsyncGenerator[None]:
    """Keep the shards while inside."""
    task = asyncio.create_task(sharding.keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await sharding.give_back()
