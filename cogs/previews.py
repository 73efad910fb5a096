"""Previews of posted links, in channels where moderators want them, and /ignore-me to opt out."""

from __future__ import annotations

from collections.abc import Awaitable
from secrets import token_hex

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog, Urgency
from actions.previews import Previews
from actions.servers import Servers
from cards import thing_details
from cards.components import button, container, custom_id, text
from cards.gallery import is_unwanted
from desk.channels import Channels
from desk.desk import Desk
from desk.discord_errors import FAILED, note, tried, twice
from desk.inputs import anywhere
from desk.messages import edited_lately, guild_of, written_by_a_person
from desk.posted import Posted, posted
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from desk.sending import Card
from errors import BotError
from records import ServerSettings
from thingiverse.errors import ThingiverseError
from thingiverse.urls import mentions_site

log = structlog.get_logger("cogs.previews")


class PreviewsCog(commands.Cog, name="previews"):
    """Failures are only logged, because nobody asked for a preview."""

    def __init__(
        self,
        bot: commands.AutoShardedBot,
        desk: Desk,
        channels: Channels,
        servers: Servers,
        previews: Previews,
        catalog: Catalog,
    ) -> None:
        self._bot = bot
        self._desk = desk
        self._channels = channels
        self._servers = servers
        self._previews = previews
        self._catalog = catalog
        self._newest: dict[int, discord.Message | None] = {}  # messages whose preview is being made; None if deleted

    @app_commands.command(name="ignore-me", description="Turn previews of links you post off or on")
    @anywhere
    async def ignore_me(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._toggle)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        await self._look_at(message)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Delete a preview if its link was edited out, and add one if a link was edited in."""
        message = payload.message
        if "content" not in payload.data or guild_of(message) is None:
            return
        self._note(message.id, message)
        await self._quietly(self._check(message))
        if edited_lately(message):
            await self._look_at(message)

    @commands.Cog.listener()
    async def on_raw_message_delete(self, payload: discord.RawMessageDeleteEvent) -> None:
        if payload.guild_id is not None:
            self._note(payload.message_id, None)
            await self._quietly(self._take_away(payload.message_id))

    @commands.Cog.listener()
    async def on_raw_bulk_message_delete(self, payload: discord.RawBulkMessageDeleteEvent) -> None:
        for message in payload.message_ids:
            self._note(message, None)
            await self._quietly(self._take_away(message))

    async def _look_at(self, message: discord.Message) -> None:
        """Make a preview of the first design, if a person wrote the message and none is being made."""
        guild = guild_of(message)
        if guild is None or message.id in self._newest or not written_by_a_person(message):
            return
        if mentions_site(message.content):
            await self._quietly(self._consider(message, guild))

    def _note(self, number: int, newest: discord.Message | None) -> None:
        """Remember a changed message while its preview is being made."""
        if number in self._newest:
            self._newest[number] = newest

    def _still_links(self, message: discord.Message, thing: int) -> bool:
        newest = self._newest[message.id]
        return newest is not None and thing in _things(newest)

    async def _quietly(self, work: Awaitable[None]) -> None:
        with self._desk.at_work():
            try:
                await work
            except (ThingiverseError, BotError, *FAILED) as error:
                note("preview skipped", error)
            except Exception:
                log.exception("preview failed")

    async def _consider(self, message: discord.Message, guild: int) -> None:
        """Make a preview if it's wanted. The cheapest checks come first."""
        settings = await self._servers.settings(guild)
        if not settings.previewed:
            return
        found = next(iter(posted(message.content)), None)
        if found is None:
            return
        place = await self._channels.of(message.channel.id, self._bot)
        if place is None or not settings.previews_in(message.channel.id, place.parent):
            return
        if not await self._previews.wanted_by(message.author.id) or await self._previews.of(message.id) is not None:
            return
        if not self._previews.claim(message.channel.id, found.thing):
            return
        self._newest[message.id] = message
        sent = None
        stands = False
        try:
            sent = await self._show(message, found, settings, restricted=place.restricted)
            stands = sent is not None and await self._keep(message, sent, guild, found)
        finally:
            try:
                if not stands:
                    self._previews.give_back(message.channel.id, found.thing)
                if sent is not None and not stands:
                    await self._withdraw(message.id, sent)
            finally:
                newest = self._newest.pop(message.id)
        if not stands and newest is not None and newest is not message:
            await self._look_at(newest)  # it may have another link

    async def _show(
        self, message: discord.Message, found: Posted, settings: ServerSettings, *, restricted: bool
    ) -> discord.Message | None:
        """Send the preview, unless the link was edited or deleted in the meantime."""
        thing = (await self._catalog.thing(found.thing, urgency=Urgency.BACKGROUND)).value
        if thing.is_private or (thing.is_nsfw and not settings.shows_adult(restricted=restricted)):
            return None
        if is_unwanted(thing, settings.unwanted) or not self._still_links(message, found.thing):
            return None
        language = self._desk.texts.language(settings.language or settings.spoken)
        remove = button(language.say("Remove"), custom_id("remove", message.author.id))
        card = Card(*thing_details.compact(language, thing, remove, spoiler=found.spoiler))
        try:
            # with the same nonce, a retry isn't a second message; a new preview after an edit needs a new nonce
            nonce = token_hex(8)
            return await twice(lambda: message.reply(view=card, mention_author=False, nonce=nonce))
        except discord.Forbidden:
            self._previews.silence(message.channel.id)
            raise

    async def _keep(self, message: discord.Message, sent: discord.Message, guild: int, found: Posted) -> bool:
        """Record the preview. Returns False if its link went while Discord was asked."""
        if not self._still_links(message, found.thing):
            return False
        await self._previews.keep(
            message=message.id,
            guild=guild,
            channel=message.channel.id,
            card=sent.id,
            person=message.author.id,
            thing=found.thing,
        )
        return self._still_links(message, found.thing)

    async def _withdraw(self, message: int, sent: discord.Message) -> None:
        """Delete a preview whose link went, or that couldn't be recorded."""
        await tried(sent.delete(), "card not deleted")
        await self._previews.take(message)

    async def _check(self, message: discord.Message) -> None:
        preview = await self._previews.of(message.id)
        if preview is not None and preview.thing not in _things(message):
            await self._take_away(message.id)

    async def _take_away(self, message: int) -> None:
        """Delete the preview, and its record only if that worked, so that it's tried again if Discord fails."""
        preview = await self._previews.of(message)
        if preview is None:
            return
        self._previews.give_back(preview.channel, preview.thing)
        card = self._bot.get_partial_messageable(preview.channel).get_partial_message(preview.card)
        try:
            await card.delete()
        except discord.NotFound as error:
            note("card gone already", error)
        await self._previews.take(message)

    @pressed("remove")
    async def _remove(self, reply: Reply, _: str) -> None:
        """Remove a preview, for whoever posted the link or a moderator. Its record stays, so no edit brings it back."""
        card = reply.pressed
        under = card.reference.message_id if card is not None and card.reference is not None else None
        preview = await self._previews.of(under) if under is not None else None
        own = preview is not None and card is not None and (preview.card, preview.person) == (card.id, reply.person)
        if not own and not reply.permissions.manage_messages:
            raise BotError("Only the person who posted the link or a moderator can remove this.")
        if card is not None:
            try:
                await card.delete()
            except discord.NotFound as error:  # someone else removed it a moment ago
                note("card gone already", error)
        said = reply.language.say("Removed. To stop previews of links you post, use {/ignore-me}.")
        await reply.send(container(text(said)))

    async def _toggle(self, reply: Reply) -> None:
        if await self._previews.toggle(reply.person):
            said = reply.language.say("Links you post can get previews again, in channels where moderators allow them.")
        else:
            said = reply.language.say("Links you post won't get previews anymore. Use {/ignore-me} again to undo this.")
        await reply.send(container(text(said)))


def _things(message: discord.Message) -> set[int]:
    """The IDs of the designs it links to."""
    return {each.thing for each in posted(message.content)}
