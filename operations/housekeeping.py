"""What has to be done now and then."""

from __future__ import annotations

import asyncio

import structlog

from actions.linking import Linking

log = structlog.get_logger("operations.housekeeping")

EVERY = 60.0  # seconds; a key that nobody confirms is not to lie about


async def keep_house(links: Linking, every: float = EVERY) -> None:
    """Delete run-out attempts, with any token parked in them, for ever. A failure is logged and tried again."""
    while True:
        try:
            await links.forget_expired()
        except Exception:
            log.exception("housekeeping failed")
        await asyncio.sleep(every)
