"""A lease has one holder at a time, by the database's clock, and grows an epoch with each."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage import engine
from storage.errors import StorageError
from storage.leases import Lease, this_process
from storage.store import Store, open_store
from tests.storage.conftest import POSTGRESQL
from tests.storage.records import NOW


async def take(store: Store, owner: str, seconds: int = 60, gone: str = "") -> int | None:
    return await store.leases.take("feeds", owner, "here", 7, seconds, gone=gone)


async def test_one_holds_it_until_it_runs_out_or_is_given_back(store: Store) -> None:
    assert await store.leases.holder("feeds") is None
    assert await take(store, "ann") == 1
    assert await take(store, "ben") is None
    holder = await store.leases.holder("feeds")
    assert holder is not None
    assert (holder.owner, holder.host, holder.pid, holder.epoch) == ("ann", "here", 7, 1)
    assert holder.until > holder.started_at
    assert await take(store, "ann") == 1, "one's own is renewed"
    assert await store.leases.renew("feeds", "ann", -1)
    assert await take(store, "ben") == 2
    assert not await store.leases.renew("feeds", "ann", 60)
    await store.leases.give_back("feeds", "ann")
    assert await take(store, "ann") is None
    await store.leases.give_back("feeds", "ben")
    assert await take(store, "ann") == 3
    assert await take(store, "ben", gone="ann") == 4, "a process that's gone doesn't need it"
    assert await take(store, "ben") == 4


async def test_of_many_who_ask_together_one_gets_it(address: str) -> None:
    async with open_store(address) as one, open_store(address) as other:
        got = await asyncio.gather(*(take(store, f"{n}-{id(store)}") for n in range(5) for store in (one, other)))
    assert sorted(filter(None, got)) == [1]


def lease_of(pid: int, space: str = "") -> Lease:
    return Lease("feeds", f"{space or this_process().space}:{pid}:abc", "here", pid, 1, NOW, NOW)


def test_a_process_that_ended_here_is_gone() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as living:
        assert not lease_of(living.pid).is_gone()
        living.kill()
        os.waitid(os.P_PID, living.pid, os.WEXITED | os.WNOWAIT)
        assert lease_of(living.pid).is_gone(), "its parent hasn't noticed yet"
    assert lease_of(living.pid).is_gone()
    assert not lease_of(living.pid, "another machine:x").is_gone()
    assert not lease_of(os.getpid()).is_gone(), "after a container restarts, the other has our own number"


async def test_many_are_renewed_and_given_back_at_once(store: Store) -> None:
    for name in ("shard:0/2", "shard:1/2", "process:ann"):
        assert await store.leases.take(name, "ann", "here", 7, 60)
    assert await store.leases.take("shard:2/3", "ben", "here", 8, 60)
    assert {each.name for each in await store.leases.living("shard:")} == {"shard:0/2", "shard:1/2", "shard:2/3"}
    await store.leases.give_back("shard:1/2", "ann")
    assert await store.leases.renew_all("ann", 60) == {"shard:0/2", "process:ann"}, "what's given back stays so"
    await store.leases.give_back_all("ann")
    assert [each.name for each in await store.leases.living("")] == ["shard:2/3"]
    await store.leases.tidy("process:", 60)
    assert await store.leases.renew_all("ann", 60) == set()
    assert await store.leases.take("process:ann", "ben", "here", 8, 60) == 1, "the row was forgotten"


async def test_what_is_being_taken_for_the_first_time_is_not_tidied_away(address: str) -> None:
    async with open_store(address) as one, open_store(address) as other:
        for number in range(20):
            taking = one.leases.take(f"process:{number}", "ann", "here", 7, 60)
            assert (await asyncio.gather(taking, other.leases.tidy("process:", 60)))[0] == 1


async def test_who_was_paused_can_see_that_another_has_it(store: Store) -> None:
    assert not await store.leases.holds("feeds", 1)
    assert await take(store, "ann") == 1
    assert await store.leases.holds("feeds", 1)
    assert await store.leases.renew("feeds", "ann", -1)
    assert not await store.leases.holds("feeds", 1), "it ran out, so another may take it any moment"
    assert await take(store, "ben") == 2
    assert not await store.leases.holds("feeds", 1)
    assert await store.leases.holds("feeds", 2)


def test_a_machine_with_the_same_name_is_another_machine() -> None:
    """Many are called raspberrypi, and their first containers have the same number."""
    us = this_process()
    host, boot, _ = us.space.split(":", 2)
    assert (host, len(boot)) == (us.host, 8)
    assert us.new_owner() != us.new_owner()
    assert lease_of(2**22 - 1, us.space).is_gone()
    assert not lease_of(2**22 - 1, us.space.replace(boot, "0" * 8)).is_gone()


@pytest.mark.parametrize("address", [POSTGRESQL], indirect=True)
async def test_a_process_that_is_paused_in_a_transaction_holds_nobody_up(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "IDLE_TIMEOUT", 300)
    async with open_store(address) as one, open_store(address) as other, paused_in_a_transaction(one) as paused:
        assert await take(other, "ben") == 2
        paused.goes_on.set()
        with pytest.raises(StorageError, match=r"timed out|Can't reach"):
            await paused.task
        assert await other.leases.holds("feeds", 2)


@pytest.mark.parametrize("address", [POSTGRESQL], indirect=True)
async def test_a_process_that_is_paused_in_the_middle_of_a_statement_holds_nobody_up(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL's own limit doesn't count there."""
    monkeypatch.setattr(engine, "IDLE_TIMEOUT", 300)
    async with (
        open_store(address) as one,
        open_store(address) as other,
        paused_in_a_transaction(one, in_a_statement=True) as paused,
    ):
        taking = asyncio.create_task(take(other, "ben"))
        await asyncio.wait([taking], timeout=1)
        assert not taking.done(), "it waits for the lock"
        await other.leases.end_paused()
        assert await taking == 2
        paused.goes_on.set()
        with pytest.raises(StorageError, match="Can't reach"):
            await paused.task


@dataclass
class Paused:
    task: asyncio.Task[None]
    goes_on: asyncio.Event


@asynccontextmanager
async def paused_in_a_transaction(store: Store, *, in_a_statement: bool = False) -> AsyncGenerator[Paused]:
    """The lease has run out, and a transaction has locked it and says nothing more until `goes_on`."""
    assert await take(store, "ann", seconds=-1) == 1
    reached, goes_on = asyncio.Event(), asyncio.Event()

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(sa.text("SELECT 1 FROM leases FOR SHARE"))
        if in_a_statement:  # prepared, and not carried out yet
            driver: Any = (await connection.get_raw_connection()).driver_connection
            await driver.prepare("DELETE FROM leases")
        reached.set()
        await goes_on.wait()
        await connection.execute(sa.text("DELETE FROM leases"))

    task = asyncio.create_task(store.leases._together(work))
    await reached.wait()
    yield Paused(task, goes_on)
