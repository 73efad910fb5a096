"""What a server doesn't allow in its channels, whatever a feed follows."""

from __future__ import annotations

import discord

from desk.channels import Channels
from desk.feed_messages import ReadSettings
from feed_records import Stop, Subscription
from thingiverse.models import Thing


class FeedRules:
    def __init__(self, client: discord.Client, channels: Channels, settings: ReadSettings) -> None:
        self._client = client
        self._channels = channels
        self._settings = settings

    async def allows(self, subscription: Subscription, thing: Thing) -> Stop | None:
        """Why the design may not be posted there, or None. Adult designs only in age-restricted channels."""
        if not thing.is_nsfw:
            return None
        if subscription.guild is None:
            return "adult"
        settings = await self._settings(subscription.guild)
        info = await self._channels.of(subscription.channel, self._client)
        return None if info is not None and settings.shows_adult(restricted=info.restricted) else "adult"
