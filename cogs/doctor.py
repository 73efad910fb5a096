"""/doctor: tells moderators what isn't working in their channels, and where exactly to fix it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

import discord
from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog
from actions.feeds import Feeds
from cards import doctor
from cards.feed_lines import is_troubled
from cards.selects import FORUM
from desk.desk import Desk
from desk.feed_targets import NEEDS
from desk.inputs import for_moderators
from desk.permissions import Chart, only_moderated_tags
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from feed_records import Subscription, Target
from records import ServerSettings

PROTECTING = ("view_channel", "manage_messages")
PREVIEWING = ("view_channel", "send_messages", "read_message_history")
POSTING = ("view_channel", "send_messages", "send_messages_in_threads")
FINDING = ("read_message_history",)  # so that a feed finds out which posts arrived
MOST_LOOKED_AT = 8


class DoctorCog(commands.Cog, name="doctor"):
    """`registered` returns whether Discord has this version's commands."""

    def __init__(
        self,
        bot: discord.Client,
        desk: Desk,
        catalog: Catalog,
        feeds: Feeds,
        *,
        previews_possible: bool,
        registered: Callable[[], Awaitable[bool]],
    ) -> None:
        self._bot = bot
        self._desk = desk
        self._catalog = catalog
        self._feeds = feeds
        self._previews_possible = previews_possible
        self._registered = registered

    @app_commands.command(name="doctor", description="See what isn't working here and how to fix it")
    @for_moderators
    async def doctor(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._look)

    @pressed("doctor", edits=True)
    async def _look(self, reply: Reply) -> None:
        server = reply.require_moderator()
        chart = Chart(self._bot, server)
        settings, feeds = await reply.settings(), await self._feeds.of_server(server)
        await chart.read()
        here = chart.while_timed_out(reply.app_permissions)
        channels = [_channel(reply.channel, doctor.HERE, PROTECTING, here), *await _used(chart, settings, feeds)]
        health = doctor.Health(
            commands=await self._commands_are_current(),
            message_content=self._previews_possible if settings.previewed else None,
            trouble=await self._catalog.trouble(),
            timed_out_until=chart.timed_out_until,
            troubled_feeds=sum(map(is_troubled, feeds)),
        )
        await reply.send(*doctor.card(reply.language, channels, health))

    async def _commands_are_current(self) -> bool | None:
        try:
            return await self._registered()
        except discord.HTTPException:
            return None


async def _used(chart: Chart, settings: ServerSettings, feeds: Iterable[Subscription]) -> list[doctor.Channel]:
    """The channels that the settings name, and those of feeds."""
    used: list[tuple[int, str, tuple[str, ...]]] = [
        (channel, doctor.PREVIEWED, PREVIEWING) for channel in settings.previewed[:MOST_LOOKED_AT]
    ]
    if settings.showcase:
        used.insert(0, (settings.showcase, doctor.SHOWCASE, POSTING))
    if settings.notices:
        used.append((settings.notices, doctor.NOTICES, NEEDS["channel"]))
    targets: dict[int, Target] = {feed.channel: feed.target for feed in feeds}
    used += [(channel, doctor.FEEDS, (*NEEDS[target], *FINDING)) for channel, target in targets.items()]
    return list(await asyncio.gather(*(_looked_at(chart, *each) for each in used)))


async def _looked_at(chart: Chart, number: int, use: str, needs: Iterable[str]) -> doctor.Channel:
    found = await chart.channel(number)
    if found is None:
        return doctor.Channel(number, use, seen=False)
    channel, permissions = found
    troubles: list[str] = []
    if use in {doctor.SHOWCASE, doctor.FEEDS} and channel["type"] == FORUM:
        troubles += [doctor.ONLY_MODERATED_TAGS] if only_moderated_tags(channel) else []
        troubles += [] if await chart.threads_left() else [doctor.TOO_MANY_THREADS]
    return _channel(number, use, needs, permissions, troubles)


def _channel(
    channel: int, use: str, needs: Iterable[str], permissions: discord.Permissions, troubles: Iterable[str] = ()
) -> doctor.Channel:
    granted = tuple(name for name in needs if getattr(permissions, name))
    lacking = tuple(name for name in needs if name not in granted)
    return doctor.Channel(channel, use, permissions.view_channel, granted, lacking, tuple(troubles))
