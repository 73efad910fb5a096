"""Turns to identify while Redis doesn't answer: leases in the database that nobody gives back."""

from __future__ import annotations

import asyncio

import structlog

from storage.errors import StorageError
from storage.leases import LeaseStore, this_process

log = structlog.get_logger("operations.identify_leases")

SECONDS = 7  # five between two IDENTIFYs of a bucket, and what connecting takes
LOOKED = 0.5  # seconds


class IdentifyLeases:
    def __init__(self, leases: LeaseStore) -> None:
        self._leases = leases
        self._us = this_process()

    async def wait(self, bucket: int) -> None:
        """Wait for the bucket's turn. Without the database, wait as discord.py does."""
        name, owner = f"identify:{bucket}", self._us.new_owner()
        try:
            while True:
                if await self._leases.take(name, owner, self._us.host, self._us.pid, SECONDS) is not None:
                    return
                await asyncio.sleep(LOOKED)
        except StorageError as error:
            log.warning("turns to identify can't be read", why=str(error))
            await asyncio.sleep(SECONDS)
