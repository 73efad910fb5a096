"""`python bot.py init`, on a terminal and without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from storage.vault import Vault
from tests.wire.process import environment, start
from tests.wire.terminal import on_a_terminal

ASKED = (
    "DISCORD_TOKEN",
    "THINGIVERSE_CLIENT_ID",
    "THINGIVERSE_APP_TOKEN",
    "THINGIVERSE_CLIENT_SECRET",
    "THINGIVERSE_REDIRECT_URI",
    "DATABASE_URL",
)


@pytest.fixture
def settings(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> dict[str, str]:
    """Only where the two services are; the rest is asked for."""
    given = environment(discord, world, tmp_path)
    return {name: value for name, value in given.items() if name not in {*ASKED, "TOKEN_KEYS_FILE"}}


def written(folder: Path) -> dict[str, str]:
    lines = (line for line in (folder / ".env").read_text().splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def secrets(discord: FakeDiscord, world: FakeThingiverse) -> list[str]:
    return [discord.token, world.app.app_token, world.app.client_secret]


async def test_it_asks_for_each_value_and_tries_it_and_a_bot_runs_with_what_it_wrote(
    discord: FakeDiscord, world: FakeThingiverse, settings: dict[str, str], tmp_path: Path
) -> None:
    async with on_a_terminal(settings, tmp_path, "init") as terminal:
        await terminal.asks("Reset Token, then Copy")
        await terminal.answer("DISCORD_TOKEN:", "1150000000000000001")
        await terminal.asks("is an application ID, not a token")
        await terminal.answer("DISCORD_TOKEN:", "MTE1.no")
        await terminal.asks("three parts")
        await terminal.answer("DISCORD_TOKEN:", f' "Bot {discord.token}" ')
        await terminal.asks("It's the token of thingamabot")
        await terminal.answer("THINGIVERSE_CLIENT_ID:", world.app.client_id)
        await terminal.answer("THINGIVERSE_APP_TOKEN:", world.app.client_id)
        await terminal.asks("same value as THINGIVERSE_CLIENT_ID")
        await terminal.answer("THINGIVERSE_APP_TOKEN:", discord.token + "x")
        await terminal.asks("looks like a Discord token")
        await terminal.answer("THINGIVERSE_APP_TOKEN:", world.app.app_token)
        await terminal.asks(f"It's the token of your app {world.app.client_id}")
        await terminal.answer("THINGIVERSE_CLIENT_SECRET:", world.app.client_secret)
        await terminal.answer("THINGIVERSE_REDIRECT_URI", "example.org")
        await terminal.asks("must be a URL")
        await terminal.answer("THINGIVERSE_REDIRECT_URI", world.app.redirect_uri)
        await terminal.answer("DATABASE_URL", "")
        await terminal.asks("data/thingamabot.db will be created")
        await terminal.asks("adds the bot to a server")
        await terminal.asks("client_id=1150000000000000001")
        await terminal.asks("Logged in to Discord")
        assert await terminal.ended() == 0, terminal.shown
    for secret in secrets(discord, world):
        assert secret not in terminal.shown
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    values = written(tmp_path)
    assert values["DISCORD_TOKEN"] == discord.token
    assert Vault.from_text(values["TOKEN_KEYS"])
    assert values["TOKEN_KEYS"] not in terminal.shown
    assert "LOG_LEVEL" in values, "the example's comments and defaults are there, too"
    process = await start("run", settings, tmp_path)
    await discord.ready()
    process.stop()
    assert await process.ended() == 0


async def test_running_it_again_changes_only_what_is_asked_for(
    discord: FakeDiscord, world: FakeThingiverse, settings: dict[str, str], tmp_path: Path
) -> None:
    process = await start("init", {**settings, **of(discord, world)}, tmp_path, "--from-env")
    assert await process.ended(60) == 0, process.said
    (tmp_path / ".env").write_text((tmp_path / ".env").read_text() + "# mine\n")
    before = written(tmp_path)
    world.app.client_secret = "0123456789abcdef" * 2
    async with on_a_terminal(settings, tmp_path, "init", "THINGIVERSE_CLIENT_SECRET") as terminal:
        await terminal.answer("THINGIVERSE_CLIENT_SECRET:", world.app.client_secret)
        assert await terminal.ended() == 0, terminal.shown
    assert written(tmp_path) == {**before, "THINGIVERSE_CLIENT_SECRET": world.app.client_secret}
    assert "# mine" in (tmp_path / ".env").read_text()
    async with on_a_terminal(settings, tmp_path, "init") as terminal:
        for _ in range(4):
            await terminal.answer("Change it?", "n")
        await terminal.answer("THINGIVERSE_REDIRECT_URI", "")
        await terminal.answer("Change it?", "n")
        assert await terminal.ended() == 0, terminal.shown
    assert written(tmp_path) == {**before, "THINGIVERSE_CLIENT_SECRET": world.app.client_secret}


def of(discord: FakeDiscord, world: FakeThingiverse) -> dict[str, str]:
    return {
        "DISCORD_TOKEN": discord.token,
        "THINGIVERSE_CLIENT_ID": world.app.client_id,
        "THINGIVERSE_APP_TOKEN": world.app.app_token,
        "THINGIVERSE_CLIENT_SECRET": world.app.client_secret,
        "DATABASE_URL": "sqlite:///data/thingamabot.db",
    }


async def test_without_a_terminal_the_environment_is_enough(
    discord: FakeDiscord, world: FakeThingiverse, settings: dict[str, str], tmp_path: Path
) -> None:
    process = await start("init", {**settings, **of(discord, world)}, tmp_path, "--from-env")
    assert await process.ended(60) == 0, process.said
    assert "It's the token of thingamabot" in process.said
    assert not [secret for secret in secrets(discord, world) if secret in process.said]
    values = written(tmp_path)
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
    assert values.items() >= of(discord, world).items()
    process = await start("init", settings, tmp_path, "--from-env")
    assert await process.ended(60) == 0, process.said
    assert written(tmp_path) == values, "the key stays"


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        ({"DISCORD_TOKEN": ""}, 78, "DISCORD_TOKEN is not set"),
        ({"DISCORD_TOKEN": "1150000000000000001"}, 78, "is an application ID"),
        ({"DISCORD_TOKEN": "MTE1MDAwMDAwMDAwMDAwMDAwMQ.wrong.canary"}, 1, "Discord rejected the token"),
        ({"THINGIVERSE_APP_TOKEN": "0123456789abcdef0123456789abcdef"}, 1, "Thingiverse rejected the token"),
        ({"DATABASE_URL": "sqlite:////"}, 1, "The database can't be used"),
    ],
)
async def test_without_a_terminal_nothing_is_written_if_a_value_is_wrong(
    discord: FakeDiscord,
    world: FakeThingiverse,
    settings: dict[str, str],
    tmp_path: Path,
    wrong: dict[str, str],
    code: int,
    said: str,
) -> None:
    process = await start("init", {**settings, **of(discord, world), **wrong}, tmp_path, "--from-env")
    assert await process.ended(60) == code, process.said
    assert said in process.said
    assert "canary" not in process.said
    assert "Traceback" not in process.said
    assert not (tmp_path / ".env").exists()


async def test_without_a_terminal_it_says_what_to_do(settings: dict[str, str], tmp_path: Path) -> None:
    process = await start("init", settings, tmp_path)
    assert await process.ended() == 78
    assert "--from-env" in process.said
    process = await start("init", settings, tmp_path, "LOG_LEVEL", "--from-env")
    assert await process.ended() == 78
    assert "init doesn't ask for LOG_LEVEL" in process.said


async def test_stopping_in_the_middle_keeps_what_was_accepted(
    discord: FakeDiscord, settings: dict[str, str], tmp_path: Path
) -> None:
    async with on_a_terminal(settings, tmp_path, "init") as terminal:
        await terminal.answer("DISCORD_TOKEN:", discord.token)
        await terminal.answer("THINGIVERSE_CLIENT_ID:", "\x03")
        assert await terminal.ended() == 1
        assert "Traceback" not in terminal.shown
    assert written(tmp_path)["DISCORD_TOKEN"] == discord.token
    assert (tmp_path / ".env").stat().st_mode & 0o777 == 0o600
