"""/follow and the Follow buttons: new designs are posted automatically, in a channel or a DM."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import discord
import msgspec
from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog
from actions.feeds import Feeds
from cards import feed_panels, follow
from cards.components import damaged
from cards.gallery import is_unwanted
from cards.searches import LONGEST_TERM, Search
from cogs.feed_sources import FeedSources
from desk.desk import Desk
from desk.feed_managers import managed_server, require_may_post
from desk.feed_targets import usable
from desk.follow_inputs import Channel, FollowOptions, PostableChannel, sought
from desk.inputs import anywhere, maker_choices
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from desk.search_options import LICENSE_CHOICES, REMIX_CHOICES, category_choices
from errors import BotError
from feed_records import FeedOptions, FeedSource, Subscription
from thingiverse.urls import LONGEST


class FollowCog(commands.Cog, name="follow"):
    def __init__(self, bot: discord.Client, desk: Desk, feeds: Feeds, catalog: Catalog, sources: FeedSources) -> None:
        self._bot = bot
        self._desk = desk
        self._feeds = feeds
        self._catalog = catalog
        self._sources = sources

    @app_commands.command(name="follow", description="Get new designs automatically, here or in a channel")
    @app_commands.describe(
        tag="Designs with this tag",
        maker="Their Thingiverse name, or a link to their page",
        words="Designs that a search for these words finds",
        category="Only designs in this category",
        collection="Its Thingiverse link or ID",
        popular="What's popular this week",
        license="Only designs with this license",
        makes="Only designs that people have printed and shared",
        remixes="Only remixes, or no remixes",
        channel="Where to post them; here if you leave it out",
    )
    @app_commands.choices(license=LICENSE_CHOICES)
    @app_commands.choices(remixes=REMIX_CHOICES)
    @anywhere
    async def follow(
        self,
        interaction: Interaction,
        tag: app_commands.Range[str, 1, 100] = "",
        maker: app_commands.Range[str, 1, 200] = "",
        words: app_commands.Range[str, 1, LONGEST_TERM] = "",
        category: app_commands.Range[str, 1, 100] = "",
        collection: app_commands.Range[str, 1, LONGEST] = "",
        popular: bool = False,
        license: str = "",
        makes: bool = False,
        remixes: int | None = None,
        channel: app_commands.Transform[Channel | None, PostableChannel] = None,
    ) -> None:
        asked = FollowOptions(tag, maker, words, category, collection, popular, license, makes, remixes)

        async def work(reply: Reply) -> None:
            await self._follow(reply, await self._sources.asked_for(asked), channel)

        await self._desk.serve(interaction, work)

    @follow.autocomplete("maker")
    async def _suggest_makers(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return maker_choices(await self._catalog.seen.makers(typed), await self._desk.unwanted(interaction))

    @follow.autocomplete("category")
    async def _suggest_categories(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return category_choices(await self._catalog.categories_soon(), typed)

    @pressed("follow")
    async def _press(self, reply: Reply, kind: str, subject: str) -> None:
        """Follow what a gallery shows, in the channel where it is."""
        if kind == "maker" and subject:
            await self._follow(reply, FeedSource(kind="maker", value=subject), None)
        elif kind == "search" and (source := sought(Search.read(subject))) is not None:
            source = await self._sources.in_category(source, str(source.category or ""))
            await self._follow(reply, source, None, no_ai=Search.read(subject).filters.no_ai)
        else:
            raise damaged()

    async def _follow(self, reply: Reply, source: FeedSource, channel: Channel | None, *, no_ai: bool = False) -> None:
        """Preview it, and follow it from now on, for the server or the person."""
        server = await managed_server(reply)
        new = self._personal(reply, source) if server is None else await self._there(reply, server, source, channel)
        same = await self._feeds.same_there(new, source)
        if same is not None:
            note = reply.language.say("You already follow that here.")
            await reply.send(*feed_panels.one(reply.language, same, note=note))
            return
        newest = await self._sources.newest(source)
        made = await self._feeds.create(replace(new, options=msgspec.structs.replace(new.options, no_ai=no_ai)))
        if made.personal and not reply.in_own_dm:
            await self._greet(reply, made)
        adult, unwanted = await reply.shows_adult(), await reply.unwanted()
        unwanted = replace(unwanted, ai=unwanted.ai or no_ai)
        shown = [thing for thing in newest if (adult or not thing.is_nsfw) and not is_unwanted(thing, unwanted)]
        await reply.send(*follow.followed(reply.language, made, shown))

    def _personal(self, reply: Reply, source: FeedSource) -> Subscription:
        channel = reply.channel if reply.in_own_dm else 0
        options = FeedOptions(language=reply.locale)
        return Subscription(
            person=reply.person, channel=channel, target="dm", source=source, options=options, started_at=_now()
        )

    async def _there(self, reply: Reply, server: int, source: FeedSource, channel: Channel | None) -> Subscription:
        """A feed for the channel, if the bot can post there. Raises BotError."""
        number = reply.channel if channel is None else channel.id
        place = await usable(self._bot, server, number, reply.language)
        if channel is not None:
            require_may_post(reply, place, channel.permissions.value)
        options = FeedOptions(forum_tags=place.first_tags)
        return Subscription(
            guild=server, channel=number, target=place.target, source=source, options=options, started_at=_now()
        )

    async def _greet(self, reply: Reply, made: Subscription) -> None:
        """Send the first DM. Where that isn't possible, there's no feed. Raises BotError."""
        if await reply.dm(*follow.begun(reply.language, made.source)):
            return
        await self._feeds.remove(made.feed)
        raise BotError(
            "I couldn't send you a DM, so I'm not following it. Allow DMs in your privacy settings, then try again."
        )


def _now() -> datetime:
    return datetime.now(UTC)
