"""A Discord that leaves out what its documentation calls partial or optional: the bot starts, answers, and resumes."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from cards.components import walk
from fakes.discord.server import DM, GUILD, PRIVATE, USER_INSTALL, FakeDiscord
from fakes.discord.state import Where
from fakes.thingiverse import FakeThingiverse
from tests.commands import COMMANDS
from tests.waiting import PATIENCE
from tests.wire.process import Process, running_bot
from tests.wire.story import GEARS, link_by_dm, text_of

MESSAGE_CONTENT = 1 << 15


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord(terse=True, approved_intents=MESSAGE_CONTENT) as discord:
        discord.state.first_sign = PATIENCE
        yield discord


@pytest.fixture
async def bot(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Process]:
    async with running_bot(discord, world, tmp_path) as process:
        yield process


@pytest.mark.parametrize("where", [GUILD, DM, USER_INSTALL, PRIVATE])
async def test_every_command_is_answered(
    discord: FakeDiscord, world: FakeThingiverse, bot: Process, where: Where
) -> None:
    ann = discord.person("ann")
    for command in discord.commands:
        if command["type"] == 1 and (where is GUILD or 1 in command["contexts"]):
            await discord.slash(ann, command["name"], where=where, **COMMANDS[command["name"]])
    assert "level=error" not in bot.said
    assert "Traceback" not in bot.said


async def test_commands_in_threads_are_answered(discord: FakeDiscord, bot: Process) -> None:
    shown = await discord.slash(discord.person("ann"), "thing", thread=True, thing=str(GEARS))
    assert shown.message is not None
    assert "level=error" not in bot.said


async def test_someone_links_by_dm_and_likes_with_a_button(
    discord: FakeDiscord, world: FakeThingiverse, bot: Process
) -> None:
    ann = discord.person("ann")
    await link_by_dm(discord, world, ann)
    shown = await discord.slash(ann, "thing", thing=str(GEARS))
    assert shown.message is not None
    like = next(part for part in walk(shown.message["components"]) if part.get("custom_id") == f"t1:like:{GEARS}")
    pressed = await discord.click(ann, shown.message, like["custom_id"])
    assert pressed.message is not None
    assert "You liked" in text_of(pressed.message)
    assert world.likes_of("mira") == {GEARS}


async def test_a_resumed_connection_counts_as_online(discord: FakeDiscord, bot: Process) -> None:
    await discord.drop_gateway()
    await discord.ready(PATIENCE)
    assert (await discord.slash(discord.person("ann"), "help")).message is not None
    assert discord.gateway.resumes == 1
    assert [query.get("region") for query in discord.gateway.queries] == ["eu", "eu"]
    assert "gateway event dropped" not in bot.said


async def test_a_limit_without_via_is_waited_out(discord: FakeDiscord, world: FakeThingiverse, bot: Process) -> None:
    discord.fail("POST /interactions/*", 429, retry_after=0.2)
    assert (await discord.slash(discord.person("ann"), "help")).message is not None
    world.faults.latency = 0.8
    discord.fail("PATCH /webhooks/*", 429, retry_after=0.2)
    shown = await discord.slash(discord.person("ann"), "thing", thing=str(GEARS))
    assert "Something went wrong" not in "".join(map(text_of, shown.edits))


def without_member(payload: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in {"member", "user"}}


async def test_a_press_by_nobody_is_answered(
    discord: FakeDiscord, bot: Process, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann = discord.person("ann")
    shown = await discord.slash(ann, "popular")
    assert shown.message is not None
    who = discord._interactions._who
    monkeypatch.setattr(discord._interactions, "_who", lambda *given: without_member(who(*given)))
    for verb in ("t1:like", "t1:hand"):
        button = next(part for part in walk(shown.message["components"]) if verb in part.get("custom_id", ""))
        pressed = await discord.click(ann, shown.message, button["custom_id"])
        assert pressed.message is not None
        assert "Discord didn't tell me who you are" in text_of(pressed.message)
    assert "Traceback" not in bot.said


async def test_options_that_cannot_be_read_are_answered(discord: FakeDiscord, bot: Process) -> None:
    ann = discord.person("ann")
    place = discord.places.place(ann, GUILD)
    data = {"id": "1", "name": "thing", "type": 1, "options": [{"name": "thing"}]}
    asked = await discord._interactions.begin(2, ann, place, data, locale="en-US")
    await asked.changed.until(lambda: asked.message is not None, PATIENCE)


async def test_a_menu_finds_the_design_in_the_message_that_a_thread_is_about(
    discord: FakeDiscord, bot: Process
) -> None:
    ann = discord.person("ann")
    place = discord.places.place(ann, GUILD, thread=True)
    about = {"id": "8", "channel_id": "6", "content": f"https://www.thingiverse.com/thing:{GEARS}", "poll": {}}
    reference = {"type": 0, "channel_id": "6", "message_id": "8"}
    first = {"id": "9", "channel_id": "8", "type": 21, "message_reference": reference, "referenced_message": about}
    data = {"id": "1", "name": "Show thing", "type": 3, "target_id": "9", "resolved": {"messages": {"9": first}}}
    asked = await discord._interactions.begin(2, ann, place, data, locale="en-US")
    await asked.changed.until(lambda: asked.message is not None, PATIENCE)
    assert asked.message is not None
    await discord.settle()
    assert "Herringbone gear set" in text_of(asked.edits[-1] if asked.edits else asked.message)
