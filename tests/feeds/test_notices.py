"""Notices about feeds: in the channel that a server chose for them, or else as well as it can be."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from actions.servers import Servers
from fakes.discord.payloads import SEND_MESSAGES
from fakes.discord.state import Place
from feed_records import FeedSource
from tests.feeds.stage import GUILD, Stage, open_stage
from tests.wire.story import text_of

COLLECTION = FeedSource(kind="collection", value="16001", name="Gears")


async def chosen(stage: Stage, place: Place) -> Place:
    await Servers(stage.store.community).change(GUILD, notices=int(place.id))
    return place


@pytest.fixture
async def notices(stage: Stage) -> Place:
    return await chosen(stage, stage.discord.channels.create("notices"))


def said_in(stage: Stage, place: Place) -> list[str]:
    return [text_of(each) for each in reversed(stage.discord.messages.listed(place.id))]


async def test_a_feed_that_lost_its_permission_is_told_of_once(stage: Stage, prints: Place, notices: Place) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    stage.discord.channels.deny(prints, SEND_MESSAGES)
    for _ in range(3):
        stage.world.publish()
        await stage.round(60)
        await stage.jobs.notices.tell_due(stage.epoch)
    (said,) = said_in(stage, notices)
    assert f"I paused the feed **Tag: vase** → <#{prints.id}>." in said
    assert f"I'm missing **Send Messages** in <#{prints.id}>." in said
    assert (await stage.of(feed)).state == "suspended"


async def test_another_reason_is_told_too(stage: Stage, prints: Place, notices: Place) -> None:
    await stage.follow(prints)
    await stage.round(0)
    stage.discord.channels.deny(prints, SEND_MESSAGES)
    stage.world.publish()
    await stage.round()
    await stage.jobs.notices.tell_due(stage.epoch)
    stage.discord.channels.delete(prints)
    await stage.round(60)
    await stage.jobs.notices.tell_due(stage.epoch)
    assert ["was deleted" in said for said in said_in(stage, notices)] == [False, True]


async def test_a_collection_that_is_gone_is_told_there_and_not_in_the_feeds_channel(
    stage: Stage, prints: Place, notices: Place
) -> None:
    await stage.follow(prints, COLLECTION)
    await stage.round(0)
    stage.world.collections.pop(16_001)
    await stage.round(24 * 60)
    await stage.jobs.notices.tell_due(stage.epoch)
    assert said_in(stage, prints) == []
    (said,) = said_in(stage, notices)
    assert f"**Collection: Gears** → <#{prints.id}>" in said


async def test_where_notices_cannot_be_posted_the_feeds_own_channel_is_told(
    stage: Stage, prints: Place, notices: Place
) -> None:
    await stage.follow(prints, COLLECTION)
    await stage.round(0)
    stage.discord.channels.delete(notices)
    stage.world.collections.pop(16_001)
    await stage.round(24 * 60)
    await stage.jobs.notices.tell_due(stage.epoch)
    (said,) = said_in(stage, prints)
    assert "**Collection: Gears** here" in said


async def test_without_a_channel_for_notices_nobody_is_disturbed(stage: Stage, prints: Place) -> None:
    other = stage.discord.channels.create("other")
    await stage.follow(prints)
    await stage.round(0)
    stage.discord.channels.deny(prints, SEND_MESSAGES)
    stage.world.publish()
    await stage.round()
    await stage.jobs.notices.tell_due(stage.epoch)
    assert said_in(stage, prints) == said_in(stage, other) == []


async def test_the_days_cap_is_told_of_once_a_day(tmp_path: Path) -> None:
    async with open_stage(tmp_path, cap=2) as stage:
        prints = stage.discord.channels.create("prints")
        notices = await chosen(stage, stage.discord.channels.create("notices"))
        await stage.follow(prints)
        await stage.round(0)
        for day in (1, 2):
            for _ in range(5):
                stage.world.publish()
                await stage.round()
            assert len(stage.posts(prints)) == 2 * day
            assert len(said_in(stage, notices)) == day
            stage.clock.now += timedelta(days=1, hours=1)
            await stage.round(0)
        assert f"I sent 2 feed posts to <#{prints.id}> within a day" in said_in(stage, notices)[0]


async def test_what_was_missed_is_told_with_how_much_is_left_out(stage: Stage, prints: Place, notices: Place) -> None:
    await stage.follow(prints)
    await stage.round(0)
    stage.world.faults.set("503")
    await stage.round(20)
    stage.world.faults.clear()
    for _ in range(30):
        stage.world.publish()
    await stage.round(5)
    await stage.round(2)
    (said,) = said_in(stage, notices)
    assert f"The feed **Tag: vase** → <#{prints.id}> was behind." in said
    assert "5 more designs didn't fit" in said
