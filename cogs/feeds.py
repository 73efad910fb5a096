"""/feeds: every feed with its line, and what can be done with each."""

from __future__ import annotations

import discord
from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog
from actions.feeds import Feeds
from actions.servers import Servers
from cards import feed_panels
from cards.components import custom_id, damaged, to_number
from cards.feed_lines import where_it_stopped, why_stopped
from cards.feed_names import place_name
from desk.desk import Desk, ThingWork
from desk.feed_forms import DESIGN, why_form
from desk.feed_managers import managed_server, require_may_post, require_own
from desk.feed_targets import usable
from desk.inputs import anywhere, thing_id
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from errors import BotError
from feed_records import Subscription
from records import Unwanted
from texts import Markup
from thingiverse.errors import Forbidden, NotFound
from thingiverse.models import Thing


class FeedsCog(commands.Cog, name="feeds"):
    """`show` opens a design that was chosen in a digest."""

    def __init__(
        self, bot: discord.Client, desk: Desk, feeds: Feeds, catalog: Catalog, servers: Servers, *, show: ThingWork
    ) -> None:
        self._bot = bot
        self._desk = desk
        self._feeds = feeds
        self._catalog = catalog
        self._servers = servers
        self._show_thing = show

    @app_commands.command(name="feeds", description="See and change what's followed here")
    @anywhere
    async def feeds(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._list)

    @pressed("feeds", edits=True)
    async def _list(self, reply: Reply, page: int = 0, *, note: str = "", notices: int | None = None) -> None:
        server = await managed_server(reply)
        feeds = await (self._feeds.of_person(reply.person) if server is None else self._feeds.of_server(server))
        if notices is None and server is not None and reply.is_moderator:
            notices = (await reply.settings()).notices
        card = feed_panels.listed(reply.language, feeds, page, personal=server is None, note=note, notices=notices)
        await reply.send(*card)

    @pressed("feed_notices", edits=True)
    async def _choose_notices(self, reply: Reply) -> None:
        server, channel = reply.require_moderator(), 0
        for chosen in reply.chosen[:1]:
            place = await usable(self._bot, server, to_number(chosen), reply.language)
            if place.target == "forum":
                raise damaged()
            channel = place.channel
        await self._servers.change(server, spoken=reply.guild_locale or "en-US", notices=channel)
        note = (
            reply.language.say("✓ Notices about feeds go to {channel}.", channel=Markup(f"<#{channel}>"))
            if channel
            else reply.language.say("✓ Notices about feeds have no channel anymore.")
        )
        await self._list(reply, note=note, notices=channel)

    @pressed("feed_pick", edits=True)
    async def _pick(self, reply: Reply, page: str) -> None:
        await self.show_one(reply, to_number(reply.only_choice()))

    async def own(self, reply: Reply, number: int) -> Subscription:
        """The feed, if the person may change it. Raises BotError."""
        return await require_own(reply, await self._feeds.get(number))

    @pressed("feed_see", edits=True)
    async def show_one(self, reply: Reply, number: int, *, note: str = "") -> None:
        await reply.send(*feed_panels.one(reply.language, await self.own(reply, number), note=note))

    # -- what can be done

    @pressed("feed_pause", edits=True)
    async def _pause(self, reply: Reply, number: int) -> None:
        feed = await self.own(reply, number)
        await self._feeds.pause(feed.feed)
        note = reply.language.say("✓ Paused. What's new in the meantime won't be posted.")
        await self.show_one(reply, feed.feed, note=note)

    @pressed("feed_resume", edits=True)
    async def _resume(self, reply: Reply, number: int) -> None:
        feed = await self.own(reply, number)
        if feed.guild is not None:
            await usable(self._bot, feed.guild, feed.channel, reply.language)
        await self._feeds.resume(feed.feed)
        await self.show_one(reply, feed.feed, note=reply.language.say("✓ Posting again."))

    @pressed("feed_test", edits=True)
    async def _test(self, reply: Reply, number: int) -> None:
        feed = await self.own(reply, number)
        reason = await self._feeds.post_test(feed, Unwanted() if feed.personal else await reply.unwanted())
        note = (
            reply.language.say("✓ Posted a test in {channel}.", channel=place_name(reply.language, feed))
            if reason is None
            else reply.language.say("✗ No test arrived. {why}", why=why_stopped(reply.language, feed, reason))
        )
        await self.show_one(reply, feed.feed, note=note)

    @pressed("feed_move", edits=True)
    async def _ask_where(self, reply: Reply, number: int) -> None:
        await reply.send(*feed_panels.move(reply.language, await self.own(reply, number)))

    @pressed("feed_moved", edits=True)
    async def _move(self, reply: Reply, number: int) -> None:
        feed = await self.own(reply, number)
        chosen, told = reply.only_choice(), reply.resolved("channels")
        if feed.guild is None or chosen not in told:
            raise damaged()
        place = await usable(self._bot, feed.guild, to_number(chosen), reply.language)
        require_may_post(reply, place, told[chosen].get("permissions"))
        await self._feeds.move(feed.feed, place.channel, place.target)
        await self.show_one(reply, feed.feed, note=reply.language.say("✓ Moved."))

    @pressed("feed_remove", edits=True)
    async def _ask(self, reply: Reply, number: int) -> None:
        await reply.send(*feed_panels.remove(reply.language, await self.own(reply, number)))

    @pressed("feed_removed", edits=True)
    async def _remove(self, reply: Reply, number: int) -> None:
        feed = await self.own(reply, number)
        await self._feeds.remove(feed.feed)
        await self._list(reply, note=reply.language.say("✓ Removed."))

    # -- "Why not?", and the select of a digest

    @pressed("feed_why")
    async def _ask_which(self, reply: Reply, number: int) -> None:
        await reply.ask(why_form(reply.language, number), custom_id("feed_why", number))

    @pressed("feed_because", edits=True)
    async def _explain(self, reply: Reply, number: int) -> None:
        feed = await self.own(reply, number)
        thing = await self._missed(thing_id(reply.fields.get(DESIGN, "")))
        found = await self._feeds.why_not(feed, thing)
        said = where_it_stopped(reply.language, found)
        note = reply.language.say("**{name}**: {why}", name=thing.name or f"#{thing.id}", why=Markup(said))
        await self.show_one(reply, feed.feed, note=note)

    async def _missed(self, number: int) -> Thing:
        try:
            return (await self._catalog.thing(number)).value
        except (Forbidden, NotFound):
            raise BotError("That design isn't on Thingiverse anymore, or it's private, so I don't post it.") from None

    @pressed("feed_card")
    async def _open(self, reply: Reply) -> None:
        await self._show_thing(reply, to_number(reply.only_choice()))
