"""What commands do with feeds: preview, create, change, test, and say why a design wasn't posted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

import msgspec

from actions.catalog import NEWEST as NEWEST_FIRST
from actions.catalog import Catalog
from actions.feed_filters import TOO_OLD, Traits, filtered_by, has_few_likes, is_older, matches
from errors import BotError
from feed_records import PERSONAL_FEEDS, FeedOptions, FeedSource, Reason, Stop, Subscription, Target, WhyNot
from records import Unwanted
from storage.store import Store
from thingiverse.filters import Filters
from thingiverse.models import Listing, Thing

PREVIEWED = 3  # designs
WEEK = 7  # days

_STOPPED: dict[str, Stop] = {
    "sent": "posted",
    "claimed": "waiting",
    "ready": "waiting",
    "collected": "waiting",
    "missed": "waiting",
    "few": "likes",
}


class Tester(Protocol):
    """Posts a design right away, beside the outbox. Returns why it failed, or None."""

    async def __call__(self, subscription: Subscription, thing: Thing, /) -> Reason | None: ...


def asked(source: FeedSource) -> tuple[str, Filters]:
    """The term and filters of /search for a feed; a collection has its own endpoint."""
    if source.kind == "popular":
        return "", Filters(sort="popular", days=WEEK)
    if source.kind == "category":
        return "", Filters(sort="newest", category=int(source.value))
    return source.value, msgspec.structs.replace(
        NEWEST_FIRST,
        license=source.license,
        category=source.category,
        has_makes=source.has_makes,
        remixes=source.remixes,
        featured=source.featured,
    )


def _age(thing: Thing) -> float:
    """For sorting the newest first, and those without a date last."""
    return -thing.published_at.timestamp() if thing.published_at is not None else 0.0


class Feeds:
    """`test` is set when the bot is built, because actions don't know Discord."""

    def __init__(self, store: Store, catalog: Catalog, now: Callable[[], datetime]) -> None:
        self._store = store
        self._catalog = catalog
        self._now = now
        self.test: Tester | None = None

    async def preview(self, source: FeedSource, options: FeedOptions | None = None) -> list[Thing]:
        """The newest three designs it would post. Raises NotFound for a maker or collection that isn't there."""
        listing = await self._listed(source)
        things = listing.things if source.kind != "maker" else sorted(listing.things, key=_age)
        traits = [Traits(thing, thing.published_at or self._now()) for thing in things]
        return [
            each.thing
            for each in traits
            if matches(source, each) is not False and (options is None or filtered_by(options, each) is None)
        ][:PREVIEWED]

    async def create(self, new: Subscription) -> Subscription:
        """Follow from now on; nothing that's there already is posted. Raises BotError if there are too many."""
        made = await self._store.feeds.create(replace(new, started_at=self._now()))
        if made is None and new.personal:
            raise BotError("You have {n} feeds, which is the most I can send you. Remove one first.", n=PERSONAL_FEEDS)
        if made is None:
            raise BotError("This server has as many feeds as I can keep. Remove one first.")
        return made

    async def get(self, feed: int) -> Subscription | None:
        return await self._store.feeds.get(feed)

    async def of_server(self, guild: int) -> list[Subscription]:
        return await self._store.feeds.of_server(guild)

    async def of_person(self, person: int) -> list[Subscription]:
        return await self._store.feeds.of_person(person)

    async def same_there(self, feed: Subscription, source: FeedSource) -> Subscription | None:
        """A feed of `source` for the same channel, or for the same person."""
        stored = self._store.feeds
        theirs = stored.of_channel(feed.channel) if feed.person is None else stored.of_person(feed.person)
        return next((each for each in await theirs if each.source == source), None)

    async def edit(self, feed: int, *, source: FeedSource | None = None, options: FeedOptions | None = None) -> bool:
        """Change it. Returns False if it's gone. With another source, nothing old is posted."""
        return await self._store.feeds.edit(feed, self._now(), source=source, options=options)

    async def pause(self, feed: int) -> bool:
        return await self._store.feeds.pause(feed, self._now())

    async def resume(self, feed: int) -> bool:
        """Post again: after a pause what's new from now on, after a failure also what waits, as one digest."""
        return await self._store.feeds.resume(feed, self._now())

    async def move(self, feed: int, channel: int, target: Target) -> bool:
        return await self._store.feeds.move(feed, channel, target, self._now())

    async def remove(self, feed: int) -> bool:
        return await self._store.feeds.remove(feed)

    async def post_test(self, subscription: Subscription, unwanted: Unwanted) -> Reason | None:
        """Post the newest design that fits, right away. Returns why Discord refused, or None.

        It isn't recorded, so the feed may post it again. It's no adult one, and none that the server leaves out.
        Raises BotError if there's nothing to post.
        """
        found = await self.preview(subscription.source, subscription.options)
        newest = [
            thing for thing in found if not thing.is_nsfw and not unwanted.has(maker=thing.maker_name, ai=thing.is_ai)
        ]
        if not newest or self.test is None:
            raise BotError("I found no design to post. Try again when there is one.")
        return await self.test(subscription, newest[0])

    async def why_not(self, subscription: Subscription, thing: Thing) -> WhyNot | None:
        """Where the design stopped; None if nothing stops it, and it only wasn't read yet."""
        row = await self._store.posted.of(subscription.feed, thing.id)
        if row is not None:
            stop: Stop = _STOPPED.get(row.state) or row.state
            return WhyNot(stop, str(subscription.options.likes) if stop == "likes" else "", row.done_at)
        return await self._would_stop(subscription, thing)

    async def _would_stop(self, subscription: Subscription, thing: Thing) -> WhyNot | None:
        now, options = self._now(), subscription.options
        traits = Traits(thing, thing.published_at or now)
        fits = matches(subscription.source, traits)
        seen = await self._store.seen.known(subscription.source.query, [thing.id])
        if fits is False or (fits is None and not seen):
            return WhyNot("no_match")
        if traits.published < now - TOO_OLD and subscription.source.kind != "collection":
            return WhyNot("too_old")
        if is_older(subscription.started_at, traits, now):
            return WhyNot("older")
        if (filtered := filtered_by(options, traits)) is not None:
            return filtered
        if has_few_likes(options, traits):
            return WhyNot("likes", str(options.likes))
        if subscription.state != "ok":
            return WhyNot("paused" if subscription.state == "paused" else "suspended")
        return WhyNot("older") if seen else None

    async def _listed(self, source: FeedSource) -> Listing:
        if source.kind == "maker":
            return (await self._catalog.designs(source.value)).value
        if source.kind == "collection":
            return (await self._catalog.collected(int(source.value))).value
        return (await self._catalog.search(*asked(source))).value
