"""What a channel is: whether adult designs may be shown there, and to which channel a thread belongs."""

from __future__ import annotations

import time
from collections import OrderedDict
from dataclasses import dataclass

import discord
import structlog

from ui.customs import Customs
from ui.replies import Interaction

log = structlog.get_logger("ui.places")

REMEMBERED = 5 * 60.0  # seconds
CHANNELS_AT_MOST = 2_000
THREADS = {10, 11, 12}  # Discord's channel types


@dataclass(frozen=True)
class Place:
    """A channel or thread; a thread is as restricted as its parent."""

    restricted: bool
    parent: int | None = None


class Places:
    """Reads a channel's age restriction from the interaction; a thread's from its parent, asked for once in a while.

    There is no cache of servers to look in: the bot does without the intent that would fill it.
    """

    def __init__(self, customs: Customs) -> None:
        self._customs = customs
        self._known: OrderedDict[int, tuple[Place, float]] = OrderedDict()

    async def age_restricted(self, interaction: Interaction) -> bool:
        channel = interaction.channel
        if await self._customs.never_adult(interaction):
            return False
        if isinstance(channel, discord.Thread):
            parent = await self.of(channel.parent_id, interaction.client)
            return parent is not None and parent.restricted
        return bool(getattr(channel, "nsfw", False))

    async def of(self, channel: int, client: discord.Client) -> Place | None:
        """The channel or thread as Discord describes it; None where the bot cannot see it."""
        known, at = self._known.get(channel, (None, float("-inf")))
        if known is not None and time.monotonic() - at < REMEMBERED:
            return known
        try:
            found = await client.http.get_channel(channel)
        except discord.HTTPException as error:  # not in that server, or Discord is in trouble: be careful
            log.info("channel unknown", channel=channel, status=error.status)
            return None
        place = Place(bool(found.get("nsfw", False)))
        parent = found.get("parent_id")
        if found["type"] in THREADS and parent is not None:
            above = await self.of(int(parent), client)
            place = Place(above is not None and above.restricted, int(parent))
        self._known[channel] = (place, time.monotonic())
        if len(self._known) > CHANNELS_AT_MOST:
            self._known.popitem(last=False)
        return place


def in_own_server(interaction: Interaction) -> bool:
    """Whether the bot was asked in a server that it is a member of, not only its user's guest."""
    return interaction.guild_id is not None and (
        interaction.is_guild_integration() or not interaction.is_user_integration()
    )
