"""Feeds, and what belongs in them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from feed_records import FeedOptions, FeedSource, Subscription
from storage.arrivals import Arrival, Reading
from storage.store import Store
from tests.storage.records import NOW

VASES = FeedSource(kind="tag", value="vase")
PLACE: dict[str, Any] = {"began": True, "checked_at": NOW, "due_at": NOW + timedelta(minutes=2)}


def feed_of(channel: int = 5, *, person: int | None = None, **given: Any) -> Subscription:
    where: dict[str, Any] = {"guild": 9, "channel": channel}
    if person is not None:
        where = {"person": person, "channel": 0, "target": "dm"}
    return Subscription(**{"source": VASES, "started_at": NOW, **where, **given})


async def followed(store: Store, channel: int = 5, **given: Any) -> Subscription:
    made = await store.feeds.create(feed_of(channel, **given))
    assert made is not None
    return made


async def arrived(
    store: Store, *matched: tuple[int, int], query: str = "newest", now: datetime = NOW, **given: Any
) -> None:
    """Store a reading in which designs matched feeds: (feed, design)."""
    things = sorted({thing for _, thing in matched})
    reading = Reading(
        query=query,
        place=PLACE,
        seen=things,
        arrivals=[Arrival(thing, f'{{"id":{thing}}}', NOW + timedelta(seconds=thing)) for thing in things],
        matched=[(feed, thing, False) for feed, thing in matched],
        **given,
    )
    await store.arrivals.keep(reading, now, right_away)


def right_away(_: FeedOptions, __: datetime) -> datetime | None:
    return None
