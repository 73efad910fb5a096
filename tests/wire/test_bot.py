"""The bot as a process, over real HTTP and a real websocket on both sides."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest

from demo.thingiverse import FakeThingiverse
from tests.bot.test_tour import COMMANDS, MENUS
from tests.wire.discord import DM, GUILD, USER_INSTALL, FakeDiscord
from tests.wire.process import Process, environment, running_bot, start
from ui.components import walk

GEARS = 1038


def text_of(message: Any) -> str:
    return "\n".join(part["content"] for part in walk(message["components"]) if part["type"] == 10)


def ids(message: Any) -> list[str]:
    return [part["custom_id"] for part in walk(message["components"]) if "custom_id" in part]


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord(guilds_in_ready=True) as discord:
        yield discord


async def link_by_dm(discord: FakeDiscord, world: FakeThingiverse, person: Any, maker: str = "mira") -> str:
    await discord.slash(person, "link")
    token = world.token_for(maker)
    said = await discord.dm(person, f"{world.app.redirect_uri}#access_token={token}")
    assert "Is this you?" in text_of(said.answers[0]), text_of(said.answers[0])
    confirm = next(custom_id for custom_id in ids(said.answers[0]) if "confirm" in custom_id)
    done = await discord.click(person, said.answers[0], confirm)
    assert "You are linked" in text_of(done.message or done.edits[-1])
    return token


async def test_the_whole_story(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        assert discord.intents == (1 << 9) | (1 << 12), "messages in servers and DMs, nothing privileged"
        assert {command["name"] for command in discord.commands} == {*COMMANDS, *MENUS}
        in_servers = {"top", "who-likes", "share", "settings", "doctor"}
        for command in discord.commands:
            assert command["contexts"] == ([0] if command["name"] in in_servers else [0, 1, 2])
        ann, ben = discord.person("ann"), discord.person("ben")
        token = await link_by_dm(discord, world, ann)

        shown = await discord.slash(ann, "popular")
        assert not shown.ephemeral
        assert "Herringbone" in text_of(shown.message)

        pressed = await discord.click(ann, shown.message, f"t1:like:{GEARS}")
        assert pressed.ephemeral
        assert world.likes_of("mira") == {GEARS}
        await asyncio.sleep(0.3)
        label = next(p["label"] for p in walk(shown.message["components"]) if p.get("custom_id") == f"t1:like:{GEARS}")
        assert label == "Like · 4,742", "the public card's count follows"

        taken_back = await discord.slash(ann, "unlike", thing=str(GEARS), where=DM)
        assert "You no longer like" in text_of(taken_back.message)
        assert world.likes_of("mira") == set()

        begins = await discord.click(ben, shown.message, f"t1:like:{GEARS}")
        form = await discord.click(ben, begins.message, "t1:paste")
        asked = await discord.submit(ben, form, {"pasted": world.token_for("kumiko")})
        last = asked.edits[-1] if asked.edits else asked.message
        done = await discord.click(ben, last, next(i for i in ids(last) if "confirm" in i))
        assert "You like" in text_of(done.edits[-1] if done.edits else done.message)
        assert world.likes_of("kumiko") == {GEARS}

        for where in (GUILD, DM, USER_INSTALL):
            for command in ("popular", "help", "account", "likes"):
                assert (await discord.slash(ann, command, where=where)).message is not None
        assert discord.violations == []
        assert token not in process.said
    assert all("token" not in str(request.body) or token not in str(request.body) for request in discord.requests)


async def test_nobody_waits_a_second_for_a_sign_while_thingiverse_hangs(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path, THINGIVERSE_TIMEOUT="2"):
        ann = discord.person("ann")
        await link_by_dm(discord, world, ann)
        world.faults.set("hang", match="* /api/*")
        asked = [
            discord.slash(ann, "popular"),
            discord.slash(ann, "like", thing=str(GEARS)),
            discord.slash(ann, "likes"),
            discord.slash(discord.person("ben"), "popular"),
        ]
        for result in await asyncio.gather(*asked):
            assert result.ack_after is not None
            assert result.ack_after < 1.0
            assert "Thingiverse" in text_of(result.message)
        again = await discord.slash(ann, "popular")
        assert again.ack_type == 4, "known to be down: no second wait"
        assert "has not answered since" in text_of(again.message)


async def test_a_slow_thingiverse_is_waited_for(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    async with running_bot(discord, world, tmp_path):
        world.faults.latency = 1.2
        shown = await discord.slash(discord.person("ann"), "popular")
        assert shown.ack_type == 5
        assert "Herringbone" in text_of(shown.message)


async def test_a_dm_that_takes_long_gets_a_first_word(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path, THINGIVERSE_TIMEOUT="10"):
        ann = discord.person("ann")
        await discord.slash(ann, "link")
        world.faults.latency = 2.0
        said = await discord.dm(ann, f"{world.app.redirect_uri}#access_token={world.token_for('mira')}", timeout=8)
        await said.until(lambda it: "Is this you?" in text_of(it.answers[0]), 8)
        assert len(said.answers) == 1, "the first word became the answer"


@pytest.mark.parametrize("resumable", [True, False])
async def test_a_dropped_gateway_is_found_again(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, resumable: bool
) -> None:
    async with running_bot(discord, world, tmp_path):
        await discord.slash(discord.person("ann"), "help")
        if resumable:
            await discord.drop_gateway(4000, resumable=True)
        else:
            await discord.invalid_session(resumable=False)
        await asyncio.sleep(0.5)
        await discord.ready(15)
        assert (await discord.slash(discord.person("ann"), "help")).message is not None


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
async def test_stopping_finishes_what_is_in_hand(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, how: int
) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        ann = discord.person("ann")
        await link_by_dm(discord, world, ann)
        world.faults.latency = 1.0
        like = asyncio.create_task(discord.slash(ann, "like", thing=str(GEARS)))
        await asyncio.sleep(0.6)
        process.stop(how)
        assert "You like" in text_of((await like).message)
        assert await process.ended() == 0
        assert "Traceback" not in process.said


async def test_commands_are_sent_once_and_again_when_discord_lost_them(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    def puts() -> int:
        return sum(r.method == "PUT" and r.path.endswith("/commands") for r in discord.requests)

    async def start_and_stop() -> int:
        async with running_bot(discord, world, tmp_path) as process:
            process.stop()
            await process.ended()
        return puts()

    assert [await start_and_stop(), await start_and_stop()] == [1, 1]
    discord.commands.clear()
    assert await start_and_stop() == 2


async def test_commands_that_discord_will_not_take_do_not_keep_the_bot_from_running(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    discord.fail("PUT /applications/*/commands", 403, code=50001, times=1)
    async with running_bot(discord, world, tmp_path) as process:
        assert "commands not synced" in process.said


async def test_a_refused_token_ends_in_one_clear_line_and_patience(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    settings = environment(discord, world, tmp_path, DISCORD_TOKEN="MTE1.wrong.token-canary-of-some-length-0000")
    process = await start("run", settings, tmp_path)
    assert await process.ended() == 77
    assert process.said.strip().splitlines()[-1].startswith("✗ Discord refuses DISCORD_TOKEN")
    assert "Traceback" not in process.said
    assert "token-canary" not in process.said
    again = await start("run", settings, tmp_path)
    await asyncio.sleep(2.5)
    assert again.running.returncode is None, "it waits before it knocks again"
    assert "waiting" in again.said
    again.stop()
    assert await again.ended(5) == 0


async def test_no_discord_at_all_is_one_clear_line(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    process = await start("run", environment(discord, world, tmp_path, DISCORD_API_BASE="http://127.0.0.1:9"), tmp_path)
    assert await process.ended(60) == 69
    assert "Discord cannot be reached" in process.said
    assert "Traceback" not in process.said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"TOKEN_KEYS": "short", "TOKEN_KEYS_FILE": ""}, "python bot.py new-key"),
        ({"TOKEN_KEYS_FILE": ""}, "TOKEN_KEYS is not set"),
        ({"DISCORD_TOKEN": "", "THINGIVERSE_CLIENT_ID": ""}, "DISCORD_TOKEN is not set"),
        ({"DATABASE_URL": "mysql://user:canary@host/x"}, "not supported"),
        ({"DATABASE_URL": "nonsense"}, "not the address of a database"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
    ],
)
async def test_a_wrong_setting_is_told_and_nothing_starts(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, wrong: dict[str, str], said: str
) -> None:
    process = await start("run", environment(discord, world, tmp_path, **wrong), tmp_path)
    assert await process.ended() == 78
    assert said in process.said
    assert "Traceback" not in process.said
    assert "canary" not in process.said


async def test_another_key_than_the_links_were_sealed_with_stops_the_start(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        await link_by_dm(discord, world, discord.person("ann"))
        process.stop()
        await process.ended()
    (tmp_path / "key").unlink()
    process = await start("run", environment(discord, world, tmp_path), tmp_path)
    assert await process.ended() == 78
    assert "lacks the key" in process.said


async def test_check_finds_all_well_and_says_what_is_not(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        process.stop()
        await process.ended()
    well = await start("check", environment(discord, world, tmp_path), tmp_path)
    assert await well.ended() == 0, well.said
    assert "✗" not in well.said
    assert "Discord has this version's commands" in well.said
    well.log.unlink()
    wrong = await start("check", environment(discord, world, tmp_path, THINGIVERSE_APP_TOKEN="0" * 32), tmp_path)
    assert await wrong.ended() == 1
    assert "✗ Thingiverse refuses THINGIVERSE_APP_TOKEN" in wrong.said
    assert "thingiverse.com/apps" in wrong.said


async def test_invite_new_key_and_version(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    settings = environment(discord, world, tmp_path)
    said: dict[str, str] = {}
    for command in ("invite", "new-key", "--version"):
        process: Process = await start(command, settings, tmp_path)
        assert await process.ended() == 0, process.said
        said[command] = process.said.strip()
    assert f"client_id={discord.state.application_id}" in said["invite"]
    assert "applications.commands" in said["invite"]
    assert len(said["new-key"]) == 43
    assert said["--version"].startswith("Thingamabot ")


async def test_json_logs_are_one_object_a_line(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    async with running_bot(discord, world, tmp_path, LOG_FORMAT="json") as process:
        await link_by_dm(discord, world, discord.person("ann"))
        process.stop()
        await process.ended()
    events = [json.loads(line)["event"] for line in process.said.splitlines()]
    assert {"logged in", "linked", "stopping"} <= set(events)
