"""The client: discord.py's bot, with our rooms in it."""

from __future__ import annotations

from typing import Any

import discord
from aiohttp import web
from discord import app_commands
from discord.ext import commands

from operations.commands import sync_when_changed
from storage.store import Store
from thingiverse.client import Thingiverse
from ui.presses import Presses
from ui.replies import Desk, Interaction
from ui.texts import CommandTexts

# DMs for pasted addresses, server messages for keys pasted by mistake. Neither is privileged, and without the
# GUILDS intent no server is kept in memory.
INTENTS = discord.Intents(guild_messages=True, dm_messages=True)


def intents(*, previews: bool) -> discord.Intents:
    """With previews of posted addresses, also what people write; that one is privileged."""
    wanted = discord.Intents(**dict(INTENTS))
    wanted.message_content = previews
    return wanted


class Tree(app_commands.CommandTree["Thingamabot"]):
    """Failures outside a command's own body end where all others do."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        if interaction.type is not discord.InteractionType.autocomplete:
            await self.client.desk.failed(interaction, error)


class Thingamabot(commands.AutoShardedBot):
    """discord.py's bot with our rooms in it. Sharded, because only that asks Discord for the gateway's address."""

    def __init__(
        self, desk: Desk, presses: Presses, store: Store, thingiverse: Thingiverse, intents: discord.Intents
    ) -> None:
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=Tree,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.desk = desk
        self.store = store
        self.thingiverse = thingiverse
        self.page: web.Application | None = None
        self._presses = presses
        self._rooms: list[commands.Cog] = []

    def furnish(self, *cogs: commands.Cog) -> None:
        self._rooms += cogs

    async def setup_hook(self) -> None:
        await self.tree.set_translator(CommandTexts(self.desk.texts))
        for cog in self._rooms:
            await self.add_cog(cog)
        if self.application_id is not None:
            await sync_when_changed(self.tree, self.store, self.application_id)

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Commands have their tree; only presses and forms are told to `on_interaction`, each at the cost of a task."""
        if event_name != "interaction" or self._presses.concern(args[0]):
            super().dispatch(event_name, *args, **kwargs)

    async def servers_present(self) -> set[int]:
        """The servers that the bot is in, as Discord says."""
        return {guild.id async for guild in self.fetch_guilds(limit=None, with_counts=False)}

    async def on_interaction(self, interaction: Interaction) -> None:
        await self._presses.receive(interaction)

    async def on_message(self, message: discord.Message, /) -> None:
        """There are no text commands; what is said in DMs is the accounts cog's."""
