"""Processes divide the shards by leases in the database, and take over what one leaves behind."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from structlog.testing import capture_logs

from operations import shards
from operations.division import Portion
from operations.failures import StartError
from operations.shards import Sharding, keeping
from settings import Shards
from storage.leases import LeaseStore
from storage.store import open_store
from tests.postgresql import GROUP, running_postgresql
from tests.waiting import until

pytestmark = GROUP


@pytest.fixture(scope="module")
def server() -> Generator[str]:
    with running_postgresql() as server:
        yield server.url


@pytest.fixture
async def database(server: str) -> str:
    async with open_store(server) as store:
        for lease in await store.leases.living(""):
            await store.leases.give_back_all(lease.owner)
    return server


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"LOOK_EVERY": 0.05, "GATHER": 0.3, "PATIENCE": 0.4}.items():
        monkeypatch.setattr(shards, name, value)


class Process(Sharding):
    """A process as far as the database can tell; `told` are the shards that came and went while it ran."""

    def __init__(self, leases: LeaseStore, fixed: Shards | None = None) -> None:
        super().__init__(leases, fixed, Portion(), begun=self._came, ended=self._went)
        self.told: list[int] = []
        self.keeping = AsyncExitStack()

    async def _came(self, shard: int) -> None:
        self.told.append(shard)

    async def _went(self, shard: int) -> None:
        self.told.append(-shard)

    async def start(self, total: int = 16) -> None:
        await self.keeping.enter_async_context(keeping(self))
        await self.begin(total)


@asynccontextmanager
async def processes(url: str, count: int = 4, *fixed: Shards) -> AsyncGenerator[list[Process]]:
    async with open_store(url) as store, AsyncExitStack() as stack:
        made = [Process(store.leases, fixed[n] if fixed else None) for n in range(count)]
        for each in made:
            stack.push_async_callback(each.keeping.aclose)
        yield made


async def start_all(made: list[Process], total: int = 16) -> None:
    """On a busy machine, some may begin so late that the others have to give them shards."""
    await asyncio.gather(*(each.start(total) for each in made))
    await until(lambda: complete(made, total) and len({len(each.mine) for each in made}) == 1)


def complete(made: list[Process], total: int = 16) -> bool:
    return sorted(shard for each in made for shard in each.mine) == list(range(total))


async def test_four_that_start_together_take_four_shards_each(database: str) -> None:
    async with processes(database) as made:
        await start_all(made)
        assert {each.portion.part for each in made} == {0.25}


async def test_when_one_leaves_the_others_take_its_shards_and_give_them_back(database: str) -> None:
    async with processes(database) as made:
        await start_all(made)
        await made[0].keeping.aclose()
        await until(lambda: complete(made[1:]))
        came_back = Process(made[0].leases)
        made[0] = came_back
        async with came_back.keeping:
            await came_back.start()
            await until(lambda: complete(made) and len(came_back.mine) == 4)


async def test_one_that_restarts_soon_takes_its_shards_back(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async with processes(database) as made:
        await start_all(made)
        monkeypatch.setattr(shards, "PATIENCE", 1_000)
        before = [set(each.mine) for each in made]
        await made[0].keeping.aclose()
        came_back = Process(made[0].leases)
        async with came_back.keeping:
            await came_back.start()
            assert [set(each.mine) for each in (came_back, *made[1:])] == before


async def test_one_that_dies_loses_its_shards(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "SECONDS", 1)
    async with processes(database, 2) as made:
        await start_all(made, 4)
        for each in made:
            await each.leases.renew_all(each._us, 1)
        dead = made[0]
        dead._running = False  # it does nothing anymore
        await until(lambda: complete(made[1:], 4))


async def test_who_starts_later_gets_a_part_and_uses_the_number_the_others_use(database: str) -> None:
    async with processes(database, 2) as made:
        await made[0].start(6)
        assert complete(made[:1], 6)
        await made[1].start(9)
        await until(lambda: complete(made, 6) and len(made[1].mine) == 3)


async def test_fixed_shards_are_taken_and_not_given_away(database: str) -> None:
    async with processes(database, 2, Shards(0, 1, 4), Shards(2, 3, 4)) as made:
        await asyncio.gather(*(each.start() for each in made))
        assert [each.mine for each in made] == [{0, 1}, {2, 3}]
        await made[1].keeping.aclose()
        await asyncio.sleep(0.6)
        assert made[0].mine == {0, 1}


async def test_a_shard_that_another_process_runs_is_refused(database: str) -> None:
    async with processes(database, 2, Shards(0, 1, 4), Shards(1, 2, 4)) as made:
        await made[0].start()
        with pytest.raises(StartError, match="Another process runs shard 1 already: process"):
            await made[1].start()


async def test_another_number_of_shards_is_refused(database: str) -> None:
    async with processes(database, 2, Shards(0, 1, 4), Shards(2, 3, 8)) as made:
        await made[0].start()
        with pytest.raises(StartError, match="SHARDS says that there are 8 shards, but another process has 4: process"):
            await made[1].start()


async def test_of_two_that_start_together_with_other_numbers_one_is_refused(database: str) -> None:
    async with processes(database, 2, Shards(0, 1, 4), Shards(2, 3, 8)) as made:
        found = await asyncio.gather(*(each.start() for each in made), return_exceptions=True)
    assert any(isinstance(each, StartError) for each in found)


async def test_shards_that_nobody_runs_are_named(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shards, "UNSERVED", 0.2)
    async with processes(database, 2, Shards(0, 1, 9), Shards(3, 5, 9)) as made:
        with capture_logs() as said:
            await asyncio.gather(*(each.start() for each in made))
            await until(lambda: len(said) >= 4)
            await asyncio.sleep(0.3)  # it isn't said again
    told = [each for each in said if each["event"] == "nobody serves some servers"]
    assert [(each["shards"], each["total"]) for each in told] == [("2, 6-8", 9)] * 2


async def test_after_a_pause_nothing_is_served_until_it_has_looked_who_has_the_shards(database: str) -> None:
    async with processes(database, 1) as (process,):
        ahead = 0.0
        process.clock = lambda: time.monotonic() + ahead
        await process.start(4)
        await until(lambda: process._wakes_at < math.inf)
        assert not process.was_paused
        ahead += shards.SECONDS
        assert process.was_paused
        await until(lambda: not process.was_paused)
        assert process.mine == {0, 1, 2, 3}, "nobody else has taken them"


@pytest.mark.parametrize(("numbers", "said"), [([], ""), ([5], "5"), ([0, 1, 2], "0-2"), ([0, 2, 3, 9], "0, 2-3, 9")])
def test_ranges_are_said_in_short(numbers: list[int], said: str) -> None:
    assert shards.ranges(numbers) == said
