from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.redis_server import MISSING, PROGRAM, RedisServer, running_redis


@pytest.fixture
async def redis() -> AsyncGenerator[RedisServer]:
    if PROGRAM is None:
        pytest.skip(MISSING)
    with running_redis() as server:
        await server.answers()
        yield server
