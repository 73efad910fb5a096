"""Keys and people's rights as an operator handles them: processes beside a bot that runs."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import pytest

from demo.thingiverse import FakeThingiverse
from storage.vault import new_key
from tests.wire.discord import FakeDiscord
from tests.wire.process import environment, running_bot, start
from tests.wire.test_bot import GEARS, link_by_dm, text_of


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord(guilds_in_ready=True) as discord:
        yield discord


async def test_keys_are_rotated_while_the_bot_runs_and_the_old_one_is_dropped(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    ann, ben = discord.person("ann"), discord.person("ben")
    settings = environment(discord, world, tmp_path)
    old, new = (tmp_path / "key").read_text(), new_key()

    async with running_bot(discord, world, tmp_path):
        token = await link_by_dm(discord, world, ann)
        (tmp_path / "key").write_text(f"{new},{old}")
        early = await start("rotate-keys", settings, tmp_path)
        assert await early.ended() == 78
        assert "Restart the bot first" in early.said
        assert "You like" in text_of((await discord.slash(ann, "like", thing=str(GEARS))).message), "nothing is lost"

    async with running_bot(discord, world, tmp_path) as process:
        rotation = await start("rotate-keys", settings, tmp_path)
        while rotation.running.returncode is None:
            assert "You " in text_of((await discord.slash(ann, "like", thing=str(GEARS))).message)
            await asyncio.sleep(0.05)
        assert rotation.running.returncode == 0, rotation.said
        assert "1 sealed anew" in rotation.said
        assert "Key 2 of TOKEN_KEYS may be dropped" in rotation.said
        await link_by_dm(discord, world, ben, "kumiko")

    (tmp_path / "key").write_text(new)
    async with running_bot(discord, world, tmp_path) as process:
        for person in (ann, ben):
            assert "Thingiverse accepts the link" in text_of((await discord.slash(person, "account")).message)
        for secret in (token, old, new):
            assert secret not in process.said + early.said + rotation.said
