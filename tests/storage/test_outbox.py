"""Posts are claimed once, in each channel one at a time, and recorded by whoever has the lease."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from feed_records import FeedOptions
from storage.arrivals import Arrival, LeaseLost, Reading
from storage.bundles import _write
from storage.outbox import LEASE
from storage.store import Store, open_store
from tests.storage.feeds import PLACE, arrived, followed, right_away
from tests.storage.records import NOW

SOON = NOW + timedelta(minutes=1)


async def test_a_design_is_in_a_feed_once(store: Store) -> None:
    feed = (await followed(store)).feed
    for _ in range(2):
        await arrived(store, (feed, 1))
    (claimed,) = await store.outbox.claim(NOW, 1)
    assert (claimed.things, claimed.cards, claimed.digest, claimed.uncertain) == ((1,), ('{"id":1}',), False, None)
    assert await store.outbox.sent(claimed, 77, NOW, 1)
    await arrived(store, (feed, 1))
    assert await store.outbox.claim(SOON, 1) == []
    row = await store.posted.of(feed, 1)
    assert row is not None
    assert (row.state, row.message, row.done_at) == ("sent", 77, NOW)
    assert await store.posted.sent_since(5, NOW - LEASE) == 1
    assert await store.posted.sent_since(5, NOW) == 0


async def test_one_in_flight_in_each_channel_the_oldest_first(store: Store) -> None:
    here, there = (await followed(store, 5)).feed, (await followed(store, 6)).feed
    await arrived(store, (here, 1))
    await arrived(store, (here, 2), (there, 3), now=SOON)
    first = await store.outbox.claim(SOON, 1)
    assert sorted(each.things for each in first) == [(1,), (3,)]
    assert await store.outbox.claim(SOON, 1) == []
    await store.outbox.sent(first[0], 1, SOON, 1)
    assert [each.things for each in await store.outbox.claim(SOON, 1)] == [(2,)]


async def test_a_claim_runs_out_and_an_older_owner_has_no_say(store: Store) -> None:
    feed = (await followed(store)).feed
    await arrived(store, (feed, 1))
    (mine,) = await store.outbox.claim(NOW, 1)
    assert await store.outbox.claim(NOW + LEASE, 1) == []
    (theirs,) = await store.outbox.claim(NOW, 2)
    assert (theirs.uncertain, theirs.tries) == (NOW, 2)
    assert not await store.outbox.sent(mine, 1, NOW, 1)
    (again,) = await store.outbox.claim(NOW + LEASE * 2, 2)
    assert again.uncertain == NOW
    await store.outbox.later(again, SOON, 2, unsent=True)
    (later,) = await store.outbox.claim(NOW + LEASE * 3, 2)
    assert later.uncertain is None, "Discord said that it wasn't posted"
    await store.outbox.close_as(later, "cap", SOON, 2)
    assert (await store.posted.counts()).outbox == {"cap": 1}


async def test_two_senders_share_what_is_ready(address: str) -> None:
    async with open_store(address) as one, open_store(address) as other:
        feeds = [await followed(one, channel) for channel in range(40)]
        await arrived(one, *((feed.feed, thing) for feed in feeds for thing in (1, 2)))
        claims = await asyncio.gather(*(store.outbox.claim(NOW, 1, 15) for store in (one, other) * 3))
        channels = [each.channel for claim in claims for each in claim]
        assert sorted(channels) == list(range(40))


async def test_a_digest_is_one_message(store: Store) -> None:
    feed = (await followed(store)).feed
    tonight = NOW + timedelta(hours=6)

    def digest(_: FeedOptions, __: datetime) -> datetime | None:
        return tonight

    reading = Reading(query="newest", place=PLACE, matched=[(feed, thing, False) for thing in range(30)])
    await arrived(store, *((feed, 99),))
    await store.outbox.close_as((await store.outbox.claim(NOW, 1))[0], "hidden", NOW, 1)
    await arrived_things(store, range(30))
    await store.arrivals.keep(reading, NOW, digest)
    assert await store.bundles.bundle(NOW) == 0
    assert await store.bundles.bundle(tonight) == 1
    (claimed,) = await store.outbox.claim(tonight, 1)
    assert claimed.things == tuple(range(29, 4, -1))
    assert (claimed.digest, claimed.left_out) == (True, 5)
    await store.outbox.sent(claimed, 7, tonight, 1, publish=True)
    assert (await store.posted.counts()).outbox == {"sent": 25, "left_out": 5, "hidden": 1}
    (wanted,) = await store.posted.to_publish()
    assert (wanted.message, wanted.channel, wanted.guild) == (7, 5, 9)
    await store.posted.published(wanted.post, done=True)
    assert await store.posted.to_publish() == []


async def test_what_another_process_has_sent_meanwhile_is_not_bundled_again(store: Store) -> None:
    feed = (await followed(store)).feed
    await arrived(store, (feed, 1), (feed, 2))

    async def read_before(connection: AsyncConnection) -> None:
        await _write(connection, feed, stale, SOON)

    async with store._engines.reads.connect() as connection:
        stale = (await connection.execute(sa.text("SELECT thing, left_out FROM feed_outbox ORDER BY thing"))).all()
    for message in (7, 8):
        (claimed,) = await store.outbox.claim(NOW, 1)
        assert await store.outbox.sent(claimed, message, NOW, 1)
    await store.bundles._together(read_before)
    assert (await store.posted.counts()).outbox == {"sent": 2}
    assert await store.outbox.claim(SOON, 1) == []


async def arrived_things(store: Store, things: range) -> None:
    """Store designs without feeds."""
    arrivals = [Arrival(thing, f'{{"id":{thing}}}', NOW + timedelta(seconds=thing)) for thing in things]
    await store.arrivals.keep(Reading(query="newest", place=PLACE, arrivals=arrivals), NOW, right_away)


async def test_what_an_outage_kept_back_waits_for_the_whole(store: Store) -> None:
    feed = (await followed(store)).feed
    catching_up = {**PLACE, "missed": True}
    await arrived(store, (feed, 1), (feed, 2), missed=True)
    await store.arrivals.keep(Reading(query="newest", place=catching_up), NOW, right_away)
    assert await store.bundles.bundle(NOW) == 0
    await store.arrivals.keep(Reading(query="newest", place={**PLACE, "missed": False}), NOW, right_away)
    assert await store.bundles.bundle(NOW) == 1
    (claimed,) = await store.outbox.claim(NOW, 1)
    assert claimed.things == (2, 1)


async def test_few_likes_are_judged_later(store: Store) -> None:
    feed = (await followed(store, options=FeedOptions(likes=3))).feed
    tomorrow = NOW + timedelta(days=1)
    await arrived_things(store, range(3))
    reading = Reading(
        query="newest", place=PLACE, matched=[(feed, thing, True) for thing in range(3)], look_again=tomorrow
    )
    await store.arrivals.keep(reading, NOW, right_away)
    assert await store.bundles.few_likes(NOW) == []
    assert [row.thing for row in await store.bundles.few_likes(tomorrow)] == [0, 1, 2]
    await store.bundles.judge(feed, 0, tomorrow, enough=True, digest_at=None)
    await store.bundles.judge(feed, 1, tomorrow, enough=False, digest_at=None)
    await store.bundles.judge(feed, 2, tomorrow, enough=True, digest_at=tomorrow)
    assert (await store.posted.counts()).outbox == {"ready": 1, "likes": 1, "collected": 1}
    made = await store.feeds.get(feed)
    assert made is not None
    assert made.filtered == 1


async def test_a_reading_is_stored_whole_or_not_at_all(store: Store) -> None:
    feed = (await followed(store)).feed
    assert await store.leases.take("feeds", "us", "here", 1, 60) == 1
    reading = Reading(query="newest", place=PLACE, seen=[1], matched=[(feed, 1, False)], filtered={feed: 2})
    with pytest.raises(LeaseLost):
        await store.arrivals.keep(reading, NOW, right_away, epoch=2)
    assert await store.seen.known("newest", [1]) == set()
    await store.arrivals.keep(reading, NOW, right_away, epoch=1)
    assert await store.seen.known("newest", [1]) == {1}
    made = await store.feeds.get(feed)
    assert made is not None
    assert (made.filtered, made.checked_at) == (2, NOW)


async def test_a_feed_removed_meanwhile_is_left_out(store: Store) -> None:
    feed, paused = (await followed(store)).feed, (await followed(store)).feed
    await store.feeds.remove(feed)
    await store.feeds.pause(paused, NOW)
    await arrived(store, (feed, 1), (paused, 1))
    counts = await store.posted.counts()
    assert (counts.outbox, counts.feeds, counts.checked_at) == ({}, {"paused": 1}, NOW)


async def test_the_newest_date_is_thingiverses(store: Store) -> None:
    await followed(store)
    assert await store.seen.newest_at() is None
    await store.arrivals.keep(Reading(query="newest", place={**PLACE, "newest_at": NOW}), NOW, right_away)
    assert await store.seen.newest_at() == NOW
