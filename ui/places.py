"""Whether adult designs may be shown where somebody asks."""

from __future__ import annotations

import time
from collections import OrderedDict

import discord
import structlog

from ui.customs import Customs
from ui.replies import Interaction

log = structlog.get_logger("ui.places")

REMEMBERED = 5 * 60.0  # seconds
PARENTS_AT_MOST = 1_000


class Places:
    """Reads a channel's age restriction from the interaction; a thread's from its parent, asked for once in a while.

    There is no cache of servers to look in: the bot does without the intent that would fill it.
    """

    def __init__(self, customs: Customs) -> None:
        self._customs = customs
        self._parents: OrderedDict[int, tuple[bool, float]] = OrderedDict()

    async def age_restricted(self, interaction: Interaction) -> bool:
        channel = interaction.channel
        if await self._customs.never_adult(interaction):
            return False
        if isinstance(channel, discord.Thread):
            return await self._parent_restricted(interaction, channel.parent_id)
        return bool(getattr(channel, "nsfw", False))

    async def _parent_restricted(self, interaction: Interaction, parent: int) -> bool:
        restricted, at = self._parents.get(parent, (False, float("-inf")))
        if time.monotonic() - at < REMEMBERED:
            return restricted
        try:
            found = await interaction.client.http.get_channel(parent)
        except discord.HTTPException as error:  # not in that server, or Discord is in trouble: be careful
            log.info("parent unknown", channel=parent, status=error.status)
            return False
        restricted = bool(found.get("nsfw", False))
        self._parents[parent] = (restricted, time.monotonic())
        if len(self._parents) > PARENTS_AT_MOST:
            self._parents.popitem(last=False)
        return restricted


def in_own_server(interaction: Interaction) -> bool:
    """Whether the bot was asked in a server that it is a member of, not only its user's guest."""
    return interaction.guild_id is not None and (
        interaction.is_guild_integration() or not interaction.is_user_integration()
    )
