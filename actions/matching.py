"""Find the feeds that new designs belong to: in memory, in slices that leave the loop free for others."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from actions.feed_filters import Traits, filtered_by, has_few_likes, is_older, is_plain, tag_key, words_of
from feed_records import NEWEST, FeedOptions, FeedSource, Stop

SLICE = 0.01  # seconds of work before others get a turn
LOOKED = 128  # feeds between two looks at the clock


@dataclass(frozen=True, slots=True)
class Match:
    """A design in a feed. `stop` is "likes" if it waits for likes, and None if it's to be posted."""

    feed: int
    traits: Traits
    stop: Stop | None = None


class Turns:
    """Lets others run after each slice of work."""

    def __init__(self) -> None:
        self._since = time.perf_counter()
        self._count = 0

    def due(self) -> bool:
        """Whether it's the others' turn; looks at the clock only now and then."""
        self._count += 1
        if self._count < LOOKED:
            return False
        self._count = 0
        return time.perf_counter() - self._since >= SLICE

    async def give(self) -> None:
        await asyncio.sleep(0)
        self._since = time.perf_counter()


class Follower:
    """One feed, as far as matching needs it."""

    __slots__ = ("feed", "options", "place", "plain", "started_at", "wanted")

    def __init__(self, feed: int, source: FeedSource, options: FeedOptions, started_at: datetime) -> None:
        self.feed = feed
        self.options = options
        self.started_at = started_at
        self.plain = is_plain(options)
        self.place, self.wanted = _place_of(source)


def _place_of(source: FeedSource) -> tuple[str, tuple[str, ...]]:
    """The key under which a feed is found, and for words, those that must all be there."""
    if source.query != NEWEST:
        return source.query, ()
    if source.kind == "tag":
        return f"tag:{tag_key(source.value)}", ()
    if source.kind == "maker":
        return f"maker:{source.value.casefold()}", ()
    wanted = words_of(source.value)
    return f"word:{wanted[0] if wanted else ''}", wanted


class Matcher:
    """All feeds that aren't paused, by tag, maker, first word, or query."""

    def __init__(self) -> None:
        self._feeds: dict[int, Follower] = {}
        self._places: defaultdict[str, dict[int, Follower]] = defaultdict(dict)

    def put(self, follower: Follower) -> None:
        self.drop(follower.feed)
        self._feeds[follower.feed] = follower
        self._places[follower.place][follower.feed] = follower

    def drop(self, feed: int) -> None:
        known = self._feeds.pop(feed, None)
        if known is None:
            return
        there = self._places[known.place]
        del there[feed]
        if not there:
            del self._places[known.place]

    def keep_only(self, feeds: set[int]) -> None:
        """Drop what was removed meanwhile."""
        for feed in [feed for feed in self._feeds if feed not in feeds]:
            self.drop(feed)

    async def match(self, query: str, things: Sequence[Traits], now: datetime) -> list[Match]:
        """Every feed that follows the query and a design fits; with those that filter it out, and why."""
        found: list[Match] = []
        turns = Turns()
        for traits in things:
            for place in self._places_for(query, traits):
                for follower in list(self._places.get(place, {}).values()):
                    if turns.due():
                        await turns.give()
                    if traits.words.issuperset(follower.wanted):
                        stop = _stop(follower, traits, now)
                        if stop != "older":
                            found.append(Match(follower.feed, traits, stop))
        return found

    def _places_for(self, query: str, traits: Traits) -> Iterable[str]:
        if query != NEWEST:
            return (query,)
        tags = (f"tag:{tag}" for tag in traits.tags)
        words = (f"word:{word}" for word in traits.words)
        return (*tags, *words, f"maker:{traits.maker}") if traits.maker else (*tags, *words)


def _stop(follower: Follower, traits: Traits, now: datetime) -> Stop | None:
    if is_older(follower.started_at, traits, now):
        return "older"
    if follower.plain:
        return None
    filtered = filtered_by(follower.options, traits)
    if filtered is not None:
        return filtered.stop
    return "likes" if has_few_likes(follower.options, traits) else None
