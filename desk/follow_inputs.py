"""What is to be followed: the options of /follow, and the searches of Follow buttons."""

from __future__ import annotations

from typing import NamedTuple

import discord
from discord import app_commands

from cards.feed_panels import POSTABLE
from cards.searches import LICENSES, LONGEST_TERM, Search
from desk.interactions import Interaction
from feed_records import FeedSource
from texts import bare

Channel = app_commands.AppCommandChannel | app_commands.AppCommandThread


class PostableChannel(app_commands.Transformer):
    """A channel, thread, or forum that the bot may not have seen before."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[discord.ChannelType]:
        return [discord.ChannelType(kind) for kind in POSTABLE]

    async def transform(self, interaction: Interaction, value: Channel, /) -> Channel:
        return value


class Asked(NamedTuple):
    """The options of /follow."""

    tag: str
    maker: str
    words: str
    category: str
    collection: str
    popular: bool
    license: str
    makes: bool
    remixes: int | None

    @property
    def searches(self) -> bool:
        return bool(self.words or self.category or self.license or self.makes) or self.remixes is not None

    def search(self) -> FeedSource:
        return FeedSource(
            kind="words",
            value=bare(self.words, LONGEST_TERM),
            license=self.license if self.license in LICENSES else "",
            has_makes=self.makes,
            remixes=None if self.remixes is None else bool(self.remixes),
        )


def sought(search: Search) -> FeedSource | None:
    """The feed of a search; None for one that finds every design. Its order and age don't matter."""
    filters = search.filters
    if not search.narrows:
        return None
    return FeedSource(
        kind="words",
        value=search.term,
        license=filters.license,
        category=filters.category,
        has_makes=filters.has_makes,
        remixes=filters.remixes,
    )
