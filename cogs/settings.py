"""/settings: one panel for the moderators."""

from __future__ import annotations

import asyncio
from typing import Any, Literal

from discord import app_commands
from discord.ext import commands

from actions.feeds import Feeds
from actions.servers import Servers
from cards import settings_panel
from cards.components import custom_id, damaged, to_number
from cards.feed_lines import is_troubled
from cards.settings_panel import MOST_CHOSEN, MOST_DAYS, MOST_HIDDEN
from desk.desk import Desk
from desk.forms import DAYS, MAKERS, days_form, makers_form
from desk.inputs import for_moderators, maker_name
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from errors import BotError
from records import ServerSettings


class SettingsCog(commands.Cog, name="settings"):
    def __init__(self, desk: Desk, servers: Servers, feeds: Feeds, *, previews_possible: bool) -> None:
        self._desk = desk
        self._servers = servers
        self._feeds = feeds
        self._previews_possible = previews_possible

    @app_commands.command(name="settings", description="Change how I work in this server")
    @for_moderators
    async def settings(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show)

    async def _show(self, reply: Reply) -> None:
        reply.require_moderator()
        await self._render(reply, await reply.settings())

    @pressed("choose", edits=True)
    async def _choose(self, reply: Reply, name: str) -> None:
        """Change one setting. The others keep their values in the database."""
        reply.require_moderator()
        values = reply.chosen
        match name:
            case "previewed" | "quiet":
                change: dict[str, Any] = {name: await self._own(reply, "channels")}
            case "sharers" | "feeders":
                change = {name: await self._own(reply, "roles")}
            case "showcase":
                change = {name: next(iter(await self._own(reply, "channels")), 0)}
            case "adult" if values and values[0] in {"restricted", "never"}:
                change = {name: values[0]}
            case "language" if values:
                change = {name: values[0] if values[0] in self._desk.texts.codes else ""}
            case _:
                raise damaged()
        await self._change(reply, name, change)

    async def _own(self, reply: Reply, kind: Literal["channels", "roles"]) -> tuple[int, ...]:
        """The chosen channels or roles. Raises BotError for another server's: a modified client can send any ID."""
        told = reply.resolved(kind)
        chosen = tuple(to_number(value) for value in reply.chosen[:MOST_CHOSEN])
        if not told.keys() >= {str(number) for number in chosen}:
            raise damaged()
        if kind == "channels":
            described = await asyncio.gather(*map(reply.described, chosen))
            if any(channel is not None and channel.guild != reply.guild for channel in described):
                raise damaged()
        return chosen

    @pressed("again")
    async def _ask_days(self, reply: Reply, days: int) -> None:
        """Open the form with the panel's value, without waiting for the database."""
        reply.require_moderator()
        await reply.ask(days_form(reply.language, days), custom_id("again", days))

    @pressed("again_in", edits=True)
    async def _take_days(self, reply: Reply) -> None:
        given = reply.fields.get(DAYS, "").strip()
        if not (given.isascii() and given.isdigit()) or int(given) > MOST_DAYS:
            raise BotError("Enter a number of days from 0 to {most}.", most=MOST_DAYS)
        await self._change(reply, "again", {"share_again_days": int(given)})

    @pressed("hide_ai", edits=True)
    async def _hide_ai(self, reply: Reply, hidden: bool) -> None:
        await self._change(reply, "ai", {"no_ai": hidden})

    @pressed("hidden")
    async def _ask_makers(self, reply: Reply) -> None:
        reply.require_moderator()
        settings = await reply.settings()
        await reply.ask(makers_form(reply.language, settings.hidden_makers, MOST_HIDDEN), custom_id("hidden"))

    @pressed("hidden_in", edits=True)
    async def _take_makers(self, reply: Reply) -> None:
        given = [line for line in reply.fields.get(MAKERS, "").replace(",", "\n").splitlines() if line.strip()]
        if len(given) > MOST_HIDDEN:
            raise BotError("You can hide {most} makers at most.", most=MOST_HIDDEN)
        names = {name.casefold(): name for name in map(maker_name, given)}
        await self._change(reply, "hidden", {"hidden_makers": tuple(names.values())})

    async def _change(self, reply: Reply, name: str, change: dict[str, Any]) -> None:
        guild = reply.require_moderator()
        spoken = reply.guild_locale or "en-US"
        settings = await self._servers.change(guild, spoken=spoken, **change)
        await self._render(reply, settings, changed=name)

    async def _render(self, reply: Reply, settings: ServerSettings, *, changed: str | None = None) -> None:
        troubled = sum(map(is_troubled, await self._feeds.of_server(reply.server())))
        card = settings_panel.panel(
            reply.language,
            self._desk.texts,
            settings,
            previews_possible=self._previews_possible,
            changed=changed,
            troubled=troubled,
        )
        await reply.send(*card)
