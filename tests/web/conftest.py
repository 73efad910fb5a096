from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from demo.thingiverse import FakeThingiverse
from tests.web.stage import FLOWS, Paged, browsers, open_paged


@pytest.fixture(params=FLOWS)
async def paged(request: pytest.FixtureRequest, world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Paged]:
    """In each of Thingiverse's two flows."""
    async with open_paged(world, tmp_path, flow=request.param) as paged:
        yield paged


@pytest.fixture
async def token_page(world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Paged]:
    """In the one with a fragment, for what is the same in both."""
    async with open_paged(world, tmp_path, flow="token") as paged:
        yield paged


@pytest.fixture
async def new_browser() -> AsyncGenerator[Any]:
    async with browsers() as new:
        yield new
