"""Edit a feed: how it posts, what it leaves out, and what it follows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord
import msgspec
from discord.ext import commands

from actions.feeds import Feeds
from cards import feed_options
from cards.components import custom_id, damaged, to_number
from cards.feed_options import ForumTag
from cogs.feed_sources import FeedSources
from desk.feed_forms import KIND, WHAT, options_form, options_from, source_form
from desk.feed_targets import looked_at
from desk.follow_inputs import asked_instead
from desk.presses import pressed
from desk.replies import Reply
from errors import BotError
from feed_records import FeedOptions, Subscription

Own = Callable[[Reply, int], Awaitable[Subscription]]


class FeedOptionsCog(commands.Cog, name="feed options"):
    """`own` reads a feed that the person may change."""

    def __init__(self, bot: discord.Client, feeds: Feeds, sources: FeedSources, *, own: Own) -> None:
        self._bot = bot
        self._feeds = feeds
        self._sources = sources
        self._own = own

    @pressed("feed_set", edits=True)
    async def _choose(self, reply: Reply, number: int, name: str) -> None:
        feed = await self._own(reply, number)
        tags = await self._tags(feed) if name == "tags" else ()
        await self._change(reply, feed, feed_options.changed(feed.options, name, reply.chosen, tags))

    @pressed("feed_role", edits=True)
    async def _choose_role(self, reply: Reply, number: int) -> None:
        feed = await self._own(reply, number)
        chosen = reply.chosen[:1]
        told = reply.resolved("roles")
        if feed.personal or not told.keys() >= set(chosen):
            raise damaged()
        role = to_number(chosen[0]) if chosen else 0
        if role == feed.guild:
            raise BotError("I don't ping everyone. Choose another role.")
        note = ""
        if chosen and not told[chosen[0]].get("mentionable"):
            note = _silent_role(reply)
        await self._change(reply, feed, msgspec.structs.replace(feed.options, role=role), note=note)

    @pressed("feed_form")
    async def _ask(self, reply: Reply, number: int) -> None:
        feed = await self._own(reply, number)
        await reply.ask(options_form(reply.language, feed.feed, feed.options), custom_id("feed_form", feed.feed))

    @pressed("feed_options", edits=True)
    async def _take(self, reply: Reply, number: int) -> None:
        feed = await self._own(reply, number)
        await self._change(reply, feed, options_from(feed.options, reply.fields))

    @pressed("feed_source")
    async def _ask_source(self, reply: Reply, number: int) -> None:
        feed = await self._own(reply, number)
        await reply.ask(source_form(reply.language, feed.feed, feed.source), custom_id("feed_source", feed.feed))

    @pressed("feed_follows", edits=True)
    async def _follow_instead(self, reply: Reply, number: int) -> None:
        """Follow something else from now on, if it's there and nobody follows it here yet."""
        feed = await self._own(reply, number)
        asked = asked_instead(feed.source, reply.fields.get(KIND, ""), reply.fields.get(WHAT, "").strip())
        source = await self._sources.asked_for(asked)
        if await self._feeds.same_there(feed, source) is not None:
            raise BotError("You already follow that here.")
        await self._sources.newest(source)
        await self._feeds.edit(feed.feed, source=source)
        note = reply.language.say("✓ Changed. Only what's published from now on is posted.")
        await self._show(reply, feed.feed, note=note)

    async def _change(self, reply: Reply, feed: Subscription, options: FeedOptions, *, note: str = "") -> None:
        await self._feeds.edit(feed.feed, options=options)
        await self._show(reply, feed.feed, note=note or reply.language.say("✓ Changed."))

    @pressed("feed_edit", edits=True)
    async def _show(self, reply: Reply, number: int, *, note: str = "") -> None:
        feed = await self._own(reply, number)
        tags = await self._tags(feed)
        await reply.send(*feed_options.panel(reply.language, feed, forum_tags=tags, note=note))

    async def _tags(self, feed: Subscription) -> tuple[ForumTag, ...]:
        if feed.target != "forum" or feed.guild is None:
            return ()
        place = await looked_at(self._bot, feed.guild, feed.channel)
        return place.tags if place is not None else ()


def _silent_role(reply: Reply) -> str:
    """A note for a role that not everyone may mention. Raises BotError for someone who may not either."""
    if not reply.is_moderator and not reply.permissions.mention_everyone:
        raise BotError("You can't mention that role, so your feeds can't either. Choose another one.")
    if reply.app_permissions.mention_everyone:
        return ""
    return reply.language.say(
        "✓ Changed. Discord only notifies this role if **Allow anyone to @mention this role** is on, or if I have "
        "**Mention Everyone**."
    )
