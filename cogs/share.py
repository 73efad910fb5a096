"""/share and the "Share here" buttons: share a design in the channel or the server's showcase."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog
from actions.sharing import AlreadyShared, Sharing
from cards import thing_details
from cards.components import Component, container, link, row, text
from cards.feed_options import MOST_FORUM_TAGS
from cards.gallery import is_unwanted
from desk.desk import Desk
from desk.discord_errors import FAILED, FOR_DOCTOR, may_have_happened, refusal_of, tried, twice
from desk.discord_errors import note as note_failure
from desk.forum_posts import post_in_forum
from desk.inputs import choices, in_servers, known_choices, thing_id
from desk.presses import pressed
from desk.ready import COMPONENTS_V2
from desk.replies import Reply
from desk.requests import Interaction, adult_refused
from desk.sending import Card
from errors import BotError
from records import ServerSettings
from texts import Markup, bare
from thingiverse.details import Details
from thingiverse.models import Thing

LONGEST_NOTE = 200


Posted = discord.Message | discord.PartialMessage


class ShareCog(commands.Cog, name="share"):
    def __init__(self, bot: discord.Client, desk: Desk, sharing: Sharing, catalog: Catalog) -> None:
        self._bot = bot
        self._desk = desk
        self._sharing = sharing
        self._catalog = catalog
        desk.ready.while_typing("share", lambda asked: known_choices(asked, catalog.known_suggestions))

    @app_commands.command(name="share", description="Share a design with everyone here")
    @app_commands.describe(
        thing="Pick a suggestion, or enter a link or ID",
        note="A note to post with it",
    )
    @in_servers
    async def share(
        self, interaction: Interaction, thing: str, note: app_commands.Range[str, 1, LONGEST_NOTE] = ""
    ) -> None:
        await self._desk.serve(interaction, lambda reply: self._share(reply, thing_id(thing), note=note))

    @share.autocomplete("thing")
    async def _suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(await self._catalog.suggestions(typed), await self._desk.unwanted(interaction))

    @pressed("share")
    async def _share(self, reply: Reply, number: int, *, note: str = "") -> None:
        guild = reply.server()
        settings = await reply.settings()
        self._sharing.require_allowed(settings, reply.roles, moderator=reply.is_moderator)
        thing = (await self._catalog.thing(number)).value
        _require_wanted(settings, thing)
        try:
            async with self._sharing.once(guild, number, settings):
                posted = await self._post(reply, settings, thing, note)
                await self._sharing.keep(guild, number, reply.person, posted.channel.id, posted.id)
        except AlreadyShared as error:
            share = error.share
            await reply.send(_said(reply, reply.language.error(error), guild, share.channel, share.message))
            return
        done = reply.language.say("Shared. Everyone here can see it now.")
        answer = reply.send(_said(reply, done, guild, posted.channel.id, posted.id))
        await tried(answer, "share not confirmed")  # it's posted, so later failures must not be reported

    async def _post(self, reply: Reply, settings: ServerSettings, thing: Details, note: str) -> Posted:
        card = thing_details.shared(await reply.public_language(), thing, by=reply.person, note=note)
        if not settings.showcase:
            return await self._post_here(reply, thing, card)
        try:
            return await self._post_in_showcase(reply, settings, thing, Card(*card))
        except discord.HTTPException as error:
            note_failure("not shared", error)
            raise _not_in_showcase(reply, error) from None
        except discord.InvalidData:  # a type of channel that discord.py doesn't know
            raise _not_in_showcase(reply) from None

    async def _post_in_showcase(self, reply: Reply, settings: ServerSettings, thing: Details, card: Card) -> Posted:
        channel = await self._bot.fetch_channel(settings.showcase)
        if isinstance(channel, discord.abc.PrivateChannel) or channel.guild.id != reply.guild:
            raise _not_in_showcase(reply)
        if thing.is_nsfw and not settings.shows_adult(restricted=bool(getattr(channel, "nsfw", False))):
            raise adult_refused()
        if isinstance(channel, discord.ForumChannel):
            title, tags = bare(thing.name) or reply.language.say("Untitled design"), _tags(channel, thing)

            async def post() -> Posted:
                body: dict[str, Any] = {
                    "components": card.payload,
                    "flags": COMPONENTS_V2,
                    "allowed_mentions": {"parse": []},
                }
                thread = await post_in_forum(self._bot, channel.id, title, body, [tag.id for tag in tags])
                return self._bot.get_partial_messageable(thread).get_partial_message(thread)

            return await self._once(reply, thing, post)
        if isinstance(channel, discord.TextChannel):
            # with the same nonce, a retry isn't a second message
            nonce = str(reply.id)
            return await self._once(reply, thing, lambda: twice(lambda: channel.send(view=card, nonce=nonce)))
        raise _not_in_showcase(reply)

    async def _post_here(self, reply: Reply, thing: Details, card: list[Component]) -> Posted:
        """Post as a follow-up to the person's command, which needs no permissions."""
        if await reply.quiet():
            raise BotError("Moderators have turned off my public posts in this channel. Share it in another one.")
        await reply.refuse_adult(thing)
        await reply.send(container(text(reply.language.say("One moment…"))))
        return await self._once(reply, thing, lambda: reply.post(*card))

    async def _once(self, reply: Reply, thing: Details, post: Callable[[], Awaitable[Posted]]) -> Posted:
        """If Discord doesn't confirm the post, block the design for a while."""
        try:
            return await post()
        except FAILED as error:
            if not may_have_happened(error):
                raise
            note_failure("share unconfirmed", error)
            raise self._sharing.doubt(reply.server(), thing.id) from None


def _said(reply: Reply, said: str, guild: int, channel: int, message: int) -> Component:
    """A sentence and a button to the message."""
    url = f"https://discord.com/channels/{guild}/{channel}/{message}"
    return container(text(said), row(link(reply.language.say("Jump to message"), url)))


def _require_wanted(settings: ServerSettings, thing: Thing) -> None:
    """Raises BotError for a design that the server leaves out."""
    if settings.unwanted.has(maker=thing.maker_name, ai=False):
        raise BotError("This server hides designs by {maker}, so I don't share them here.", maker=thing.maker_name)
    if is_unwanted(thing, settings.unwanted):
        raise BotError("This server leaves out designs made with AI, so I don't share them here.")


def _not_in_showcase(reply: Reply, error: discord.HTTPException | None = None) -> BotError:
    refusal = refusal_of(error) if error is not None and error.code not in FOR_DOCTOR else None
    if refusal is None or refusal.sentence is None:
        return BotError(
            "I can't post in this server's showcase channel. A moderator can run {/doctor} to find out why."
        )
    return BotError(
        "I can't post in this server's showcase channel. {why}", why=Markup(reply.language.say(refusal.sentence))
    )


def _tags(forum: discord.ForumChannel, thing: Details) -> list[discord.ForumTag]:
    """The forum's tags that the design has, too, or any one if the forum requires a tag."""
    names = {tag.casefold() for tag in thing.tags}
    fitting = [tag for tag in forum.available_tags if tag.name.casefold() in names and not tag.moderated]
    if not fitting and forum.flags.require_tag:
        fitting = [tag for tag in forum.available_tags if not tag.moderated][:1]
    return fitting[:MOST_FORUM_TAGS]
