"""A 429 or an outage that one process runs into spares the others."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest

from shared.pauses import SharedPauses
from tests.redis_server import RedisServer
from tests.shared.stage import two_linked
from thingiverse.breaker import Breaker, Slow
from thingiverse.errors import NotAsked

HOST = "https://api.example.org"


@dataclass
class Process:
    """One process's requests to a host."""

    pauses: SharedPauses
    breaker: Breaker

    async def ask(self, *, fails: bool = False) -> float:
        """Seconds to wait after a 429. Raises NotAsked or Slow."""
        closed = await self.pauses.closed_for(HOST, self.breaker)
        if closed > 0:
            return closed
        try:
            with self.breaker.call(15):
                if fails:
                    raise Slow("no answer")
        finally:
            await self.pauses.tell(HOST, self.breaker)
        return 0.0


@asynccontextmanager
async def two_processes(redis: RedisServer) -> AsyncGenerator[tuple[Process, Process]]:
    async with two_linked(redis.url) as (one, two, clock):
        yield Process(SharedPauses(one), Breaker(clock)), Process(SharedPauses(two), Breaker(clock))


async def test_after_a_429_all_processes_wait(redis: RedisServer) -> None:
    async with two_processes(redis) as (one, two):
        await one.pauses.close(HOST, 30)
        assert 0 < await two.ask() <= 30
        assert await two.pauses.closed_for("https://www.example.org", two.breaker) == 0


async def test_an_outage_stops_all_processes_and_its_end_lets_all_go_on(redis: RedisServer) -> None:
    async with two_processes(redis) as (one, two):
        with pytest.raises(Slow):
            await one.ask(fails=True)
        with pytest.raises(NotAsked):
            await two.ask()
        assert two.breaker.since == one.breaker.since is not None
        with redis.client() as client:
            client.delete(one.pauses._key("open", HOST))  # as if the pause were over
        await two.ask()
        assert two.breaker.since is None
        await one.ask()
        assert one.breaker.since is None


async def test_only_one_process_tries_when_the_pause_is_over(redis: RedisServer) -> None:
    async with two_processes(redis) as (one, two):
        with pytest.raises(Slow):
            await one.ask(fails=True)
        with redis.client() as client:
            client.delete(one.pauses._key("open", HOST))
        assert await two.pauses.closed_for(HOST, two.breaker) == 0  # it begins its try
        with pytest.raises(NotAsked):
            await one.ask()
        with two.breaker.call(15):
            pass
        await two.pauses.tell(HOST, two.breaker)
        assert await one.ask() == 0


async def test_a_failed_try_makes_the_pause_longer_for_all(redis: RedisServer) -> None:
    async with two_processes(redis) as (one, two):
        with pytest.raises(Slow):
            await one.ask(fails=True)
        with redis.client() as client:
            client.delete(one.pauses._key("open", HOST))
        with pytest.raises(Slow):
            await two.ask(fails=True)
        with pytest.raises(NotAsked):
            await one.ask()
        assert one.breaker.outage is not None
        assert one.breaker.outage.left > 15
        assert one.breaker.since == two.breaker.since


async def test_without_redis_each_process_knows_its_own(redis: RedisServer) -> None:
    async with two_processes(redis) as (one, two):
        redis.kill()
        with pytest.raises(Slow):
            await one.ask(fails=True)
        with pytest.raises(NotAsked):
            await one.ask()
        assert await two.ask() == 0
