"""What /doctor finds besides missing permissions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import discord
import pytest

from tests.bot.shares import decide
from tests.stage import Stage, text_of


@pytest.fixture
def mona(stage: Stage) -> Any:
    role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("mona"), roles=[role])


async def seen_by(stage: Stage, moderator: Any) -> str:
    return text_of((await moderator.slash(stage.channel, "doctor")).response)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("500", "Thingiverse isn't responding"),
        ("html", "Thingiverse isn't responding"),
        ("429", "Thingiverse is limiting my requests. The limit ends"),
        ("401", "Thingiverse doesn't accept this bot's key"),
        ("null", "Thingiverse"),
        ("404_empty", "Thingiverse"),
    ],
)
async def test_it_asks_thingiverse_whatever_was_read_before(stage: Stage, mona: Any, fault: str, said: str) -> None:
    await stage.ann.slash(stage.channel, "popular")
    stage.world.faults.set(fault, match="* /api/*")
    found = await seen_by(stage, mona)
    assert "## Something needs fixing" in found
    assert f"✗ {said}" in found


async def test_an_outage_says_since_when(stage: Stage, mona: Any) -> None:
    stage.world.faults.set("500", match="* /api/*")
    for _ in range(6):
        found = await seen_by(stage, mona)
    assert "✗ Thingiverse stopped responding" in found


async def test_a_timeout_is_told_and_leaves_only_reading(
    stage: Stage, mona: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = stage.guild.create_text_channel("other")
    await decide(stage, showcase=other.id)
    get_member = stage.bot.http.get_member

    async def timed_out(guild: int, member: int) -> Any:
        until = datetime.now(UTC) + timedelta(days=1)
        return {**await get_member(guild, member), "communication_disabled_until": until.isoformat()}

    monkeypatch.setattr(stage.bot.http, "get_member", timed_out)
    found = await seen_by(stage, mona)
    assert "✗ I'm timed out and can't post anything. The timeout ends" in found
    assert "✗ **Send Messages**" in found
    assert "✓ **View Channel**" in found


async def test_a_timeout_that_is_over_is_not_told(stage: Stage, mona: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    get_member = stage.bot.http.get_member

    async def was_timed_out(guild: int, member: int) -> Any:
        return {**await get_member(guild, member), "communication_disabled_until": "2020-01-01T00:00:00+00:00"}

    monkeypatch.setattr(stage.bot.http, "get_member", was_timed_out)
    assert "timed out" not in await seen_by(stage, mona)


async def test_a_channel_of_another_server_is_not_looked_into(stage: Stage, mona: Any) -> None:
    other = stage.env.create_guild(name="Other").create_text_channel("theirs")
    await decide(stage, showcase=other.id)
    found = await seen_by(stage, mona)
    assert "✗ I can't see this channel" in found
    assert "Send Messages" not in found


@pytest.mark.parametrize(("moderated", "found_out"), [(True, True), (False, False)])
async def test_a_forum_whose_tags_are_for_moderators_is_told(
    stage: Stage, mona: Any, monkeypatch: pytest.MonkeyPatch, moderated: bool, found_out: bool
) -> None:
    forum = stage.guild.create_forum_channel("designs")
    await decide(stage, showcase=forum.id)
    tags = [{"id": "1", "name": "new", "moderated": moderated}]
    _described(stage, monkeypatch, forum.id, {"flags": 1 << 4, "available_tags": tags})
    assert ("✗ This forum requires a tag" in await seen_by(stage, mona)) is found_out


@pytest.mark.parametrize(("count", "found_out"), [(1_000, True), (999, False)])
async def test_a_server_that_is_full_of_threads_is_told(
    stage: Stage, mona: Any, monkeypatch: pytest.MonkeyPatch, count: int, found_out: bool
) -> None:
    forum = stage.guild.create_forum_channel("designs")
    await decide(stage, showcase=forum.id)

    async def active(_: int) -> Any:
        return {"threads": [{}] * count, "members": []}

    monkeypatch.setattr(stage.bot.http, "get_active_threads", active)
    assert ("✗ This server has 1,000 active threads" in await seen_by(stage, mona)) is found_out


def _described(stage: Stage, monkeypatch: pytest.MonkeyPatch, number: int, more: dict[str, Any]) -> None:
    """Discord's data about a channel, with extra fields."""
    get_channel = stage.bot.http.get_channel

    async def described(channel: int) -> Any:
        found = await get_channel(channel)
        return {**found, **more} if channel == number else found

    monkeypatch.setattr(stage.bot.http, "get_channel", described)
