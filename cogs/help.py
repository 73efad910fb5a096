"""/help"""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from ui import help_card
from ui.inputs import anywhere
from ui.replies import Desk, Interaction, Reply


class HelpCog(commands.Cog, name="help"):
    def __init__(self, desk: Desk, *, support_url: str | None) -> None:
        self._desk = desk
        self._support_url = support_url

    @app_commands.command(
        name=locale_str("help"), description=locale_str("What I can do, what I keep, and where to ask")
    )
    @anywhere
    async def help(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show)

    async def _show(self, reply: Reply) -> None:
        await reply.send(*help_card.card(reply.language, support_url=self._support_url))
