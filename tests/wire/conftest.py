from __future__ import annotations

from collections.abc import AsyncGenerator

import pytest

from tests.wire.discord import FakeDiscord
from tests.wire.plain_bot import Bot, running


@pytest.fixture
async def fake() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord(strict_answers=True) as fake:
        yield fake


@pytest.fixture
async def bot(fake: FakeDiscord) -> AsyncGenerator[Bot]:
    async with running(fake, Bot()) as bot:
        yield bot
    assert (fake.violations, fake.state.misfits) == ([], [])
