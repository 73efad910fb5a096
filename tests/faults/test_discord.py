"""Discord fails: the action is done once, and the person is told in the end."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from fakes.discord.server import FakeDiscord
from fakes.discord.state import NotAnswered
from fakes.thingiverse import FakeThingiverse
from tests.waiting import PATIENCE, until
from tests.wire.process import running_bot
from tests.wire.story import link_by_dm, text_of

GEARS = 1038
TROUBLES: dict[str, dict[str, Any]] = {
    "500": {"status": 500},
    "502 of a proxy": {"status": 502, "html": True},
    "503": {"status": 503},
    "504, twice": {"status": 504, "times": 2},
    "429": {"status": 429, "retry_after": 0.3},
    "429 everywhere": {"status": 429, "retry_after": 0.3, "everywhere": True},
    "slow": {"status": None, "delay": 1.5},
    "its word is lost": {"status": None, "lose": True},
    "it hangs up": {"status": None, "cut": True},
}
SURVIVED = {"429", "429 everywhere", "slow"}  # the person gets a reply anyway


async def pressed(discord: FakeDiscord, message: Any) -> str:
    """The text of the reply to a press of Like; "" if none came in time."""
    try:
        result = await discord.click(discord.person("ann"), message, f"t1:like:{GEARS}")
    except NotAnswered:
        return ""
    return text_of(result.message) if result.message is not None else ""


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_like_is_done_once_whatever_discord_says_to_its_answer(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, trouble: str
) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        await link_by_dm(discord, world, discord.person("ann"))
        shown = (await discord.slash(discord.person("ann"), "popular")).message
        discord.fail("POST /interactions/*", **TROUBLES[trouble])
        if trouble not in SURVIVED:
            discord.state.first_sign = 3.0
        first = await pressed(discord, shown)
        discord.state.first_sign = PATIENCE
        await until(lambda: world.likes_of("mira"))
        assert world.likes_of("mira") == {GEARS}, first
        again = await pressed(discord, shown)
        assert "already like" in again, "the same button tells how it is"
        assert world.likes_of("mira") == {GEARS}
        if trouble in SURVIVED:
            assert "You like" in first
        assert (await discord.slash(discord.person("ann"), "help")).message is not None, "the bot goes on"
    assert "Task exception was never retrieved" not in process.said
    for token in world.tokens:
        assert token not in process.said


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_commands_that_cannot_be_registered_keep_nobody_from_using_the_bot(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, status: int
) -> None:
    discord.fail("PUT /applications/*", status, times=2, retry_after=0.2)
    async with running_bot(discord, world, tmp_path):
        await link_by_dm(discord, world, discord.person("ann"))
        assert discord.violations == []


async def test_the_gateway_dropped_in_the_middle_of_a_like_loses_nothing(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path):
        await link_by_dm(discord, world, discord.person("ann"))
        shown = (await discord.slash(discord.person("ann"), "popular")).message
        like, dropped = world.like, list[asyncio.Task[None]]()

        def dropping(name: str, thing: int) -> None:
            like(name, thing)
            dropped.append(asyncio.create_task(discord.drop_gateway(None)))

        world.like = dropping  # type: ignore[method-assign]
        said = await pressed(discord, shown)
        assert "You like" in said, "answers do not go by the gateway"
        world.like = like  # type: ignore[method-assign]
        await discord.ready(PATIENCE)
        assert "already like" in await pressed(discord, shown)
