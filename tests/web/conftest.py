from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from fakes.thingiverse import FakeThingiverse
from tests.web.stage import FLOWS, Paged, browsers, open_chromium, open_paged

FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run all tests here in the browser's event loop, because the browser is started once."""
    for item in items:
        if item.path.parent == FOLDER and inspect.iscoroutinefunction(getattr(item, "obj", None)):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def chromium() -> AsyncGenerator[Any]:
    async with open_chromium() as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="session")
async def world() -> AsyncGenerator[FakeThingiverse]:
    async with FakeThingiverse() as world:
        yield world


@pytest_asyncio.fixture(loop_scope="session", params=FLOWS)
async def paged(request: pytest.FixtureRequest, world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Paged]:
    """The page with each of Thingiverse's two flows."""
    async with open_paged(world, tmp_path, flow=request.param) as paged:
        yield paged


@pytest_asyncio.fixture(loop_scope="session")
async def token_page(world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Paged]:
    """The page with the token flow, for tests that need only one."""
    async with open_paged(world, tmp_path, flow="token") as paged:
        yield paged


@pytest_asyncio.fixture(loop_scope="session")
async def new_browser(chromium: Any) -> AsyncGenerator[Any]:
    """A function that opens one browser per person: `await new(java_script_enabled=False)`."""
    async with browsers(chromium) as new:
        yield new
