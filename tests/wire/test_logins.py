"""After each rejected login, the bot says how to fix it and waits longer."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import pytest

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.waiting import until
from tests.wire.process import environment, running_bot, start


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord() as discord:
        yield discord


async def test_each_refusal_by_the_gateway_lengthens_the_wait_before_the_next_login(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    """The message content intent isn't approved, so login works and the gateway closes the connection."""
    settings = environment(discord, world, tmp_path, PREVIEWS="true")
    counted: list[int] = []
    for _ in range(3):
        process = await start("run", settings, tmp_path)
        assert await process.ended(90) == 77
        assert "Message Content Intent" in process.said
        counted.append(refusals(tmp_path / "bot.db"))
    assert counted == [1, 2, 3], "each doubles the wait; a login that goes well forgets none"


def refusals(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (noted,) = connection.execute("SELECT value FROM meta WHERE name = 'login_refusals'").fetchone()
    return json.loads(noted)["count"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (4004, "Discord no longer accepts DISCORD_TOKEN"),
        (4010, "rejected the bot's shard"),
        (4011, "number of shards"),
        (4012, "Update the bot"),
        (4013, "intents"),
        (4014, "Message Content Intent"),
    ],
)
async def test_a_connection_that_is_closed_for_good_says_why_and_what_to_do(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, code: int, said: str
) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        await discord.drop_gateway(code, resumable=False)
        assert await process.ended(30) == 77
        last = process.said.strip().splitlines()[-1]
        assert said in last
        assert str(code) in last
        assert "Traceback" not in process.said


@pytest.mark.parametrize("path", ["/users/@me", "/oauth2/applications/@me", "/gateway/bot"])
async def test_a_stop_during_the_login_is_no_rejected_login(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, path: str
) -> None:
    settings = environment(discord, world, tmp_path)
    discord.fail(f"GET {path}", None, delay=60.0)
    process = await start("run", settings, tmp_path)
    await until(lambda: path in [request.path for request in discord.requests])
    process.stop()
    assert await process.ended(30) == 0
    assert "error" not in process.said
    async with running_bot(discord, world, tmp_path) as process:
        assert "earlier login rejected" not in process.said


async def test_a_stop_before_the_gateway_says_anything_is_no_error(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    discord.gateway.silent = True
    process = await start("run", environment(discord, world, tmp_path), tmp_path)
    await until(lambda: bool(discord.gateway.queries))
    process.stop()
    assert await process.ended(30) == 0
    assert "error" not in process.said


async def test_the_start_is_one_line_with_version_database_and_servers(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        await process.until(lambda said: "event=ready" in said)
    ready = next(line for line in process.said.splitlines() if "event=ready" in line)
    assert re.search(r"version=\S+", ready)
    assert re.search(r"database=\S+bot\.db servers=1", ready)
    assert "PyNaCl" not in process.said
    assert "davey" not in process.said


async def test_what_answers_and_is_not_discord_is_told(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    settings = environment(discord, world, tmp_path, DISCORD_API_BASE=world.www_url)
    for command in ("run", "invite"):
        process = await start(command, settings, tmp_path)
        assert await process.ended(30) in {69, 77}
        assert "Traceback" not in process.said


async def test_with_few_logins_left_it_does_not_connect(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    """A bot that uses up all of them gets its token reset."""
    discord.rest.starts_used = 995
    process = await start("run", environment(discord, world, tmp_path), tmp_path)
    assert await process.ended() == 77, process.said
    assert "Discord allows only 5 more new connections in the next 24.0 hours" in process.said
    assert not [each for each in process.said.splitlines() if "Traceback" in each]
