"""Feeds are created, changed, suspended, and never deleted by a failure."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec

from feed_records import PERSONAL_FEEDS, FeedOptions, FeedSource
from storage.store import Store
from tests.storage.feeds import VASES, arrived, feed_of, followed
from tests.storage.records import ANN, BEN, NOW

LATER = NOW + timedelta(hours=1)
OPTIONS = FeedOptions(every="week", zone="Europe/Berlin", without_tags=("low poly",), role=2**62)
CATEGORY = FeedSource(kind="category", value="65", name="Toys & Games")


async def test_a_feed_comes_back_as_it_was(store: Store) -> None:
    made = await followed(store, source=CATEGORY, options=OPTIONS, target="forum")
    assert made == replace(feed_of(source=CATEGORY, options=OPTIONS, target="forum"), feed=made.feed)
    assert await store.feeds.get(made.feed) == made
    assert await store.feeds.of_server(9) == await store.feeds.of_channel(5) == [made]
    assert await store.feeds.of_query("category:65") == [made]
    assert await store.feeds.of_person(ANN) == []
    assert await store.feeds.get(made.feed + 1) is None


async def test_the_number_of_a_removed_feed_is_no_other_feeds(store: Store) -> None:
    removed = (await followed(store)).feed
    assert await store.feeds.remove(removed)
    assert (await followed(store)).feed > removed


async def test_a_person_has_ten_at_most_and_others_theirs(store: Store) -> None:
    for _ in range(PERSONAL_FEEDS):
        await followed(store, person=ANN)
    assert await store.feeds.create(feed_of(person=ANN)) is None
    assert await store.feeds.create(feed_of(person=BEN)) is not None
    assert len(await store.feeds.of_person(ANN)) == PERSONAL_FEEDS


async def test_pause_and_resume(store: Store) -> None:
    feed = (await followed(store)).feed
    assert await store.feeds.pause(feed, LATER)
    paused = await store.feeds.get(feed)
    assert paused is not None
    assert (paused.state, paused.since) == ("paused", LATER)
    assert not await store.feeds.pause(feed, LATER)
    assert await store.feeds.resume(feed, LATER)
    resumed = await store.feeds.get(feed)
    assert resumed is not None
    assert (resumed.state, resumed.since, resumed.started_at) == ("ok", None, LATER)
    assert not await store.feeds.resume(feed, LATER)


async def test_suspended_it_keeps_its_first_time_and_is_given_up_after_thirty_days(store: Store) -> None:
    feed = (await followed(store)).feed
    for moment in (NOW, LATER):
        assert await store.feeds.suspend(feed, "source_gone", moment, None)
    (untold,) = await store.feeds.untold()
    assert (untold.state, untold.reason, untold.since) == ("suspended", "source_gone", NOW)
    await store.feeds.told(feed)
    assert await store.feeds.untold() == []
    assert await store.feeds.give_up(NOW, LATER) == 0
    assert await store.feeds.give_up(LATER, LATER) == 1
    given_up = await store.feeds.get(feed)
    assert given_up is not None
    assert (given_up.state, given_up.reason) == ("paused", "source_gone")


async def test_edit_and_move(store: Store) -> None:
    feed = (await followed(store)).feed
    await arrived(store, (feed, 1))
    assert await store.feeds.edit(feed, LATER, options=OPTIONS)
    assert (await store.posted.counts()).outbox == {"ready": 1}
    assert await store.feeds.move(feed, 7, "thread", LATER)
    (claimed,) = await store.outbox.claim(LATER, 1)
    assert claimed.channel == 7
    await store.outbox.later(claimed, LATER, 1, unsent=True)
    assert await store.feeds.edit(feed, LATER, source=CATEGORY)
    assert (await store.posted.counts()).outbox == {}, "what waits isn't what is followed now"
    changed = await store.feeds.get(feed)
    assert changed is not None
    assert (changed.source, changed.options, changed.started_at) == (CATEGORY, OPTIONS, LATER)
    assert not await store.feeds.edit(feed + 1, LATER, options=OPTIONS)


async def test_removed_it_takes_its_posts_with_it(store: Store) -> None:
    feed, other = await followed(store), await followed(store, 6)
    await arrived(store, (feed.feed, 1), (other.feed, 1))
    assert await store.feeds.remove(feed.feed)
    assert not await store.feeds.remove(feed.feed)
    assert (await store.posted.counts()).outbox == {"ready": 1}


async def test_a_server_that_is_gone_leaves_no_feeds(store: Store) -> None:
    await followed(store)
    ours = await followed(store, person=ANN)
    await store.community.keep_settings(9, "{}")
    await store.community.mark_left(9, NOW)
    assert await store.community.forget_servers(LATER) == 1
    assert await store.feeds.of_server(9) == []
    assert await store.feeds.of_person(ANN) == [ours]


async def test_changes_are_seen_by_others(store: Store) -> None:
    first = await followed(store)
    second = await followed(store, started_at=LATER)
    assert [row.feed for row in await store.feeds.changed(NOW)] == [first.feed, second.feed]
    assert [row.feed for row in await store.feeds.changed(LATER)] == [second.feed]
    await store.feeds.pause(first.feed, LATER)
    assert {row.feed: row.state for row in await store.feeds.changed(LATER)} == {
        first.feed: "paused",
        second.feed: "ok",
    }


async def test_queries_are_due_once_for_all_who_follow_them(store: Store) -> None:
    for source in (VASES, FeedSource(kind="maker", value="mira"), CATEGORY, replace_name(CATEGORY)):
        await followed(store, source=source)
    due = await store.seen.due(NOW)
    assert sorted(query.query for query in due) == ["category:65", "newest"]
    for feed in await store.feeds.of_query("newest"):
        await store.feeds.pause(feed.feed, NOW)
    assert [query.query for query in await store.seen.due(NOW)] == ["category:65"]
    await store.arrivals.failed("category:65", NOW, NOW + timedelta(minutes=9), outage=True)
    assert await store.seen.due(NOW) == []
    assert (await store.posted.counts()).failing_since == NOW
    assert [query.query for query in await store.seen.due(NOW - timedelta(days=9))] == ["category:65"], "clock set back"


def replace_name(source: FeedSource) -> FeedSource:
    return msgspec.structs.replace(source, name="Spielzeug")


async def test_seen_designs_are_forgotten_but_for_collections(store: Store) -> None:
    feed = await followed(store)
    collection = await followed(store, source=FeedSource(kind="collection", value="7"))
    await arrived(store, (feed.feed, 1))
    await arrived(store, (collection.feed, 2), query="collection:7")
    assert await store.seen.known("newest", [1, 2]) == {1}
    await store.personal.drop_older("feed_outbox", LATER)
    assert await store.seen.forget(LATER) == 3, "one seen, and both designs' cards"
    assert await store.seen.known("newest", [1, 2]) == set()
    assert await store.seen.known("collection:7", [1, 2]) == {2}
    await store.feeds.remove(collection.feed)
    await store.seen.forget(NOW)
    assert await store.seen.known("collection:7", [1, 2]) == set()
