from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncGenerator, Generator

import pytest

from fakes.discord.server import FakeDiscord
from tests.waiting import PATIENCE
from tests.wire.process import ROOT


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord() as fake:
        fake.state.first_sign = PATIENCE
        yield fake


@pytest.fixture(scope="session")
def driver() -> Generator[subprocess.Popen[str]]:
    """The process that forks the ones to be killed."""
    program, pipe = [sys.executable, "-m", "tests.faults.dying"], subprocess.PIPE
    with subprocess.Popen(program, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) as driver:
        yield driver  # it exits when its standard input is closed
