from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.wire.discord import FakeDiscord


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord() as fake:
        yield fake
