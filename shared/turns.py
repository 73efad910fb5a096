"""Turns that all processes take: when a shard may identify, a feed's message may be sent, or a person may go on."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from secrets import token_hex
from typing import Any

from shared.link import Gone, Link
from shared.windows import Windows

APART = 5.0  # seconds between two IDENTIFYs of one bucket (Discord's topics/gateway, "Rate Limiting")
CONNECTED = 30.0  # seconds that connecting may take between getting a turn and using it
LOOKED = 0.1
A_SECOND = 1_000  # milliseconds


async def _apart(_: int) -> None:
    await asyncio.sleep(APART)  # as discord.py does


class IdentifyTurns:
    """One IDENTIFY in five seconds for each bucket; a shard's bucket is its number modulo max_concurrency.

    `without` waits for a bucket's turn while Redis doesn't answer.
    """

    def __init__(self, link: Link, without: Callable[[int], Awaitable[None]] = _apart) -> None:
        self._link = link
        self.without = without
        self._us = token_hex(8)
        self.max_concurrency = 1  # until Discord says how many

    async def wait(self, shard: int) -> None:
        """Wait until the shard may connect. Nobody else of its bucket does, until it has identified."""
        try:
            while True:
                if await self._take(shard):
                    return
                await asyncio.sleep(LOOKED)
        except Gone:
            await self.without(shard % self.max_concurrency)

    async def _take(self, shard: int) -> bool:
        with self._link.using() as redis:
            key, us, span = self._key(shard), f"{self._us}-{shard}", round(CONNECTED * 1000)
            if await redis.set(key, us, px=span, nx=True):
                return True
            holder: Any = await redis.get(key)
            if holder != us.encode():
                return False
            return bool(await redis.set(key, us, px=span))  # it couldn't connect, and tries again

    async def used(self, shard: int) -> None:
        """The shard identifies now, so the next one of its bucket may in five seconds."""
        with suppress(Gone), self._link.using() as redis:
            await redis.set(self._key(shard), f"{self._us} used", px=round(APART * 1000))

    def _key(self, shard: int) -> str:
        return self._link.key("identify", str(shard % self.max_concurrency))


class SendTurns:
    """So many messages of feeds in any second, whichever process sends them."""

    def __init__(self, link: Link, per_second: int) -> None:
        self._windows = Windows(link, A_SECOND)
        self._key = link.key("sent")
        self._per_second = per_second

    async def wait(self) -> None:
        with suppress(Gone):  # whoever sends has the lease, and spaces messages, too
            while True:
                taken = await self._windows.take(token_hex(8), [self._key], [self._per_second])
                if taken.full is None:
                    return
                await asyncio.sleep(taken.wait)


class PersonTurns:
    """How often each person does something in so many milliseconds, in all processes. Nobody's ID is in Redis."""

    def __init__(self, link: Link, what: str, span: int) -> None:
        self._link = link
        self._what = what
        self._windows = Windows(link, span)

    async def count(self, person: int, most: int) -> float:
        """Count one more, at most so many. Returns the seconds to wait if there were as many. Without Redis, it's 0."""
        key = self._link.key("turns", self._what, self._link.hashed(f"person {person}"))
        try:
            taken = await self._windows.take(token_hex(8), [key], [most])
        except Gone:
            return 0.0
        return 0.0 if taken.full is None else max(1.0, taken.wait)
