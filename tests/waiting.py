"""Wait for a condition, long enough for a very busy machine."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

PATIENCE = 60.0  # seconds


async def until(condition: Callable[[], object], timeout: float = PATIENCE) -> None:
    """Check the condition until it's true. Raises TimeoutError."""
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.02)
