from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from fakes.discord.state import Place
from tests.feeds.stage import Stage, open_stage


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncGenerator[Stage]:
    async with open_stage(tmp_path) as stage:
        yield stage


@pytest.fixture
def prints(stage: Stage) -> Place:
    """A channel."""
    return stage.discord.channels.create("prints")
