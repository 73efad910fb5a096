"""What only one process may do at a time, by a row that it renews. Times are by the database's clock."""

from __future__ import annotations

import os
import platform
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from storage import engine
from storage.database import Database
from storage.feed_tables import leases
from storage.tables import Moment

MEMBERS = "process:"  # leases of those who divide the shards
_ALONE = "alone-"
_NEVER = datetime.fromtimestamp(0, UTC)
_CLOCKS = {
    "sqlite": "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
    "postgresql": "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
}
_END_PAUSED = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user "
    "AND datname = current_database() AND application_name = :application_ "
    "AND state = 'active' AND wait_event = 'ClientRead' "
    "AND state_change < clock_timestamp() - :milliseconds_ * interval '1 millisecond'"
)


@dataclass(frozen=True, slots=True)
class Lease:
    """`owner` names a process, and `epoch` grows each time another one takes over."""

    name: str
    owner: str
    host: str
    pid: int
    epoch: int
    started_at: datetime
    until: datetime

    @property
    def is_alone(self) -> bool:
        """Whether its process can't run together with others."""
        return self.owner.rpartition(":")[2].startswith(_ALONE)

    def is_gone(self) -> bool:
        """Whether its process ran on this machine and is no more. False if that can't be told."""
        us = this_process()
        if self.pid == us.pid or self.owner.rpartition(":")[0] != f"{us.space}:{self.pid}":
            return False
        return not _is_alive(self.pid)


@dataclass(frozen=True, slots=True)
class Process:
    """This process. `space` is the machine, and the container in it, whose process IDs can be compared.

    Machines may share a name, such as raspberrypi, and the number of a container, so the machine's boot is part of it.
    """

    host: str
    space: str
    pid: int

    def new_owner(self, *, alone: bool = False) -> str:
        """A name for this process that nobody had before. `alone` if it can't run together with others."""
        return f"{self.space}:{self.pid}:{_ALONE if alone else ''}{secrets.token_hex(6)}"


def this_process() -> Process:
    host = platform.node()
    try:
        space = f"{Path('/proc/sys/kernel/random/boot_id').read_text()[:8]}:{Path('/proc/self/ns/pid').readlink().name}"
    except OSError:  # not Linux
        space = ""
    return Process(host, f"{host}:{space}", os.getpid())


def _is_alive(pid: int) -> bool:
    """A process that ended, and whose parent hasn't noticed, counts as dead."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in {"Z", "X"}
    except OSError:
        pass
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


class LeaseStore(Database):
    async def take(self, name: str, owner: str, host: str, pid: int, seconds: int, *, gone: str = "") -> int | None:
        """Take the lease if it's free, expired, ours, or that of the owner `gone`. Returns its epoch, or None."""
        new = {"name": name, "owner": "", "host": "", "pid": 0, "epoch": 0, "started_at": _NEVER, "until": _NEVER}
        await self._change(self._insert_unless_there(leases, new))
        mine = leases.c.owner == owner
        taken = (
            sa.update(leases)
            .where(leases.c.name == name, (leases.c.until < self._clock()) | mine | (leases.c.owner == gone))
            .values(
                owner=owner,
                host=host,
                pid=pid,
                epoch=sa.case((mine, leases.c.epoch), else_=leases.c.epoch + 1),
                started_at=sa.case((mine, leases.c.started_at), else_=self._clock()),
                until=self._clock(seconds),
            )
            .returning(leases.c.epoch)
        )
        async with self._writing() as connection:
            return (await connection.execute(taken)).scalar()

    async def renew(self, name: str, owner: str, seconds: int) -> bool:
        """Keep it for so many seconds from now. Returns False if another process has it."""
        mine = leases.c.name == name, leases.c.owner == owner
        return await self._change(sa.update(leases).where(*mine).values(until=self._clock(seconds))) > 0

    async def holds(self, name: str, epoch: int) -> bool:
        """Whether it's still held with this epoch: whoever was paused may have lost it without noticing."""
        now = leases.c.name == name, leases.c.epoch == epoch, leases.c.until >= self._clock()
        return await self._value(sa.select(leases.c.epoch).where(*now)) is not None

    async def give_back(self, name: str, owner: str) -> None:
        """Let others take it right away."""
        mine = leases.c.name == name, leases.c.owner == owner
        await self._change(sa.update(leases).where(*mine).values(until=_NEVER))

    async def holder(self, name: str) -> Lease | None:
        """Who has it now; None if nobody does."""
        found = await self._living(leases.c.name == name)
        return found[0] if found else None

    # -- many at once

    async def living(self, prefix: str) -> list[Lease]:
        """Everyone who has a lease whose name starts so."""
        return await self._living(leases.c.name.startswith(prefix, autoescape=True))

    async def renew_all(self, owner: str, seconds: int) -> set[str]:
        """Keep all that the owner has. Returns their names."""
        mine = leases.c.owner == owner, leases.c.until > _NEVER
        renewed = sa.update(leases).where(*mine).values(until=self._clock(seconds)).returning(leases.c.name)
        async with self._writing() as connection:
            return set((await connection.execute(renewed)).scalars())

    async def give_back_all(self, owner: str) -> None:
        await self._change(sa.update(leases).where(leases.c.owner == owner).values(until=_NEVER))

    async def tidy(self, prefix: str, seconds: int) -> None:
        """Forget leases whose name starts so, and that ran out so many seconds ago."""
        had = leases.c.owner != ""  # or someone is taking it for the first time right now
        old = leases.c.name.startswith(prefix, autoescape=True), leases.c.until < self._clock(-seconds), had
        await self._change(sa.delete(leases).where(*old))

    # -- processes that are paused

    async def end_paused(self) -> None:
        """End the transactions of processes that are paused or cut off, because others wait for their locks.

        PostgreSQL does so itself, except while it waits for the rest of a statement: asyncpg sends it in two parts.
        """
        if self._engines.dialect == "postgresql":
            await self._all(_END_PAUSED, application_=engine.APPLICATION, milliseconds_=engine.IDLE_TIMEOUT)

    async def _living(self, condition: sa.ColumnElement[bool]) -> list[Lease]:
        rows = await self._all(sa.select(leases).where(condition, leases.c.until >= self._clock()))
        return [Lease(*row) for row in rows]

    def _clock(self, ahead: int = 0) -> sa.ColumnElement[datetime]:
        """The time by the database's clock, and so many seconds."""
        now = sa.literal_column(_CLOCKS[self._engines.dialect], sa.BigInteger)
        return sa.type_coerce(now + ahead * 1000, Moment)
