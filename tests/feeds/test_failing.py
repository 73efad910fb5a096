"""What fails suspends a feed with a reason, deletes nothing, loses nothing, and never floods a channel."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from errors import BotError
from fakes.discord.payloads import FORUM, READ_HISTORY, SEND_MESSAGES, VIEW_CHANNEL
from fakes.discord.state import Place
from feed_records import FeedSource
from storage.errors import StorageError
from tests.feeds.stage import VASES, Stage

POST = "POST /channels/*/messages"


@pytest.mark.parametrize(("permission", "reason"), [(SEND_MESSAGES, "missing_send"), (VIEW_CHANNEL, "missing_view")])
async def test_a_lost_permission_suspends_with_its_name_and_what_waits_comes_as_one_digest(
    stage: Stage, prints: Place, permission: int, reason: str
) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    stage.discord.channels.deny(prints, permission)
    vases = [stage.world.publish("First").id]
    await stage.round()
    suspended = await stage.of(feed)
    assert (suspended.state, suspended.reason, suspended.since) == ("suspended", reason, stage.clock.now)
    for n in range(3):
        vases.append(stage.world.publish(f"Vase {n}").id)
        await stage.round()
    stage.discord.channels.deny(prints, 0)
    await stage.round(60)
    assert stage.posts(prints) == [list(reversed(vases))]
    assert (await stage.of(feed)).state == "ok"
    after = stage.world.publish("After")
    await stage.round()
    assert stage.posts(prints)[1:] == [[after.id]]


async def test_a_permission_gone_for_an_hour_costs_few_requests(stage: Stage, prints: Place) -> None:
    """Discord blocks who asks in vain too often."""
    await stage.follow(prints)
    await stage.round(0)
    stage.discord.channels.deny(prints, SEND_MESSAGES)
    for n in range(30):
        stage.world.publish(f"Vase {n}")
        await stage.round()
    tries = [each for each in stage.discord.requests if each.method == "POST" and each.path.endswith("/messages")]
    assert len(tries) <= 4


async def test_a_deleted_channel_suspends_its_feed_for_thirty_days_and_never_deletes_it(
    stage: Stage, prints: Place
) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    stage.discord.channels.delete(prints)
    stage.world.publish()
    await stage.round()
    assert (await stage.of(feed)).reason == "channel_gone"
    await stage.store.feeds.give_up(stage.clock.now - timedelta(days=30), stage.clock.now)
    assert (await stage.of(feed)).state == "suspended"
    stage.clock.now += timedelta(days=31)
    await stage.store.feeds.give_up(stage.clock.now - timedelta(days=30), stage.clock.now)
    assert ((await stage.of(feed)).state, (await stage.of(feed)).reason) == ("paused", "channel_gone")


async def test_a_suspended_feed_goes_on_where_it_is_moved_to(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    stage.discord.channels.delete(prints)
    vase = stage.world.publish()
    await stage.round()
    elsewhere = stage.discord.channels.create("elsewhere")
    assert await stage.feeds.move(feed.feed, int(elsewhere.id), "channel")
    await stage.round()
    assert stage.posts(elsewhere) == [[vase.id]]


async def test_closed_dms_suspend_a_personal_feed(stage: Stage) -> None:
    ann = stage.discord.person("ann")
    feed = await stage.follow(ann)
    await stage.round(0)
    stage.discord.state.closed_dms.add(ann.id)
    stage.world.publish()
    await stage.round()
    assert (await stage.of(feed)).reason == "dm_closed"


async def test_a_collection_that_is_gone_is_said_in_the_channel_and_comes_back(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints, FeedSource(kind="collection", value="16001", name="Gears"))
    await stage.round(0)
    gone = stage.world.collections.pop(16_001)
    for _ in range(3):
        await stage.round(24 * 60)
        await stage.jobs.notices.tell_due(stage.epoch)
    assert (await stage.of(feed)).reason == "source_gone"
    assert len(stage.discord.messages.listed(prints.id)) == 1, "it's told once"
    stage.world.collections[16_001] = gone
    added = stage.world.things[1_001]
    gone.things.insert(0, added.id)
    await stage.round(24 * 60)
    assert (await stage.of(feed)).state == "ok"
    assert stage.posts(prints)[1:] == [[added.id]]


async def test_after_an_hour_without_thingiverse_what_was_missed_is_one_digest(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    stage.world.faults.set("503")
    for _ in range(3):
        stage.world.publish("Missed")
        await stage.round(20)
    assert (await stage.store.posted.counts()).failing_since is not None
    stage.world.faults.clear()
    for n in range(40):
        last = stage.world.publish(f"Missed {n}")
    await stage.round(5)
    await stage.round(2)
    (digest,) = stage.posts(prints)
    assert digest[0] == last.id
    states = await stage.states()
    assert states == {"sent": 25, "left_out": 43 - 25}
    assert (await stage.store.posted.counts()).failing_since is None
    await stage.round()
    new = stage.world.publish()
    await stage.round()
    assert stage.posts(prints)[1:] == [[new.id]]
    assert (await stage.of(feed)).checked_at == stage.clock.now


async def test_what_waited_for_discord_for_long_comes_as_one_digest(stage: Stage, prints: Place) -> None:
    await stage.follow(prints)
    await stage.round(0)
    vases = [stage.world.publish(f"Vase {n}").id for n in range(3)]
    stage.clock.now += timedelta(minutes=2)
    await stage.jobs.poller.poll_due(stage.epoch)
    stage.clock.now += timedelta(hours=2)
    await stage.send()
    assert stage.posts(prints) == [sorted(vases, reverse=True)]


async def test_a_lost_answer_does_not_post_twice(stage: Stage, prints: Place) -> None:
    await stage.follow(prints)
    await stage.round(0)
    stage.discord.fail(POST, None, lose=True)
    vase = stage.world.publish()
    await stage.round()
    await stage.round(1)
    assert stage.posts(prints) == [[vase.id]]
    assert await stage.states() == {"sent": 1}


@pytest.mark.parametrize("arrived", [True, False])
async def test_when_discord_has_forgotten_the_nonce_the_bot_looks_first(
    stage: Stage, prints: Place, arrived: bool
) -> None:
    await stage.follow(prints)
    await stage.round(0)
    stage.discord.fail(POST, None, lose=arrived, cut=not arrived)
    vase = stage.world.publish()
    await stage.round()
    assert len(stage.posts(prints)) == arrived
    stage.discord.state.nonces.clear()
    await stage.round(10)
    assert stage.posts(prints) == [[vase.id]]
    assert await stage.states() == {"sent": 1}


async def test_without_reading_the_history_an_uncertain_post_is_closed_and_shown(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    stage.discord.channels.deny(prints, READ_HISTORY)
    stage.discord.fail(POST, None, lose=True)
    vase = stage.world.publish()
    await stage.round()
    stage.discord.state.nonces.clear()
    await stage.round(10)
    assert stage.posts(prints) == [[vase.id]]
    assert (await stage.of(feed)).uncertain == 1


@pytest.mark.parametrize("arrived", [True, False])
async def test_in_a_forum_the_bot_always_looks_first(stage: Stage, arrived: bool) -> None:
    forum = stage.discord.channels.create("designs", FORUM)
    await stage.follow(forum)
    await stage.round(0)
    stage.discord.fail("POST /channels/*/threads", 502, lose=arrived)
    stage.world.publish()
    await stage.round()
    assert len(stage.discord.channels.threads(forum)) == arrived
    for thread in stage.discord.channels.threads(forum):
        stage.discord.channels.archive(thread)
    await stage.round(1)
    assert len(stage.discord.channels.threads(forum)) == 1
    assert await stage.states() == {"sent": 1}


async def test_a_post_that_people_deleted_meanwhile_is_not_posted_again(stage: Stage, prints: Place) -> None:
    await stage.follow(prints)
    await stage.round(0)
    stage.discord.fail(POST, None, lose=True)
    stage.world.publish()
    await stage.round()
    (kept,) = [each for each in stage.discord.state.messages.values() if each.place.id == prints.id]
    await stage.discord.messages.delete(kept)
    await stage.round(1)
    assert stage.posts(prints) == []
    assert await stage.states() == {"sent": 1}


async def test_one_design_that_discord_refuses_holds_nobody_up(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    stage.discord.fail(POST, 403, code=200_000, text="Message was blocked by automatic moderation")
    stage.world.publish("Rude")
    await stage.round()
    polite = stage.world.publish("Polite")
    await stage.round()
    assert stage.posts(prints) == [[polite.id]]
    assert (await stage.of(feed)).state == "ok"


async def test_a_locked_database_loses_nothing(stage: Stage, prints: Place, tmp_path) -> None:
    await stage.follow(prints)
    await stage.round(0)
    vase = stage.world.publish()
    stage.clock.now += timedelta(minutes=2)
    with closing(sqlite3.connect(tmp_path / "bot.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked"):
            await stage.jobs.poller.poll_due(stage.epoch)
    assert stage.posts(prints) == []
    await stage.round()
    assert stage.posts(prints) == [[vase.id]]


async def test_a_post_that_cannot_be_recorded_is_not_posted_again(
    stage: Stage, prints: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The database fails after Discord has the message."""
    await stage.follow(prints)
    await stage.round(0)
    vase = stage.world.publish()

    async def fail(*_: object, **__: object) -> bool:
        raise StorageError("The database is locked by another process.")

    with monkeypatch.context() as patch:
        patch.setattr(stage.store.outbox, "sent", fail)
        await stage.round()
    assert await stage.states() == {"claimed": 1}
    await stage.round()
    assert stage.posts(prints) == [[vase.id]]
    assert await stage.states() == {"sent": 1}


async def test_a_page_of_other_things_is_no_new_design(stage: Stage, prints: Place) -> None:
    """What Thingiverse answers in trouble is neither a look nor a design."""
    feed = await stage.follow(prints)
    await stage.round(0)
    looked = stage.clock.now
    for kind in ("null", "null_hits", "404_empty", "html", "broken_json", "500", "wrong_shape"):
        stage.world.faults.set(kind)
        await stage.round(3)
        stage.world.faults.clear()
        assert (await stage.of(feed)).checked_at == looked, kind
    vase = stage.world.publish()
    await stage.round(3)
    assert stage.posts(prints) == [[vase.id]]


@pytest.mark.parametrize("days", [-60, -0.05, 0.05, 60, 3_000])
async def test_a_clock_that_jumps_loses_and_repeats_nothing(stage: Stage, prints: Place, days: float) -> None:
    """Ours jumps, Thingiverse's does not."""
    await stage.follow(prints)
    await stage.round(0)
    before = stage.world.publish("Before")
    await stage.round()
    right = stage.clock.now
    stage.world.now = lambda: right + timedelta(minutes=5)
    stage.clock.now += timedelta(days=days)
    during = stage.world.publish("During")
    await stage.round(5)
    await stage.jobs._clean(stage.epoch)
    await stage.round(5)
    stage.clock.now = right + timedelta(minutes=20)
    stage.world.now = stage.clock
    await stage.round(2)
    after = stage.world.publish("After")
    await stage.round(2)
    assert sorted(stage.posts(prints)) == [[before.id], [during.id], [after.id]]


async def test_a_restart_in_between_repeats_nothing(stage: Stage, prints: Place) -> None:
    """The next process takes over what this one had claimed."""
    await stage.follow(prints)
    await stage.round(0)
    vase = stage.world.publish()
    stage.clock.now += timedelta(minutes=2)
    await stage.jobs.poller.poll_due(stage.epoch)
    (claimed,) = await stage.store.outbox.claim(stage.clock(), stage.epoch)
    await stage.take_lease()
    await stage.send()
    assert stage.posts(prints) == [[vase.id]]
    assert not await stage.store.outbox.sent(claimed, 5, stage.clock(), stage.epoch - 1), "the older one is too late"


async def test_personal_and_server_limits_are_said(stage: Stage) -> None:
    ann = stage.discord.person("ann")
    for n in range(10):
        await stage.follow(ann, FeedSource(kind="tag", value=f"tag {n}"))
    with pytest.raises(BotError, match="the most I can send you"):
        await stage.follow(ann, VASES)


async def test_who_loses_the_lease_before_sending_leaves_it_to_the_next_one(stage: Stage, prints: Place) -> None:
    """As a process does that was paused between claiming a post and sending it."""
    await stage.follow(prints)
    await stage.round(0)
    vase, paused = stage.world.publish(), stage.epoch

    async def wait_too_long() -> None:
        stage.jobs.sender.turn = None
        await stage.take_lease()

    stage.jobs.sender.turn = wait_too_long
    await stage.jobs.poller.poll_due(paused)
    stage.clock.now += timedelta(minutes=2)
    await stage.jobs.poller.poll_due(paused)
    assert await stage.jobs.sender.send_due(paused) == 1
    while stage.jobs.sender._tasks:
        await stage.jobs.sender.wait()
    assert stage.epoch == paused + 1
    assert stage.posts(prints) == []
    await stage.send()
    assert stage.posts(prints) == [[vase.id]]
    assert await stage.states() == {"sent": 1}
