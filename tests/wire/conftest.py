from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from fakes.discord.server import FakeDiscord
from tests.waiting import PATIENCE
from tests.wire.plain_bot import Bot, running


@pytest.fixture
async def fake() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord(strict_answers=True) as fake:
        yield fake


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    """The fake Discord for a bot in its own process."""
    async with FakeDiscord() as discord:
        discord.state.first_sign = PATIENCE  # tests don't fail for slow replies; the soak test does
        yield discord


@pytest.fixture
async def bot(fake: FakeDiscord) -> AsyncGenerator[Bot]:
    async with running(fake, Bot()) as bot:
        yield bot
    assert (fake.violations, fake.state.misfits) == ([], [])
