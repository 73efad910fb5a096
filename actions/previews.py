"""Decide which posted links get a preview, and record previews."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime

from cachetools import LRUCache, TTLCache
from pyrate_limiter import Rate, RateItem

from records import Preview
from storage.community import Community
from thingiverse.buckets import Bucket

AGAIN_AFTER = 10 * 60.0  # seconds until the same design gets a preview in the same channel again
MOST_A_MINUTE = Rate(5, 60_000)  # previews in one channel
SHOWN_AT_MOST = 20_000
CHANNELS_AT_MOST = 2_000
SILENT_FOR = 10 * 60.0  # seconds in a channel where the bot can't post


class Previews:
    def __init__(self, community: Community) -> None:
        self._community = community
        self._shown: TTLCache[tuple[int, int], bool] = TTLCache(SHOWN_AT_MOST, AGAIN_AFTER)
        self._lately: LRUCache[int, Bucket] = LRUCache(CHANNELS_AT_MOST)
        self._silent: TTLCache[int, bool] = TTLCache(CHANNELS_AT_MOST, SILENT_FOR)

    def claim(self, channel: int, thing: int) -> bool:
        """Whether a preview of the design may be shown in the channel now. If so, it counts as shown."""
        if channel in self._silent or (channel, thing) in self._shown:
            return False
        lately, now = self._lately.setdefault(channel, Bucket([MOST_A_MINUTE])), time.monotonic_ns() // 1_000_000
        lately.leak(now)
        if not lately.put(RateItem("preview", now)):
            return False
        self._shown[channel, thing] = True
        return True

    def give_back(self, channel: int, thing: int) -> None:
        """Undo a claim, so that the next link to the design can get a preview. It still counts for the limit."""
        self._shown.pop((channel, thing), None)

    def silence(self, channel: int) -> None:
        """Stop trying in the channel for a while, because the bot can't post there."""
        self._silent[channel] = True

    async def wanted_by(self, person: int) -> bool:
        return not (await self._community.preferences_of(person)).no_previews

    async def toggle(self, person: int) -> bool:
        """Turn previews of the person's links on or off. Returns True if they're on now."""
        chosen = await self._community.preferences_of(person)
        await self._community.keep_preferences(replace(chosen, no_previews=not chosen.no_previews))
        return chosen.no_previews

    async def keep(self, *, message: int, guild: int, channel: int, card: int, person: int, thing: int) -> None:
        """Record a preview, so that it's deleted with its message."""
        await self._community.keep_preview(Preview(message, guild, channel, card, person, thing, datetime.now(UTC)))

    async def of(self, message: int) -> Preview | None:
        return await self._community.preview_of(message)

    async def take(self, message: int) -> Preview | None:
        """Delete the record of a message's preview and return it."""
        return await self._community.take_preview(message)
