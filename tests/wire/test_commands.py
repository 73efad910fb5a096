"""Every command over the wire. Each reply matches Discord's API description."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.discord.server import DM, FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.commands import COMMANDS
from tests.wire.process import running_bot
from tests.wire.story import link_by_dm, text_of

OTHERS = {"unlink"}  # would end the link too early


@pytest.mark.parametrize(
    "locale", ["de", pytest.param("en-US", marks=pytest.mark.slow), pytest.param("ja", marks=pytest.mark.slow)]
)
async def test_every_answer_fits_discords_description(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, locale: str
) -> None:
    async with running_bot(discord, world, tmp_path):
        ann = discord.person("ann")
        await link_by_dm(discord, world, ann)
        for name, options in COMMANDS.items():
            if name in OTHERS:
                continue
            answer = await discord.slash(ann, name, locale=locale, guild_locale=locale, **options)
            assert answer.message is not None, name
            assert text_of(answer.message) or answer.message.get("attachments"), name
        assert discord.violations == []


async def test_the_same_in_a_dm(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    async with running_bot(discord, world, tmp_path):
        ann = discord.person("ann")
        for command in discord.commands:
            name = command["name"]
            if command.get("type", 1) == 1 and 1 in command["contexts"]:
                answer = await discord.slash(ann, name, where=DM, **COMMANDS[name])
                assert answer.message is not None, name
        assert discord.violations == []


async def test_suggestions_are_there_at_once(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    async with running_bot(discord, world, tmp_path):
        ann = discord.person("ann")
        await discord.slash(ann, "popular")
        world.clear_requests()
        for typed in ("g", "ge", "gear"):
            offered = await discord.autocomplete(ann, "thing", "thing", typed)
            assert any("gear" in choice["name"].lower() for choice in offered)
        assert world.requests == []
