"""Whether a design belongs in a feed, and what keeps it out. Pure: nothing is read here."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, timedelta
from functools import lru_cache

from feed_records import FeedOptions, FeedSource, WhyNot
from thingiverse.models import Thing

TOO_OLD = timedelta(days=30)  # published before, it's never posted
DRAFTED = timedelta(days=1)  # a design's date may be that much before it appears in lists
LOOK_AGAIN = timedelta(days=1)  # at a design with too few likes

_WORD = re.compile(r"\w+")


@lru_cache(maxsize=50_000)
def words_of(text: str) -> tuple[str, ...]:
    """Its words, without case and accents."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return tuple(_WORD.findall("".join(sign for sign in plain if not unicodedata.combining(sign))))


@lru_cache(maxsize=50_000)
def tag_key(tag: str) -> str:
    """Tags that differ only in case, accents, spaces, and signs count as the same: low-poly, Low Poly, lowpoly."""
    return "".join(words_of(tag)).replace("_", "") or tag.strip().casefold()


class Traits:
    """What a design is matched by. `published` is a guess if Thingiverse gives no date."""

    __slots__ = ("ai", "likes", "maker", "published", "tags", "thing", "words")

    def __init__(self, thing: Thing, published: datetime) -> None:
        self.thing = thing
        self.published = published
        self.maker = thing.maker.name.casefold() if thing.maker is not None else ""
        self.tags = frozenset(map(tag_key, thing.tags))
        self.words = frozenset((*words_of(thing.name), *(word for tag in thing.tags for word in words_of(tag))))
        self.words |= self.tags
        self.ai = thing.is_ai
        self.likes = thing.like_count or 0


def matches(source: FeedSource, traits: Traits) -> bool | None:
    """Whether the design is what the feed follows; None if only Thingiverse can tell."""
    match source.kind:
        case "tag":
            return tag_key(source.value) in traits.tags
        case "maker":
            return source.value.casefold() == traits.maker
        case "words" if not source.filtered:
            wanted = words_of(source.value)
            return bool(wanted) and traits.words.issuperset(wanted)
        case _:
            return None


def is_plain(options: FeedOptions) -> bool:
    """Whether no design is filtered out."""
    return not (options.no_ai or options.without_makers or options.without_tags or options.likes)


def filtered_by(options: FeedOptions, traits: Traits) -> WhyNot | None:
    """What keeps the design out for good. Likes may still come, so they aren't among it."""
    if options.no_ai and traits.ai:
        return WhyNot("ai")
    if traits.maker in map(str.casefold, options.without_makers):
        return WhyNot("maker", traits.thing.maker_name)
    unwanted = next((tag for tag in options.without_tags if tag_key(tag) in traits.tags), None)
    return WhyNot("tag", unwanted) if unwanted is not None else None


def has_few_likes(options: FeedOptions, traits: Traits) -> bool:
    return traits.likes < options.likes


def is_older(started_at: datetime, traits: Traits, now: datetime) -> bool:
    """Whether it was published before the feed began. A feed can't begin after now, whatever the clock said then."""
    return traits.published < min(started_at, now) - DRAFTED
