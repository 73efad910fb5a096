"""What has to be done now and then."""

from __future__ import annotations

import asyncio

import structlog

from actions.accounts import Accounts

log = structlog.get_logger("operations.housekeeping")

EVERY = 10 * 60.0  # seconds


async def keep_house(accounts: Accounts, every: float = EVERY) -> None:
    """Delete run-out attempts, with any token parked in them, for ever. A failure is logged and tried again."""
    while True:
        try:
            await accounts.forget_expired()
        except Exception:
            log.exception("housekeeping failed")
        await asyncio.sleep(every)
