from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from demo.thingiverse import FakeThingiverse
from tests.stage import Stage, open_stage


@pytest.fixture
async def world() -> AsyncGenerator[FakeThingiverse]:
    async with FakeThingiverse() as world:
        yield world


@pytest.fixture
async def stage(world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Stage]:
    async with open_stage(world, tmp_path) as stage:
        yield stage
