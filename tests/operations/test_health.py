"""A bot whose loop stands still ends, and one that's only busy doesn't."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.wire.process import ROOT

PROGRAM = """
import asyncio, time
from operations.health import ending_when_stuck

async def main():
    secret = "hidden-canary"
    async with ending_when_stuck(1.0):
        for _ in range(20):
            await asyncio.sleep(0.1)
        print("busy", flush=True)
        time.sleep({stuck})
    print("left", flush=True)
    time.sleep({after})

asyncio.run(main())
"""


@pytest.mark.parametrize(("stuck", "after", "code"), [(60, 0, 1), (0, 2, 0)])
def test_a_loop_that_stands_still_ends_the_process(stuck: int, after: int, code: int) -> None:
    program = PROGRAM.format(stuck=stuck, after=after)
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=50, check=False
    )
    assert ended.returncode == code, ended.stderr
    assert ended.stdout.split() == (["busy"] if code else ["busy", "left"])
    assert ("Timeout" in ended.stderr) == bool(code)
    assert "canary" not in ended.stderr
