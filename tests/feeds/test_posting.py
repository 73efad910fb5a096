"""How a feed posts: right away or in a digest, where, with whom, and how many."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from fakes.discord.payloads import ANNOUNCEMENT, CROSSPOSTED, FORUM
from fakes.discord.state import Place
from feed_records import FeedOptions, FeedSource
from records import Unwanted
from tests.feeds.stage import VASES, Stage, open_stage

NIGHT = 1 << 12  # Discord's flag for a message without notifications


def at(stage: Stage, hour: int) -> None:
    """Go on to the next day at that hour."""
    stage.clock.now = (stage.clock.now + timedelta(days=1)).replace(hour=hour, minute=0, second=0)


async def test_a_digest_comes_at_its_hour_with_all_designs(stage: Stage, prints: Place) -> None:
    at(stage, 10)
    await stage.follow(prints, VASES, FeedOptions(every="day", hour=18))
    await stage.round(0)
    vases = []
    for _ in range(3):
        vases.append(stage.world.publish().id)
        await stage.round()
    assert stage.posts(prints) == []
    await stage.round(8 * 60)
    assert stage.posts(prints) == [list(reversed(vases))]
    alone = stage.world.publish()
    await stage.round()
    await stage.round(24 * 60)
    assert stage.posts(prints)[1:] == [[alone.id]]


async def test_a_weekly_digest_waits_for_its_day(stage: Stage, prints: Place) -> None:
    stage.clock.now = datetime(2030, 1, 2, 12, tzinfo=UTC)  # a Wednesday
    await stage.follow(prints, VASES, FeedOptions(every="week", weekday=4, hour=8, zone="Asia/Tokyo"))
    await stage.round(0)
    vase = stage.world.publish()
    await stage.round()
    stage.clock.now = datetime(2030, 1, 3, 22, 50, tzinfo=UTC)
    await stage.send()
    assert stage.posts(prints) == []
    stage.clock.now = datetime(2030, 1, 3, 23, 1, tzinfo=UTC)  # Friday morning in Tokyo
    await stage.send()
    assert stage.posts(prints) == [[vase.id]]


async def test_quiet_hours_end_in_one_digest(stage: Stage, prints: Place) -> None:
    at(stage, 23)
    await stage.follow(prints, VASES, FeedOptions(quiet_from=22, quiet_until=7))
    await stage.round(0)
    first, second = stage.world.publish(), stage.world.publish("Another")
    await stage.round()
    assert stage.posts(prints) == []
    at(stage, 7)
    await stage.round()
    assert stage.posts(prints) == [[second.id, first.id]]
    awake = stage.world.publish()
    await stage.round()
    assert stage.posts(prints)[1:] == [[awake.id]]


async def test_a_design_with_few_likes_is_looked_at_again_a_day_later(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints, VASES, FeedOptions(likes=10))
    await stage.round(0)
    loved, unloved = stage.world.publish("Loved"), stage.world.publish("Unloved")
    popular = stage.world.publish("Popular at once", like_count=50)
    await stage.round()
    assert stage.posts(prints) == [[popular.id]]
    loved.like_count = 12
    await stage.round(24 * 60)
    assert stage.posts(prints) == [[popular.id], [loved.id]]
    assert (await stage.of(feed)).filtered == 1
    row = await stage.store.posted.of(feed.feed, unloved.id)
    assert row is not None
    assert row.state == "likes"


async def test_a_role_is_mentioned_and_nobody_else(stage: Stage, prints: Place) -> None:
    await stage.follow(prints, VASES, FeedOptions(role=77, silent=True))
    await stage.round(0)
    stage.world.publish("@everyone <@&78>")
    await stage.round()
    (sent,) = [each for each in stage.discord.requests if each.path.endswith("/messages") and each.method == "POST"]
    assert sent.body["allowed_mentions"] == {"parse": [], "roles": ["77"]}
    assert sent.body["flags"] & NIGHT
    assert "<@&77>" in str(sent.body["components"])


async def test_a_forum_gets_a_post_for_each_design(stage: Stage) -> None:
    forum = stage.discord.channels.create("designs", FORUM)
    await stage.follow(forum, VASES, FeedOptions(forum_tags=(5, 6)))
    await stage.round(0)
    vase = stage.world.publish("A vase for the forum")
    await stage.round()
    (thread,) = stage.discord.channels.threads(forum)
    assert thread.channel["name"] == "A vase for the forum"
    assert thread.channel["applied_tags"] == ["5", "6"]
    assert stage.posts(thread) == [[vase.id]]


async def test_a_personal_feed_comes_by_dm(stage: Stage) -> None:
    ann = stage.discord.person("ann")
    feed = await stage.follow(ann)
    await stage.round(0)
    vase = stage.world.publish()
    adult = stage.world.publish("Figure", flags={"nsfw"})
    await stage.round()
    assert stage.posts(ann) == [[vase.id]]
    row = await stage.store.posted.of(feed.feed, adult.id)
    assert row is not None
    assert row.state == "adult"
    assert (await stage.store.personal.erase(ann.id))["feeds"] == 1
    stage.world.publish()
    await stage.round()
    assert stage.posts(ann) == [[vase.id]]


async def test_adult_designs_are_posted_in_age_restricted_channels_alone(stage: Stage, prints: Place) -> None:
    adults = stage.discord.channels.create("adults", nsfw=True)
    for place in (prints, adults):
        await stage.follow(place)
    await stage.round(0)
    figure = stage.world.publish("Figure", flags={"nsfw"})
    await stage.round()
    assert stage.posts(prints) == []
    assert stage.posts(adults) == [[figure.id]]


async def test_only_digests_are_published_and_ten_an_hour(stage: Stage) -> None:
    news = stage.discord.channels.create("news", ANNOUNCEMENT)
    at(stage, 10)
    await stage.follow(news, VASES, FeedOptions(every="day", hour=11))
    for _ in range(11):
        await stage.follow(news, VASES, FeedOptions(every="day", hour=12))
    await stage.follow(news)
    await stage.round(0)
    stage.world.publish(), stage.world.publish("Another")
    await stage.round()
    await stage.jobs.publisher.publish_due()
    assert [each["flags"] & CROSSPOSTED for each in stage.discord.messages.listed(news.id)] == [0, 0]
    await stage.round(3 * 60)
    assert await stage.jobs.publisher.publish_due() == 10
    assert await stage.jobs.publisher.publish_due() == 0
    published = [each for each in stage.discord.messages.listed(news.id) if each["flags"] & CROSSPOSTED]
    assert len(published) == 10


async def test_a_burst_stops_at_the_days_cap(tmp_path) -> None:
    async with open_stage(tmp_path, cap=5) as stage:
        prints = stage.discord.channels.create("prints")
        feed = await stage.follow(prints)
        await stage.round(0)
        for n in range(9):
            vase = stage.world.publish(f"Vase {n}")
        await stage.round()
        assert len(stage.posts(prints)) == 5
        assert (await stage.states())["cap"] == 4
        things = {thing.id: thing for thing in (await stage.feeds._listed(VASES)).things}
        stops = [await stage.feeds.why_not(feed, things[number]) for number in things if number > vase.id - 9]
        assert sorted(stop.stop for stop in stops if stop) == ["cap"] * 4 + ["posted"] * 5
        await stage.round(24 * 60 + 1)
        later = stage.world.publish("Tomorrow's")
        await stage.round()
        assert [later.id] in stage.posts(prints)


async def test_a_test_is_posted_at_once_and_counts_for_nothing(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints)
    stage.feeds.test = stage.jobs.notices.post_test
    await stage.round(0)
    assert await stage.feeds.post_test(feed, Unwanted()) is None
    assert len(stage.posts(prints)) == 1
    stage.discord.channels.deny(prints, 1 << 11)
    assert await stage.feeds.post_test(feed, Unwanted()) == "missing_send"
    assert await stage.states() == {}


async def test_a_paused_feed_posts_nothing_old_when_it_goes_on(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints)
    await stage.follow(stage.discord.channels.create("other"))
    await stage.round(0)
    assert await stage.feeds.pause(feed.feed)
    stage.world.publish("Meanwhile")
    await stage.round(3 * 24 * 60)
    assert await stage.feeds.resume(feed.feed)
    new = stage.world.publish()
    await stage.round()
    assert stage.posts(prints) == [[new.id]]


async def test_an_edited_feed_follows_something_else_from_then_on(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    assert await stage.feeds.edit(feed.feed, source=FeedSource(kind="tag", value="gear"))
    stage.world.publish()
    gear = stage.world.publish("Gear", tags=["gear"])
    await stage.round()
    assert stage.posts(prints) == [[gear.id]]


async def test_a_removed_feed_is_silent(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    stage.world.publish()
    assert await stage.feeds.remove(feed.feed)
    assert not await stage.feeds.remove(feed.feed)
    await stage.round()
    assert stage.posts(prints) == []


@pytest.mark.parametrize("zone", ["Nowhere/Land", "../../etc/passwd", "", "x" * 500])
async def test_an_unknown_time_zone_counts_as_utc(stage: Stage, prints: Place, zone: str) -> None:
    at(stage, 10)
    await stage.follow(prints, VASES, FeedOptions(every="day", hour=11, zone=zone))
    await stage.round(0)
    vase = stage.world.publish()
    await stage.round()
    await stage.round(60)
    assert stage.posts(prints) == [[vase.id]]
