"""What a server doesn't allow in its channels, whatever a feed follows."""

from __future__ import annotations

import discord

from cards.gallery import is_unwanted
from desk.channels import Channels
from desk.requests import ReadSettings
from feed_records import Stop, Subscription
from thingiverse.models import Thing


class FeedRules:
    def __init__(self, client: discord.Client, channels: Channels, settings: ReadSettings) -> None:
        self._client = client
        self._channels = channels
        self._settings = settings

    async def allows(self, subscription: Subscription, thing: Thing) -> Stop | None:
        """Why the design may not be posted there, or None. Adult designs only in age-restricted channels."""
        if subscription.guild is None:
            return "adult" if thing.is_nsfw else None
        settings = await self._settings(subscription.guild)
        if is_unwanted(thing, settings.unwanted):
            return "ai" if settings.unwanted.ai and thing.is_ai else "hidden"
        if not thing.is_nsfw:
            return None
        info = await self._channels.of(subscription.channel, self._client)
        return None if info is not None and settings.shows_adult(restricted=info.restricted) else "adult"
