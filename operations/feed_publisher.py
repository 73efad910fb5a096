"""Publish digests of announcement channels to those who follow them, apart from sending."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict, deque

import discord

from desk.discord_errors import FAILED, may_have_happened, note
from desk.feed_channels import FeedChannels
from storage.store import Store

AN_HOUR = 3_600.0
MOST = 10  # an hour; some say for a channel, others for a server, so it's for a server
WITHIN = 20.0  # seconds; discord.py would wait for an hour
ALREADY_PUBLISHED = 40033


class FeedPublisher:
    def __init__(self, store: Store, channels: FeedChannels) -> None:
        self._store = store
        self._channels = channels
        self._published: defaultdict[int, deque[float]] = defaultdict(lambda: deque(maxlen=MOST))

    async def publish_due(self) -> int:
        """Publish what may be published now. Returns how many messages. Raises StorageError."""
        count = 0
        for row in await self._store.posted.to_publish():
            if not self._has_room(row.guild or 0):
                continue
            done = await self._publish(row.channel, row.message)
            if done is not None:
                await self._store.posted.published(row.post, done=done)
                count += done
        return count

    def _has_room(self, guild: int) -> bool:
        times = self._published[guild]
        now = time.monotonic()
        if len(times) == MOST and now - times[0] < AN_HOUR:
            return False
        times.append(now)
        return True

    async def _publish(self, channel: int, message: int) -> bool | None:
        """Whether it's published; None if it should be tried again."""
        try:
            async with asyncio.timeout(WITHIN):
                await self._channels.publish(channel, message)
        except (*FAILED, TimeoutError) as error:
            note("digest not published", error)
            if isinstance(error, discord.HTTPException) and error.code == ALREADY_PUBLISHED:
                return True
            return None if isinstance(error, TimeoutError) or may_have_happened(error) else False
        return True
