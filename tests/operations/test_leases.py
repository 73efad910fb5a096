"""Without Redis, one process runs; with it, several do; and the two kinds don't mix."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import cast

import pytest

from operations import leases
from operations.background import background
from operations.failures import EXIT_SETTINGS, StartError
from operations.leases import Holder, holding, keep_ending_paused
from storage.errors import StorageError
from storage.leases import MEMBERS, LeaseStore, this_process
from storage.store import open_store
from tests.storage.conftest import address, postgresql, shared_postgresql  # noqa: F401  fixtures
from tests.waiting import until

HERE = f"Another bot is running with this database: process {this_process().pid} on {this_process().host}, started 20"


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"SECONDS": 1, "RENEW_EVERY": 0.1, "LOOK_EVERY": 0.05}.items():
        monkeypatch.setattr(leases, name, value)


@pytest.fixture
async def there(address: str) -> AsyncGenerator[LeaseStore]:  # noqa: F811
    async with open_store(address) as store:
        yield store.leases


@pytest.mark.parametrize(("first", "second"), [(True, True), (True, False), (False, True)])
async def test_beside_one_that_is_alone_nobody_runs(there: LeaseStore, first: bool, second: bool) -> None:
    async with holding(there, alone=first):
        with pytest.raises(StartError, match=HERE) as refused:
            async with holding(there, alone=second):
                pass
    assert refused.value.code == EXIT_SETTINGS
    async with holding(there, alone=second) as next_one:
        assert next_one.epoch is not None


async def test_several_run_together_and_one_has_the_lease(there: LeaseStore) -> None:
    async with holding(there, alone=False) as one, holding(there, alone=False) as other:
        assert (one.epoch is None, other.epoch is None) == (False, True)


async def test_who_is_alone_sees_others_by_their_shards(there: LeaseStore) -> None:
    """Nobody may hold the lease of feeds just then."""
    name, us = f"{MEMBERS}them", this_process()
    renewing = True

    async def renew() -> None:
        while renewing:
            await there.take(name, "them", us.host, us.pid, 1)
            await asyncio.sleep(0.1)

    member = asyncio.create_task(renew())
    await until_taken(there, name)
    with pytest.raises(StartError, match=HERE):
        await Holder(there, alone=True).require()
    renewing = False
    await member
    await Holder(there, alone=True).require()


async def until_taken(there: LeaseStore, name: str) -> None:
    while await there.holder(name) is None:
        await asyncio.sleep(0.02)


async def test_who_is_alone_and_has_lost_the_lease_has_to_stop(there: LeaseStore) -> None:
    async with holding(there, alone=True) as paused:
        owner = (await there.living(leases.FEEDS))[0].owner
        assert await there.take(leases.FEEDS, "us:8:alone-2", "elsewhere", 8, 60, gone=owner)
        await until(paused.replaced.done)
        why = paused.replaced.result()
        assert "process 8 on elsewhere. So this one stopped." in str(why)
        assert why.code == EXIT_SETTINGS
        assert paused.epoch is None


async def test_a_lease_whose_row_is_gone_is_taken_again(there: LeaseStore) -> None:
    async with holding(there, alone=True) as holder:
        before = (await there.living(leases.FEEDS))[0]
        await there.give_back(leases.FEEDS, before.owner)
        await there.tidy(leases.FEEDS, 0)
        await until_taken(there, leases.FEEDS)
        await until(lambda: holder.epoch is not None)
        assert not holder.replaced.done()


async def test_who_has_no_shards_leaves_the_lease_to_others(there: LeaseStore) -> None:
    """It couldn't post, and nobody else would."""
    shards = [True, False]
    async with (
        holding(there, alone=False, wanted=lambda: shards[0]) as one,
        holding(there, alone=False, wanted=lambda: shards[1]) as other,
    ):
        assert (one.epoch is None, other.epoch is None) == (False, True)
        shards[:] = [False, True]
        await until(lambda: one.epoch is None and other.epoch is not None)


async def test_that_paused_processes_cannot_be_ended_stops_nothing() -> None:
    tries = 0

    class Refusing:
        async def end_paused(self) -> None:
            nonlocal tries
            tries += 1
            raise StorageError("The database rejected a request.")

    async with background(keep_ending_paused(cast("LeaseStore", Refusing()))):
        await until(lambda: tries > 1)
