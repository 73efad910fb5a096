"""Divide Discord's shards among the processes, by leases in the database. None of them leads."""

from __future__ import annotations

import asyncio
import itertools
import math
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog

from operations.background import background
from operations.division import Division, Portion
from operations.failures import EXIT_SETTINGS, StartError
from settings import Shards
from storage.errors import StorageError
from storage.leases import MEMBERS, Lease, LeaseStore, this_process

log = structlog.get_logger("operations.shards")

SECONDS = 12  # a lease lasts without being renewed
LOOK_EVERY = 2.0  # seconds
GATHER = 3.0  # seconds that processes wait for each other when nobody has a shard yet
PATIENCE = 12.0  # seconds: a process that restarts takes back its shards before others want them
UNSERVED = 60.0  # seconds after which it's said that nobody has a shard
OLD = 3_600  # seconds
SHARD = "shard:"
TAKEN = "Another process runs shard {shard} already: process {pid} on {host}. Change SHARDS of one of them."
OTHER_TOTAL = (
    "SHARDS says that there are {ours} shards, but another process has {theirs}: process {pid} on {host}. "
    "Set the same number in all of them."
)

Act = Callable[[int], Awaitable[None]]


@dataclass
class Sharding:
    """This process's shards. `begun` and `ended` are told of shards that come and go while it runs."""

    leases: LeaseStore
    fixed: Shards | None
    portion: Portion
    begun: Act
    ended: Act
    clock: Callable[[], float] = time.monotonic
    total: int = 0
    mine: set[int] = field(default_factory=set[int])
    _latest: list[int] = field(default_factory=list[int])  # the same, the latest last
    _us: str = ""
    _running: bool = False  # what happens before is up to `begin`
    _wakes_at: float = math.inf  # while it sleeps between two looks
    _overslept: bool = False  # and hasn't looked yet
    _since: dict[str, float] = field(default_factory=dict[str, float])  # when something was first seen
    _told: set[str] = field(default_factory=set[str])

    def __post_init__(self) -> None:
        self._process = this_process()
        self._us = self._process.new_owner()

    async def begin(self, recommended: int) -> list[int]:
        """Take shards, and wait until there are some. Raises StartError or StorageError."""
        await self.leases.tidy(MEMBERS, OLD)
        await self._take(f"{MEMBERS}{self._us}")
        if self.fixed is not None:
            self.total = self.fixed.total
            await self._take_fixed(self.fixed)
        else:  # all have to use the same number, so theirs if there are others
            self.total = max((total_of(lease) for lease in await self.leases.living(SHARD)), default=recommended)
            await self._take_first()
        log.info("shards taken", shards=sorted(self.mine), total=self.total)
        self._running = True
        return sorted(self.mine)

    @property
    def was_paused(self) -> bool:
        """Whether this process stood still for so long that others may have its shards, and hasn't looked yet."""
        return self._running and (self._overslept or self.clock() > self._wakes_at + SECONDS - LOOK_EVERY)

    async def keep(self) -> None:
        """Renew what we have, and take and give shards as processes come and go, forever."""
        while True:
            self._wakes_at = self.clock() + LOOK_EVERY
            await asyncio.sleep(LOOK_EVERY)
            self._overslept, self._wakes_at = self.was_paused, math.inf
            if not self._running:
                continue
            try:
                await self._renew()
                self._overslept = False
                await self._look_around()
            except StorageError as error:
                log.warning("shards not renewed", why=str(error))
                self._overslept = False  # while nobody reaches the database, nobody else can take them

    async def give_back(self) -> None:
        try:
            await self.leases.give_back_all(self._us)
        except StorageError as error:
            log.warning("shards not given back", why=str(error))

    # -- at the start

    async def _take_fixed(self, fixed: Shards) -> None:
        """Take them, and wait for a lease of others that runs out. Raises StartError if they renew it."""
        first: dict[tuple[str, str], Lease] = {}
        wanted = range(fixed.first, fixed.last + 1)
        while True:
            for shard in wanted:
                if shard not in self.mine:
                    await self._take_shard(shard)
            # look only afterwards, so that of two who start together, one sees the other
            others = [lease for lease in await self._living(SHARD) if lease.owner != self._us]
            others = [lease for lease in others if total_of(lease) != fixed.total or number_of(lease) in wanted]
            for lease in others:
                if lease.until > first.setdefault((lease.name, lease.owner), lease).until:
                    raise StartError(_conflict(lease, fixed), EXIT_SETTINGS)
            if not others and self.mine.issuperset(wanted):
                return
            await self._renew()
            await asyncio.sleep(LOOK_EVERY / 4)

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
            await asyncio.sleep(LOOK_EVERY / 4)
            await self._renew()

    # -- later

    async def _renew(self) -> None:
        kept = await self.leases.renew_all(self._us, SECONDS)
        if f"{MEMBERS}{self._us}" not in kept:
            await self._take(f"{MEMBERS}{self._us}")
        for shard in [shard for shard in self.mine if self._name(shard) not in kept]:
            log.warning("another process has taken over", shard=shard)
            await self._end(shard)

    async def _look_around(self) -> None:
        leases = await self._living(SHARD)
        totals = sorted({total_of(lease) for lease in leases})
        if len(totals) < 2:
            self._told.discard("totals")
        elif self._for_the_first_time("totals"):
            fix = "stop them all, set the same number in SHARDS or none, and start them again"
            log.error("processes divide servers into different numbers of shards", totals=totals, fix=fix)
        division = await self._division(leases)
        if self.fixed is None:
            await self._even_out(division)
        if not division.free:
            self._since.pop("unserved", None)
            self._told.discard("unserved")
        elif self._lasted("unserved", UNSERVED) and self._for_the_first_time("unserved"):
            fix = "start a process for them, or change SHARDS"
            log.error("nobody serves some servers", shards=ranges(division.free), total=self.total, fix=fix)

    async def _even_out(self, division: Division) -> None:
        for shard in await self._take_free(division, patient=bool(self.mine)):
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
        await self.ended(shard)

    # -- leases

    async def _division(self, shards: list[Lease] | None = None) -> Division:
        shards = await self._living(SHARD) if shards is None else shards
        members = {lease.owner for lease in await self._living(MEMBERS)}
        owners = {number_of(lease): lease.owner for lease in shards if total_of(lease) == self.total}
        return Division(self._us, self.total, frozenset({self._us, *members}), owners)

    async def _living(self, prefix: str) -> list[Lease]:
        """A process on this machine that's gone has nothing anymore."""
        return [lease for lease in await self.leases.living(prefix) if not lease.is_gone()]

    async def _take_shard(self, shard: int) -> bool:
        holder = await self.leases.holder(self._name(shard))
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

    def _for_the_first_time(self, what: str) -> bool:
        new = what not in self._told
        self._told.add(what)
        return new

    def _name(self, shard: int) -> str:
        return f"{SHARD}{shard}/{self.total}"


def number_of(lease: Lease) -> int:
    return int(lease.name.removeprefix(SHARD).partition("/")[0])


def total_of(lease: Lease) -> int:
    return int(lease.name.partition("/")[2])


def _conflict(lease: Lease, fixed: Shards) -> str:
    if total_of(lease) != fixed.total:
        return OTHER_TOTAL.format(ours=fixed.total, theirs=total_of(lease), pid=lease.pid, host=lease.host)
    return TAKEN.format(shard=number_of(lease), pid=lease.pid, host=lease.host)


def ranges(numbers: list[int]) -> str:
    """Such as 0-7, 9."""
    groups = itertools.groupby(enumerate(numbers), lambda each: each[1] - each[0])
    runs = [[number for _, number in group] for _, group in groups]
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)


@asynccontextmanager
async def keeping(sharding: Sharding) -> AsyncGenerator[None]:
    """Keep the shards while inside."""
    try:
        async with background(sharding.keep()):
            yield
    finally:
        await sharding.give_back()
