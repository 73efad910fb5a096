"""The job that looks each minute whose designs are due."""

from __future__ import annotations

import asyncio

from operations.reports import keep_reporting
from tests.waiting import until


async def test_a_failure_ends_nothing_and_nothing_is_sent_without_a_connection() -> None:
    connected, looked = False, 0

    async def send_due() -> None:
        nonlocal looked
        looked += 1
        raise RuntimeError("once more")

    asked = 0

    def is_connected() -> bool:
        nonlocal asked
        asked += 1
        return connected

    task = asyncio.create_task(keep_reporting(send_due, is_connected, every=0))
    await until(lambda: asked > 3)
    assert looked == 0
    connected = True
    await until(lambda: looked > 3)
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
