from __future__ import annotations

import asyncio
from unittest.mock import create_autospec

from actions.linking import Linking
from operations.housekeeping import keep_house


async def test_it_goes_on_after_a_failure_and_ends_when_told() -> None:
    links = create_autospec(Linking, instance=True)
    links.forget_expired.side_effect = [RuntimeError("once"), 0, 0, 0]
    task = asyncio.create_task(keep_house(links, every=0))
    while links.forget_expired.await_count < 3:
        await asyncio.sleep(0)
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
