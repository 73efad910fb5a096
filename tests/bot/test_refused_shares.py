"""A posted share is never reported as failed, and a rejected one says why."""

from __future__ import annotations

from typing import Any

import pytest

from storage import write_behind
from storage.errors import StorageError
from tests.bot.shares import decide, shared_cards
from tests.stage import Stage, buttons, text_of

GEARS = 1038


@pytest.fixture
def full_disk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The share is recorded when the test says so, not when a timer does."""

    async def refuse(*_: Any) -> None:
        raise StorageError("the disk is full", "full")

    monkeypatch.setattr(stage.bot.store.community.noted_shares, "_write", refuse)
    monkeypatch.setattr(write_behind, "PAUSE", 3600.0)
    return monkeypatch


async def test_what_is_posted_is_told_as_posted_though_it_cannot_be_recorded(stage: Stage, full_disk: Any) -> None:
    shared = await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    assert "Shared." in text_of(shared.response)
    again = await stage.ben.slash(stage.channel, "share", thing=str(GEARS))
    assert "already shared here" in text_of(again.response)
    (card,) = shared_cards(stage.channel)
    assert buttons(again.response)["Jump to message"]["url"].endswith(f"/{stage.channel.id}/{card.id}")


async def test_it_is_recorded_once_the_database_takes_it(stage: Stage, full_disk: Any) -> None:
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    full_disk.undo()
    assert await stage.bot.store.community.noted_shares.settle()
    assert not stage.bot.store.community.noted_shares.records
    assert await stage.bot.store.community.share_of(stage.guild.id, GEARS) is not None


async def test_what_waits_to_be_recorded_is_forgotten_with_the_person(stage: Stage, full_disk: Any) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "share", thing=str(GEARS))
    await stage.unlink(stage.ann)
    full_disk.undo()
    assert await stage.bot.store.community.noted_shares.settle()
    assert await stage.bot.store.community.share_of(stage.guild.id, GEARS) is None


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (160006, "limit of active threads"),
        (40067, "requires a tag"),
        (40066, "requires a tag"),
        (20016, "slow mode"),
        (20029, "Too many messages"),
        (20009, "as explicit"),
        (20028, "Too many messages"),
        (200000, "AutoMod"),
        (50013, "/doctor"),
        (50035, "/doctor"),
        (30007, "/doctor"),
    ],
)
@pytest.mark.parametrize("kind", ["forum", "text"])
async def test_a_refused_post_to_the_showcase_says_why(stage: Stage, code: int, why: str, kind: str) -> None:
    make = stage.guild.create_forum_channel if kind == "forum" else stage.guild.create_text_channel
    showcase = make("showcase")
    await decide(stage, showcase=showcase.id)
    path = f"/channels/{showcase.id}/{'threads' if kind == 'forum' else 'messages'}"
    stage.env.inject_error("POST", path, status=400, code=code)
    refused = text_of((await stage.ann.slash(stage.channel, "share", thing=str(GEARS))).response)
    assert "I can't post in this server's showcase channel" in refused
    assert why in refused
    assert "reference" not in refused


async def test_another_servers_channel_is_no_showcase(stage: Stage) -> None:
    other = stage.env.create_guild(name="Other").create_text_channel("theirs")
    await decide(stage, showcase=other.id)
    refused = await stage.ann.slash(stage.channel, "share", thing=str(GEARS), note="x" * 200)
    assert "I can't post in this server's showcase channel" in text_of(refused.response)
    assert shared_cards(other) == []
