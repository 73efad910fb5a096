"""What a channel is: whether adult designs may be shown there, and to which channel a thread belongs."""

from __future__ import annotations

from dataclasses import dataclass

import discord
from cachetools import TTLCache

from desk.discord_errors import FAILED, note
from desk.interactions import Interaction

REMEMBERED = 5 * 60.0  # seconds
CHANNELS_AT_MOST = 2_000
THREADS = {10, 11, 12}  # Discord's channel types


@dataclass(frozen=True)
class ChannelInfo:
    """A channel or thread; a thread is as restricted as its parent."""

    guild: int  # 0 for a DM
    restricted: bool
    parent: int | None = None


class Channels:
    """Reads a channel's age restriction from the interaction, and a thread's from its parent, which is requested.

    There's no cache of servers, because the bot doesn't use the intent that fills it.
    """

    def __init__(self) -> None:
        self._known: TTLCache[int, ChannelInfo] = TTLCache(CHANNELS_AT_MOST, ttl=REMEMBERED)

    async def age_restricted(self, interaction: Interaction) -> bool:
        channel = interaction.channel
        if isinstance(channel, discord.Thread):
            parent = await self.of(channel.parent_id, interaction.client)
            return parent is not None and parent.restricted
        return bool(getattr(channel, "nsfw", False))

    async def of(self, channel: int, client: discord.Client) -> ChannelInfo | None:
        """A channel or thread from Discord; None if the bot can't see it."""
        if (known := self._known.get(channel)) is not None:
            return known
        try:
            found = await client.http.get_channel(channel)
        except FAILED as error:  # the bot isn't in the server, or Discord fails: adult designs aren't shown then
            note("channel not loaded", error)
            return None
        guild = int(found.get("guild_id") or 0)
        info = ChannelInfo(guild, bool(found.get("nsfw", False)))
        parent = found.get("parent_id")
        if found["type"] in THREADS and parent is not None:
            above = await self.of(int(parent), client)
            info = ChannelInfo(guild, above is not None and above.restricted, int(parent))
        self._known[channel] = info
        return info
