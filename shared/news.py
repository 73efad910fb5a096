"""Tell the other processes what has changed. Whoever misses it finds out half a minute later."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, cast

import structlog
from redis.asyncio.client import PubSub

from shared.link import LOOKED, Gone, Link

log = structlog.get_logger("shared.news")

Listener = Callable[[str], Awaitable[None]]


class News:
    """`listeners` have the kinds of news: each is called with what the news is about."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._channel = link.key("news")
        self.listeners: dict[str, Listener] = {}

    async def tell(self, kind: str, about: str) -> None:
        with suppress(Gone), self._link.using() as redis:
            await redis.publish(self._channel, f"{kind} {about}")  # pyright: ignore[reportUnknownMemberType]

    async def listen(self) -> None:
        """Listen forever, and again after Redis was away."""
        while True:
            with suppress(Gone):
                await self._listen()
            await asyncio.sleep(LOOKED)

    async def _listen(self) -> None:
        with self._link.using() as redis:
            async with PubSub(redis.connection_pool, ignore_subscribe_messages=True) as hearing:
                await hearing.subscribe(self._channel)
                while True:
                    heard = cast("Any", await hearing.get_message(timeout=LOOKED))
                    if heard is not None:
                        await self._heard(heard["data"])

    async def _heard(self, data: bytes) -> None:
        kind, _, about = data.decode(errors="replace").partition(" ")
        if (listener := self.listeners.get(kind)) is not None:
            try:
                await listener(about)
            except ValueError:
                log.warning("news not understood", kind=kind)
