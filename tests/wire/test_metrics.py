"""/metrics of a running bot: the numbers are there, and nobody's ID, name, or token is."""

from __future__ import annotations

import re
import socket
from pathlib import Path

import aiohttp
import pytest

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.ports import free_port
from tests.wire.process import environment, running_bot, start
from tests.wire.story import GEARS, link_by_dm


@pytest.fixture
def listen() -> str:
    return f"127.0.0.1:{free_port()}"


async def read(listen: str, path: str = "/metrics") -> str:
    async with aiohttp.ClientSession() as client, client.get(f"http://{listen}{path}") as answer:
        assert answer.status == 200, path
        return await answer.text()


async def test_the_numbers_tell_what_happened_and_to_nobody_who_it_was(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, listen: str
) -> None:
    async with running_bot(discord, world, tmp_path, METRICS_LISTEN=listen, LOG_LEVEL="INFO") as process:
        await process.says("event=ready")
        ann = discord.person("ann")
        token = await link_by_dm(discord, world, ann)
        await discord.slash(ann, "like", thing=str(GEARS))
        world.faults.set("500")
        await discord.slash(ann, "likes")
        world.faults.clear()
        text = await read(listen)
        assert await read(listen, "/live") == "live\n"
        assert await read(listen, "/ready") == "ready\n"
    for part in (
        'discord_event_on_interaction_total{command="like",interaction="application_command",shard="0"} 1.0',
        'discord_connected{shard="0"} 1.0',
        'thingamabot_acknowledge_seconds_count{command="like"} 1.0',
        'thingamabot_answer_seconds_count{command="like",outcome="ok"} 1.0',
        'thingamabot_answer_seconds_count{command="likes",outcome="thingiverse"} 1.0',
        'thingamabot_thingiverse_request_seconds_count{endpoint="things/likes",outcome="2xx"} 1.0',
        'thingamabot_links{state="active"} 1.0',
        "thingamabot_database_up 1.0",
        "thingamabot_identifies_left",
    ):
        assert part in text, text
    assert re.search(r"thingamabot_thingiverse_budget_left \d{4,}", text)
    for hidden in (token, discord.token, world.app.app_token, "mira", str(ann.id)):
        assert hidden not in text
    assert str(GEARS) not in "".join(re.findall(r"{.*?}", text)), "a number may well have its digits"
    line = next(line for line in process.said.splitlines() if "event=interaction" in line and "command=like " in line)
    assert "outcome=ok" in line
    assert re.search(r"server=[0-9a-f]{8}\b", line)
    assert "voice" not in process.said.lower()


async def test_a_port_that_is_taken_is_told(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, listen: str
) -> None:
    host, port = listen.split(":")
    with socket.socket() as taken:
        taken.bind((host, int(port)))
        taken.listen()
        process = await start("run", environment(discord, world, tmp_path, METRICS_LISTEN=listen), tmp_path)
        assert await process.ended() == 78
    assert "Can't listen on METRICS_LISTEN: another program uses that port" in process.said


@pytest.mark.parametrize(
    ("elsewhere", "said"),
    [
        ("203.0.113.7:8080", "isn't one of this machine's addresses"),
        ("nobody.invalid:8080", "that host isn't known here"),
        (f"{'a' * 300}:8080", "that host isn't known here"),
    ],
)
async def test_a_place_that_is_not_here_is_told(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, elsewhere: str, said: str
) -> None:
    process = await start("run", environment(discord, world, tmp_path, METRICS_LISTEN=elsewhere), tmp_path)
    assert await process.ended() == 78
    assert said in process.said
