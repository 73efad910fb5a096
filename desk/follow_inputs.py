"""What is to be followed: the options of /follow, and the searches of Follow buttons."""

from __future__ import annotations

from typing import NamedTuple

import discord
from discord import app_commands

from cards.searches import LICENSES, Search
from cards.selects import POSTABLE
from desk.interactions import Interaction
from feed_records import FeedSource

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


class FollowOptions(NamedTuple):
    tag: str = ""
    maker: str = ""
    words: str = ""
    category: str = ""
    collection: str = ""
    popular: bool = False
    license: str = ""
    makes: bool = False
    remixes: int | None = None

    @property
    def searches(self) -> bool:
        return bool(self.words or self.category or self.license or self.makes) or self.remixes is not None

    def search(self) -> FeedSource:
        return FeedSource(
            kind="words",
            value=self.words,
            license=self.license if self.license in LICENSES else "",
            has_makes=self.makes,
            remixes=None if self.remixes is None else bool(self.remixes),
        )


def asked_instead(source: FeedSource, kind: str, given: str) -> FollowOptions:
    """What a feed of `source` is to follow instead. Other words keep the filters of a search."""
    match kind:
        case "tag" | "maker" | "category" | "collection":
            return FollowOptions()._replace(**{kind: given})
        case "popular":
            return FollowOptions(popular=True)
        case "words" if source.kind == "words":
            category, makes = str(source.category or ""), source.has_makes
            return FollowOptions(
                words=given, category=category, license=source.license, makes=makes, remixes=source.remixes
            )
        case _:
            return FollowOptions(words=given)


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
