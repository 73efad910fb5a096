"""Read what's new on Thingiverse, and put it into the feeds that it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from actions.catalog import Catalog
from actions.feed_filters import LOOK_AGAIN, TOO_OLD, Traits
from actions.feed_pages import read_page
from actions.feed_place import LONGEST, PAGES, Place, is_end, next_interval, next_slot, published, reference_of
from actions.followers import Followers
from actions.schedule import digest_at
from errors import BotError
from feed_records import NEWEST
from storage.arrivals import Arrival, ArrivalStore, Reading
from storage.feeds import FIRST_INTERVAL, OTHER_INTERVAL, FeedStore
from storage.seen import Query, SeenStore
from thingiverse.errors import NotFound, RateLimited, ThingiverseError
from thingiverse.models import Listing

log = structlog.get_logger("actions.polling")

OUTAGE = timedelta(minutes=15)  # without a look, at least; what's found afterwards was missed
LONG_GAP = 3  # intervals without a look
RETRY = 60  # seconds, after a failure
GONE_AGAIN = timedelta(hours=12)  # until a collection that's gone is asked for again

Found = dict[int, Traits]  # what a poll has found so far, by the design's ID


class Poller:
    """`spare` is whether there are requests to spare; without, only the stream is read. `every` is in seconds."""

    def __init__(
        self,
        catalog: Catalog,
        followers: Followers,
        feeds: FeedStore,
        seen: SeenStore,
        arrivals: ArrivalStore,
        *,
        every: int = 120,
        spare: Callable[[], bool] = lambda: True,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._catalog = catalog
        self._followers = followers
        self._feeds = feeds
        self._seen = seen
        self._arrivals = arrivals
        self._every = every
        self._spare = spare
        self._now = now

    async def poll_due(self, epoch: int | None = None) -> int:
        """Poll what's due. Returns how many queries were read. Raises StorageError or LeaseLost."""
        due = await self._seen.due(self._now())
        if not due:
            return 0
        await self._followers.refresh()
        read = 0
        for query in due:
            if query.query == NEWEST or self._spare():
                read += await self._poll(query, epoch)
        return read

    async def _poll(self, query: Query, epoch: int | None) -> bool:
        now = self._now()
        try:
            found, place, reference = await self._read(query, now)
        except NotFound:
            await self._gone(query, now)
            return False
        except (ThingiverseError, BotError) as error:
            await self._failed(query, error, now)
            return False
        await self._arrivals.keep(await self._reading(query, found, place, reference), now, digest_at, epoch)
        if query.source.kind == "collection":
            await self._back(query, now)
        return True

    async def _read(self, query: Query, now: datetime) -> tuple[Found, Place, datetime]:
        """Read back until a page is wholly known, or until it's enough for one poll."""
        found, place, page, reference = Found(), Place.of(query), 1, now
        for _ in range(PAGES):
            listing = await read_page(self._catalog, query, page, self._every)
            if page == 1:
                reference = reference_of(query.query, listing.things, now)
            new = await self._take(query, listing, found, reference)
            end = is_end(page, listing.things, more=listing.more, reference=reference)
            place, following = place.after(page, new=new, end=end)
            if place.complete:
                return found, place, reference
            page = following
        return found, replace(place, page=page) if query.began else Place(), reference

    async def _take(self, query: Query, listing: Listing, found: Found, reference: datetime) -> bool:
        """Note the designs of a page that aren't known. Returns whether there are any."""
        known = await self._seen.known(query.query, [thing.id for thing in listing.things]) | found.keys()
        dates = published(listing.things, known, reference)
        dated = zip(listing.things, dates, strict=True)
        new = {thing.id: Traits(thing, at) for thing, at in dated if thing.id not in known}
        found.update(new)
        return bool(new)

    async def _reading(self, query: Query, found: Found, place: Place, reference: datetime) -> Reading:
        now = self._now()
        shortest = self._every if query.query == NEWEST else FIRST_INTERVAL.get(query.source.kind, OTHER_INTERVAL)
        missed = query.missed or self._was_away(query, now)
        interval, empty = next_interval(query.interval, shortest, query.empty, found=bool(found))
        interval = shortest if query.query == NEWEST else interval
        due = now + timedelta(seconds=interval) if query.query == NEWEST else next_slot(query.query, interval, now)
        if not place.complete:
            due = now + timedelta(seconds=shortest)
        dates = [each.published for each in found.values() if each.published <= now]
        new_place = {
            "interval": interval,
            "due_at": due,
            "began": True,
            "checked_at": now,
            "newest_at": max([*dates, *filter(None, [query.newest_at])], default=None),
            "failing_since": None,
            "empty": empty,
            "page": place.page,
            "until": place.until,
            "deepest": place.deepest,
            "missed": missed and not place.complete,
        }
        reading = Reading(query=query.query, place=new_place, seen=list(found))
        if query.began:
            await self._match(reading, query, [*found.values()], reference, missed=missed)
        return reading

    async def _match(
        self, reading: Reading, query: Query, new: list[Traits], reference: datetime, *, missed: bool
    ) -> None:
        if query.source.kind != "collection":
            new = [each for each in new if each.published >= reference - TOO_OLD]
        if query.source.kind in {"collection", "popular"}:  # what counts is when it was added
            new = [Traits(each.thing, reference) for each in new]
        matches = await self._followers.matcher.match(query.query, new, reference)
        kept = [match for match in matches if match.stop in {None, "likes"}]
        reading.matched = [(match.feed, match.traits.thing.id, match.stop == "likes") for match in kept]
        for match in matches:
            if match.stop not in {None, "likes"}:
                reading.filtered[match.feed] = reading.filtered.get(match.feed, 0) + 1
        wanted = {match.traits.thing.id: match.traits for match in kept}
        reading.arrivals = [
            Arrival(number, msgspec.json.encode(each.thing).decode(), each.published) for number, each in wanted.items()
        ]
        reading.missed, reading.look_again = missed, self._now() + LOOK_AGAIN

    def _was_away(self, query: Query, now: datetime) -> bool:
        """Whether the query wasn't read for so long that something may have piled up."""
        gap = max(OUTAGE, timedelta(seconds=query.interval * LONG_GAP))
        return query.checked_at is not None and now - query.checked_at > gap

    async def _failed(self, query: Query, error: Exception, now: datetime) -> None:
        wait = min(error.retry_after, query.interval * 2) if isinstance(error, RateLimited) else min(RETRY, self._every)
        log.info("feeds not read", kind=query.source.kind, why=type(error).__name__)
        due = now + timedelta(seconds=wait)
        await self._arrivals.failed(query.query, now, due, outage=not isinstance(error, RateLimited))

    async def _gone(self, query: Query, now: datetime) -> None:
        """Nothing is deleted: perhaps it's back tomorrow."""
        again = now + GONE_AGAIN
        await self._arrivals.failed(query.query, now, again, outage=True, interval=LONGEST)
        for feed in await self._feeds.of_query(query.query):
            if feed.state == "ok":
                await self._feeds.suspend(feed.feed, "source_gone", now, None)

    async def _back(self, query: Query, now: datetime) -> None:
        for feed in await self._feeds.of_query(query.query):
            if feed.reason == "source_gone":
                await self._feeds.resume(feed.feed, now)
