"""The bot as a process, over real HTTP and a real WebSocket."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest

from fakes.discord.server import DM, GUILD, USER_INSTALL, FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.commands import COMMANDS, MENUS
from tests.waiting import PATIENCE, until
from tests.wire.process import Process, environment, running_bot, start
from tests.wire.story import GEARS, ids, label_of, link_by_dm, start_linking, text_of


async def test_the_whole_story(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    async with running_bot(
        discord, world, tmp_path, warm=False, DATABASE_URL=f"sqlite:///{tmp_path}/new.db"
    ) as process:
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
        await shown.until(lambda it: label_of(it.message, f"t1:like:{GEARS}") == "Like · 4,742", PATIENCE)

        taken_back = await discord.slash(ann, "unlike", thing=str(GEARS), where=DM)
        assert "You unliked" in text_of(taken_back.message)
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
            assert result.ack_type == 5, "a sign came before the answer"
            assert "Thingiverse" in text_of(result.message)
        again = await discord.slash(ann, "popular")
        assert again.ack_type == 4, "known to be down: no second wait"
        assert "stopped responding" in text_of(again.message)


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
        await start_linking(discord, ann)
        world.faults.latency = 2.0
        said = await discord.dm(ann, f"{world.app.redirect_uri}#access_token={world.token_for('mira')}")
        await said.until(lambda it: "Is this you?" in text_of(it.answers[0]), PATIENCE)
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
        await discord.ready(PATIENCE)
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
        await until(lambda: world.count("POST", f"/api/things/{GEARS}/likes"))
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
    assert process.said.strip().splitlines()[-1].startswith("✗ Discord rejected DISCORD_TOKEN")
    assert "Traceback" not in process.said
    assert "token-canary" not in process.said
    for _ in range(6):  # a machine that starts it slowly has waited by then; the wait doubles each time
        again = await start("run", settings, tmp_path)
        await until(lambda it=again: "waiting" in it.said or it.running.returncode is not None)
        if again.running.returncode is None:
            break
    assert again.running.returncode is None, "it waits before it tries again"
    again.stop()
    assert await again.ended() == 0


async def test_no_discord_at_all_is_one_clear_line(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    process = await start("run", environment(discord, world, tmp_path, DISCORD_API_BASE="http://127.0.0.1:9"), tmp_path)
    assert await process.ended() == 69
    assert "Can't reach Discord" in process.said
    assert "Traceback" not in process.said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"TOKEN_KEYS": "short", "TOKEN_KEYS_FILE": ""}, "python bot.py new-key"),
        ({"TOKEN_KEYS_FILE": ""}, "TOKEN_KEYS is not set"),
        ({"DISCORD_TOKEN": "", "THINGIVERSE_CLIENT_ID": ""}, "DISCORD_TOKEN is not set"),
        ({"DATABASE_URL": "mysql://user:canary@host/x"}, "isn't supported"),
        ({"DATABASE_URL": "nonsense"}, "isn't a valid database URL"),
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
    assert "is missing the key" in process.said


async def test_check_finds_all_well_and_says_what_is_not(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        process.stop()
        await process.ended()
    well = await start("check", environment(discord, world, tmp_path), tmp_path, warm=False)
    assert await well.ended() == 0, well.said
    assert "✗" not in well.said
    assert "Commands are up to date on Discord" in well.said
    well.log.unlink()
    wrong = await start("check", environment(discord, world, tmp_path, THINGIVERSE_APP_TOKEN="0" * 32), tmp_path)
    assert await wrong.ended() == 1
    assert "✗ Thingiverse rejected THINGIVERSE_APP_TOKEN" in wrong.said
    assert "thingiverse.com/apps" in wrong.said


async def test_invite_new_key_and_version(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    settings = environment(discord, world, tmp_path)
    said: dict[str, str] = {}
    for command in ("invite", "new-key", "--version"):
        process: Process = await start(command, settings, tmp_path, warm=command != "--version")
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
