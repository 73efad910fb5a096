"""Turns to identify while Redis doesn't answer: leases in the database that nobody gives back."""

from __future__ import annotations

import asyncio

import structlog

from storage.errors import StorageError
from storage.leases import LeaseStore, this_process

log = structlog.get_logger("operations.identify_leases")

SECONDS = 7  # five between two IDENTIFYs of a bucket, and what connecting takes
LOOK_EVERY = 0.5  # seconds


async def wait_for_turn(leases: LeaseStore, bucket: int) -> None:
    """Wait for the bucket's turn. Without the database, wait as discord.py does."""
    us = this_process()
    owner = us.new_owner()
    try:
        while True:
            if await leases.take(f"identify:{bucket}", owner, us.host, us.pid, SECONDS) is not None:
                return
            await asyncio.sleep(LOOK_EVERY)
    except StorageError as error:
        log.warning("turns to identify can't be read", why=str(error))
        await asyncio.sleep(SECONDS)
