"""A client with a clock that tests set, and a fake Thingiverse that fails on demand."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import aiohttp
import pytest

from fakes.thingiverse import FakeThingiverse
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.transport import Transport

AGENT = "Thingamabot-test/0 (+https://example.org)"


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def clock() -> Clock:
    return Clock()


def client_of(world: FakeThingiverse, session: aiohttp.ClientSession, clock: Clock, timeout: float) -> Thingiverse:
    transport = Transport(
        session, user_agent=AGENT, budget=Budget(1_000), timeout=timeout, clock=clock, first_pause=0.001
    )
    return Thingiverse(transport, api_url=world.api_url, www_url=world.www_url, clock=clock)


@pytest.fixture
def client(world: FakeThingiverse, session: aiohttp.ClientSession, clock: Clock) -> Thingiverse:
    return client_of(world, session, clock, 30.0)


@pytest.fixture
def hasty(world: FakeThingiverse, session: aiohttp.ClientSession, clock: Clock) -> Thingiverse:
    """A client that gives up soon, for a Thingiverse that hangs."""
    return client_of(world, session, clock, 1.0)
