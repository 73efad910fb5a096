"""Cards under posted addresses, in channels where the moderators want them; and /ignore-me for who does not."""

from __future__ import annotations

from collections.abc import Awaitable

import discord
import structlog
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.previews import Previews
from actions.servers import Servers, ServerSettings
from actions.showcase import Showcase, Urgency
from errors import BotError
from thingiverse.errors import ThingiverseError
from ui import design_card
from ui.components import Card, button, text
from ui.inputs import anywhere
from ui.places import Places
from ui.posted import Posted, posted
from ui.presses import Presses, custom_id, to_number
from ui.replies import Desk, Interaction, Reply

log = structlog.get_logger("cogs.previews")


class PreviewsCog(commands.Cog, name="previews"):
    """Nothing here answers with an error: nobody has asked for anything."""

    def __init__(
        self,
        bot: commands.AutoShardedBot,
        desk: Desk,
        presses: Presses,
        places: Places,
        servers: Servers,
        previews: Previews,
        showcase: Showcase,
    ) -> None:
        self._bot = bot
        self._desk = desk
        self._places = places
        self._servers = servers
        self._previews = previews
        self._showcase = showcase
        presses.route("remove", self._remove)

    @app_commands.command(
        name=locale_str("ignore-me"), description=locale_str("No cards under addresses that I post, or again")
    )
    @anywhere
    async def ignore_me(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._toggle)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        if message.author.bot or message.webhook_id is not None or not message.content:
            return
        found = posted(message.content)
        guild = _guild_of(message)
        if found and guild is not None:
            await self._quietly(self._consider(message, guild, found[0]))

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """A card goes when its address goes."""
        if "content" in payload.data and _guild_of(payload.message) is not None:
            there = {each.thing for each in posted(payload.data["content"])}
            await self._quietly(self._check(payload.message_id, there))

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        if payload.guild_id is not None:
            await self._quietly(self._take_away(payload.message_id))

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        for message in payload.message_ids:
            await self._quietly(self._take_away(message))

    async def _quietly(self, work: Awaitable[None]) -> None:
        with self._desk.at_work():
            try:
                await work
            except (ThingiverseError, BotError, discord.HTTPException) as error:
                log.info("no preview", why=type(error).__name__)
            except Exception:
                log.exception("preview failed")

    async def _consider(self, message: discord.Message, guild: int, found: Posted) -> None:
        """A card, where one is wanted; what is asked costs more and more, and the least comes first."""
        settings = await self._servers.settings(guild)
        if not settings.previewed:
            return
        place = await self._places.of(message.channel.id, self._bot)
        if place is None or not settings.previews_in(message.channel.id, place.parent):
            return
        if not await self._previews.wanted_by(message.author.id):
            return
        if not self._previews.claim(message.channel.id, found.thing):
            return
        await self._show(message, guild, found, settings, restricted=place.restricted)

    async def _show(
        self, message: discord.Message, guild: int, found: Posted, settings: ServerSettings, *, restricted: bool
    ) -> None:
        thing = (await self._showcase.thing(found.thing, urgency=Urgency.BACKGROUND)).value
        if thing.is_private or (thing.is_nsfw and (not restricted or settings.adult == "never")):
            return
        language = self._desk.texts.language(settings.language or settings.spoken)
        remove = button(language.say("Remove"), custom_id("remove", message.author.id))
        card = Card(*design_card.compact(language, thing, remove, spoiler=found.spoiler))
        try:
            sent = await message.reply(view=card, mention_author=False)
        except discord.Forbidden:
            self._previews.silence(message.channel.id)
            raise
        await self._previews.keep(
            message=message.id,
            guild=guild,
            channel=message.channel.id,
            card=sent.id,
            person=message.author.id,
            thing=found.thing,
        )

    async def _check(self, message: int, still_there: set[int]) -> None:
        preview = await self._previews.of(message)
        if preview is not None and preview.thing not in still_there:
            await self._take_away(message)

    async def _take_away(self, message: int) -> None:
        preview = await self._previews.take(message)
        if preview is not None:
            await self._bot.get_partial_messageable(preview.channel).get_partial_message(preview.card).delete()

    async def _remove(self, reply: Reply, author: str) -> None:
        """By who posted the address, or by a moderator."""
        message = reply.interaction.message
        if reply.person != to_number(author) and not reply.interaction.permissions.manage_messages:
            raise BotError("Only who posted the address, or a moderator, can remove that.")
        if message is not None:
            if message.reference is not None and message.reference.message_id is not None:
                await self._previews.take(message.reference.message_id)
            await message.delete()
        await reply.send(text(reply.language.say("Removed. If you want no cards under what you post: `/ignore-me`")))

    async def _toggle(self, reply: Reply) -> None:
        if await self._previews.toggle(reply.person):
            said = reply.language.say("Addresses that you post may get a card again, where the moderators want that.")
        else:
            said = reply.language.say("Addresses that you post get no card any more. `/ignore-me` undoes that.")
        await reply.send(text(said))


def _guild_of(message: discord.Message) -> int | None:
    """Servers are not kept in memory, but a channel knows whose it is."""
    return message.guild.id if message.guild is not None else getattr(message.channel, "guild_id", None)
