"""Feeds of the whole bot in a simulated Discord, as the demo has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from feed_records import FeedSource, Subscription
from tests.stage import Stage, buttons
from thingiverse.models import Maker, Thing


async def test_a_new_design_is_posted_in_a_channel_and_by_dm(stage: Stage) -> None:
    jobs, store = stage.bot.feeds, stage.bot.store
    assert jobs is not None
    assert jobs.online()
    now, vases = datetime.now(UTC), FeedSource(kind="tag", value="vase", name="vase")
    await store.feeds.create(Subscription(guild=stage.guild.id, channel=stage.channel.id, source=vases, started_at=now))
    person = stage.ben.user.id
    await store.feeds.create(Subscription(person=person, channel=0, target="dm", source=vases, started_at=now))
    epoch = await store.leases.take("feeds", "us", "here", 1, 60)
    assert epoch is not None
    await jobs.poller.poll_due(epoch)
    stage.world.publish("Vase of the hour")
    later = now + timedelta(minutes=6)
    jobs.poller._now = jobs.sender.now = lambda: later
    jobs.poller._catalog._shelf.expire()
    await jobs.poller.poll_due(epoch)
    await jobs.sender.send_due(epoch)
    while jobs.sender._tasks:
        await jobs.sender.wait()
    assert (await store.posted.counts()).outbox == {"sent": 2}
    for channel in (stage.channel, stage.ben.user.dm_channel):
        shown = {label.partition(" ·")[0] for label in buttons(channel.last_message)}
        assert {"Like", "Details", "Open"} <= shown


@pytest.mark.parametrize(
    ("settings", "stop"), [({"hidden_makers": ("kumiko",)}, "hidden"), ({"no_ai": True}, "ai"), ({}, None)]
)
async def test_what_a_server_does_not_want_is_posted_by_no_feed_of_it(
    stage: Stage, settings: dict[str, Any], stop: str | None
) -> None:
    await stage.bot.get_cog("settings")._servers.change(stage.guild.id, **settings)
    jobs, vases = stage.bot.feeds, FeedSource(kind="tag", value="vase", name="vase")
    assert jobs is not None
    thing = Thing(id=5, title="Vase", maker=Maker(number=1, login="Kumiko"), ai=True)
    now = datetime.now(UTC)
    ours = Subscription(guild=stage.guild.id, channel=stage.channel.id, source=vases, started_at=now)
    own = Subscription(person=stage.ben.user.id, channel=0, target="dm", source=vases, started_at=now)
    assert (await jobs.sender.allows(ours, thing), await jobs.sender.allows(own, thing)) == (stop, None)
