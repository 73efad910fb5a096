"""/settings: one panel for the moderators."""

from __future__ import annotations

from typing import Any

from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.servers import Servers, ServerSettings
from errors import BotError
from ui import settings_panel
from ui.inputs import for_moderators
from ui.places import in_own_server
from ui.presses import Presses, damaged, fields_of, to_number, values_of
from ui.replies import Desk, Interaction, Reply
from ui.settings_panel import DAYS, MOST_CHOSEN, MOST_DAYS, AgainForm


class SettingsCog(commands.Cog, name="settings"):
    def __init__(self, desk: Desk, presses: Presses, servers: Servers, *, previews_possible: bool) -> None:
        self._desk = desk
        self._servers = servers
        self._previews_possible = previews_possible
        presses.route("choose", self._choose, edits=True)
        presses.route("again", self._ask_days)
        presses.route("again_in", self._take_days, edits=True)

    @app_commands.command(name=locale_str("settings"), description=locale_str("What I do in this server, and where"))
    @for_moderators
    async def settings(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show)

    async def _show(self, reply: Reply) -> None:
        await self._render(reply, await self._servers.settings(_guild(reply)))

    async def _choose(self, reply: Reply, name: str) -> None:
        """One setting from its select; every other stays as it is in the database now."""
        values = values_of(reply.interaction)
        match name:
            case "previewed" | "quiet" | "sharers":
                change: dict[str, Any] = {name: tuple(to_number(value) for value in values[:MOST_CHOSEN])}
            case "showcase":
                change = {name: to_number(values[0]) if values else 0}
            case "adult" if values and values[0] in {"restricted", "never"}:
                change = {name: values[0]}
            case "language" if values:
                change = {name: values[0] if values[0] in self._desk.texts.codes else ""}
            case _:
                raise damaged()
        await self._change(reply, name, change)

    async def _ask_days(self, reply: Reply) -> None:
        settings = await self._servers.settings(_guild(reply))
        await reply.ask(AgainForm(reply.language, settings.share_again_days))

    async def _take_days(self, reply: Reply) -> None:
        given = fields_of(reply.interaction).get(DAYS, "").strip()
        if not (given.isascii() and given.isdigit()) or int(given) > MOST_DAYS:
            raise BotError("That has to be a number of days from 0 to {most}.", most=MOST_DAYS)
        await self._change(reply, "again", {"share_again_days": int(given)})

    async def _change(self, reply: Reply, name: str, change: dict[str, Any]) -> None:
        guild = _guild(reply)
        spoken = str(reply.interaction.guild_locale or "en-US")
        settings = await self._servers.change(guild, spoken=spoken, **change)
        await self._render(reply, settings, changed=name)

    async def _render(self, reply: Reply, settings: ServerSettings, *, changed: str | None = None) -> None:
        card = settings_panel.panel(
            reply.language,
            self._desk.texts,
            settings,
            previews_possible=self._previews_possible,
            changed=changed,
        )
        await reply.send(*card)


def _guild(reply: Reply) -> int:
    """The server, if the person may manage it. A panel stays open longer than somebody may stay a moderator."""
    guild = reply.interaction.guild_id
    if guild is None or not in_own_server(reply.interaction):
        raise BotError("That works only in servers that I am a member of.")
    if not reply.interaction.permissions.manage_guild:
        raise BotError("That is for moderators who may manage this server.")
    return guild
