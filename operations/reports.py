"""Count makers' designs once a day, and send the DMs they asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog

log = structlog.get_logger("operations.reports")

EVERY = 60.0  # seconds


async def keep_reporting(
    send_due: Callable[[], Awaitable[None]], connected: Callable[[], bool], every: float = EVERY
) -> None:
    """Look each minute who is due, forever, while there's a connection to Discord. Failures are logged."""
    while True:
        await asyncio.sleep(every)
        if connected():
            try:
                await send_due()
            except Exception:
                log.exception("daily counts failed")
