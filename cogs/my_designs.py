"""/my-designs: a maker's own designs and what changed, and the daily DM about it."""

from __future__ import annotations

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from actions.own_designs import DesignCounting, OwnDesigns
from cards import own_designs
from cards.components import container, text
from counts import DesignReport
from desk.desk import Desk
from desk.discord_errors import FAILED, cannot_get_dms, note, twice
from desk.inputs import anywhere
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from desk.sending import Card
from errors import N_, BotError
from thingiverse.errors import ThingiverseError

log = structlog.get_logger("cogs.my_designs")


class MyDesignsCog(commands.Cog, name="my_designs"):
    def __init__(self, bot: commands.AutoShardedBot, desk: Desk, counting: DesignCounting) -> None:
        self._bot = bot
        self._desk = desk
        self._counting = counting

    @app_commands.command(name="my-designs", description="See what changed about your own designs")
    @anywhere
    async def my_designs(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show)

    @pressed("daily", edits=True)
    async def _change_daily(self, reply: Reply, daily: bool) -> None:
        """Turn the DM on or off. The first DM says that it's on, so that people find out if their DMs are closed."""
        if daily and not await reply.dm(container(text(reply.language.say(_ON)))):
            raise BotError("I can't send you DMs. Allow them in this server's privacy settings, then try again.")
        await self._counting.send_daily(reply.person, daily)
        await self._show(reply)

    @pressed("daily_off")
    async def _turn_off(self, reply: Reply) -> None:
        await self._counting.send_daily(reply.person, False)
        await reply.send(*own_designs.turned_off(reply.language))

    @pressed("my_designs")
    @pressed("my_designs_at", edits=True)
    async def _show(self, reply: Reply, page: int = 0) -> None:
        found, report = await self._counting.look(reply.person, reply.locale)
        adult = await reply.shows_adult()
        card = own_designs.render(reply.language, found.things, found.counted, report, page, adult=adult)
        await reply.send(*card)

    async def send_due(self) -> None:
        """Count for everyone who is due, and send the DMs. One failure doesn't keep others from theirs."""
        for report in await self._counting.due():
            with self._desk.at_work():
                await self._serve(report)

    async def _serve(self, report: DesignReport) -> None:
        try:
            found = await self._counting.count_due(report)
        except (ThingiverseError, BotError) as error:
            log.info("own designs not counted", person=report.person, why=type(error).__name__)
            return
        if found is not None and report.daily and own_designs.has_news(found.counted):
            await self._send(report, found)

    async def _send(self, report: DesignReport, found: OwnDesigns) -> None:
        """Send the DM, or turn it off if they don't accept DMs. What may have been sent isn't sent again."""
        language = self._desk.texts.language(report.locale)
        card = Card(*own_designs.daily(language, found.things, found.counted))
        nonce = f"{report.person:x}{report.due_at.toordinal():x}"
        try:
            channel = await self._bot.create_dm(discord.Object(report.person))
            await twice(lambda: channel.send(view=card, nonce=nonce))
        except FAILED as error:
            note("daily DM not sent", error)
            if cannot_get_dms(error):
                await self._counting.close(report.person)


_ON = N_(
    "From tomorrow, I'll send you a DM like this on each day when something about your designs changed. Stop it with "
    "the button below any of them, or with {/my-designs}."
)
