"""What a feed is to follow, as two cogs ask for it."""

from __future__ import annotations

import msgspec

from actions.catalog import Catalog
from actions.feeds import Feeds
from cards.searches import LONGEST_TERM
from desk.follow_inputs import FollowOptions
from desk.inputs import collection_id, maker_name, tag_name
from desk.search_options import category_named
from errors import BotError
from feed_records import FeedSource
from texts import bare
from thingiverse.errors import NotFound
from thingiverse.models import Thing


class FeedSources:
    def __init__(self, catalog: Catalog, feeds: Feeds) -> None:
        self._catalog = catalog
        self._feeds = feeds

    async def asked_for(self, asked: FollowOptions) -> FeedSource:
        """What is meant. Raises BotError unless it's exactly one thing."""
        asked = asked._replace(tag=tag_name(asked.tag), words=bare(asked.words, LONGEST_TERM))
        chosen = [asked.tag, asked.maker, asked.collection, asked.popular, asked.searches]
        if sum(map(bool, chosen)) != 1:
            raise BotError(
                "What should I follow? Choose one: a tag, a maker, words, a category, a collection, or what's popular. "
                "Only words and categories can have filters."
            )
        if asked.tag:
            return FeedSource(kind="tag", value=asked.tag)
        if asked.maker:
            return FeedSource(kind="maker", value=maker_name(asked.maker))
        if asked.collection:
            number = collection_id(asked.collection)
            found = await self._catalog.collection(number)
            return FeedSource(kind="collection", value=str(number), name=bare(found.name) if found else f"#{number}")
        if asked.popular:
            return FeedSource(kind="popular")
        return await self.in_category(asked.search(), asked.category)

    async def in_category(self, source: FeedSource, given: str) -> FeedSource:
        """The search in a category, or the category itself if there's nothing else. Raises BotError."""
        if not given:
            return source
        category = category_named(await self._catalog.categories(), given)
        alone = not source.value and not msgspec.structs.replace(source, category=0).filtered
        if alone:
            return FeedSource(kind="category", value=str(category.id), name=bare(category.name))
        return msgspec.structs.replace(source, category=category.id, name=bare(category.name))

    async def newest(self, source: FeedSource) -> list[Thing]:
        """The newest three designs. Raises BotError for a maker or collection that isn't there."""
        try:
            return await self._feeds.preview(source)
        except NotFound:
            if source.kind == "maker":
                raise BotError(
                    "I couldn't find {name} on Thingiverse. Check the name and try again.", name=source.value
                ) from None
            raise BotError("I couldn't find that collection on Thingiverse. It may be private or deleted.") from None
