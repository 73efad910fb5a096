"""Cards under posted addresses: where they are wanted, and not more than people can bear."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from storage.community import Community
from storage.records import Preferences, Preview

AGAIN_AFTER = 10 * 60.0  # seconds until the same design gets a card in the same channel again
MOST_A_MINUTE = 5  # cards in one channel
CHANNELS_AT_MOST = 2_000
SILENT_FOR = 10 * 60.0  # seconds in a channel where the bot may not post


class Previews:
    def __init__(
        self,
        community: Community,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._community = community
        self._clock = clock
        self._now = now
        self._shown: OrderedDict[int, deque[tuple[int, float]]] = OrderedDict()
        self._silent: dict[int, float] = {}

    def claim(self, channel: int, thing: int) -> bool:
        """Whether a card for the design may be shown there now; it then counts as shown."""
        now = self._clock()
        if self._silent.get(channel, float("-inf")) > now:
            return False
        shown = self._shown.setdefault(channel, deque())
        self._shown.move_to_end(channel)
        if len(self._shown) > CHANNELS_AT_MOST:
            self._shown.popitem(last=False)
        while shown and now - shown[0][1] > AGAIN_AFTER:
            shown.popleft()
        lately = sum(now - at < 60.0 for _, at in shown)
        if lately >= MOST_A_MINUTE or any(known == thing for known, _ in shown):
            return False
        shown.append((thing, now))
        return True

    def silence(self, channel: int) -> None:
        """Do not try there again for a while: the bot may not post."""
        self._silent[channel] = self._clock() + SILENT_FOR
        if len(self._silent) > CHANNELS_AT_MOST:
            self._silent.pop(next(iter(self._silent)))

    async def wanted_by(self, person: int) -> bool:
        return not (await self._community.preferences_of(person)).no_previews

    async def toggle(self, person: int) -> bool:
        """Let the person's posts have cards, or no longer; True if they have them now."""
        chosen: Preferences = await self._community.preferences_of(person)
        await self._community.keep_preferences(replace(chosen, no_previews=not chosen.no_previews))
        return chosen.no_previews

    async def keep(self, *, message: int, guild: int, channel: int, card: int, person: int, thing: int) -> None:
        """Note that a card stands under a message, to go with it."""
        await self._community.keep_preview(Preview(message, guild, channel, card, person, thing, self._now()))

    async def of(self, message: int) -> Preview | None:
        return await self._community.preview_of(message)

    async def take(self, message: int) -> Preview | None:
        """The card under a message, which is forgotten with this."""
        return await self._community.take_preview(message)
