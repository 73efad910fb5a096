"""/help: every command in five short parts, and only the buttons that apply."""

from __future__ import annotations

import re
from typing import Any

import discord
import pytest

from storage.errors import StorageError
from tests.stage import Stage, buttons, open_stage, parts, text_of

MENTION = re.compile(r"</([^:]+):([0-9]+)>")


async def test_help_names_every_command_in_five_short_parts(stage: Stage) -> None:
    result = await stage.ann.slash(stage.channel, "help")
    assert result.ephemeral
    texts = [part["content"] for part in parts(result.response) if part["type"] == 10]
    assert len(texts) == 5
    assert all(text.startswith("**") for text in texts)
    assert sum(len(MENTION.sub("", text)) for text in texts) < 700
    commands = stage.bot.tree.get_commands(type=discord.AppCommandType.chat_input)
    assert sorted(name for name, _ in MENTION.findall("\n".join(texts))) == sorted(each.name for each in commands)
    moderating = {command.name for command in commands if command.default_permissions is not None}
    assert {name for name, _ in MENTION.findall(texts[4])} == moderating
    assert "moderators" in texts[4]


async def test_only_those_who_are_not_linked_are_asked_to_link(stage: Stage) -> None:
    first = await stage.ann.slash(stage.channel, "help")
    assert set(buttons(first.response)) == {"Link my account", "Add to your server"}
    token = await stage.link(stage.ann, "mira")
    linked = await stage.ann.slash(stage.channel, "help")
    assert set(buttons(linked.response)) == {"Add to your server"}
    stage.world.revoke(token)
    await stage.ann.slash(stage.channel, "like", thing="1038")
    assert "Link my account" in buttons((await stage.ann.slash(stage.channel, "help")).response), "the link is dead"


async def test_the_bot_can_be_added_from_help(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    url = buttons((await stage.ann.slash(stage.channel, "help")).response)["Add to your server"]["url"]
    assert url.startswith("https://discord.com/oauth2/authorize?")
    assert f"client_id={stage.bot.application_id}" in url
    monkeypatch.setattr(stage.bot.application, "bot_public", False)
    assert "Add to your server" not in buttons((await stage.ann.slash(stage.channel, "help")).response)


async def test_help_needs_no_database(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fails(*_: Any) -> None:
        raise StorageError("gone")

    monkeypatch.setattr(stage.bot.get_cog("help")._accounts, "link_of", fails)
    assert "**Find designs**" in text_of((await stage.ann.slash(stage.channel, "help")).response)


async def test_help_leads_to_support_where_there_is_some(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, support_url="https://example.org/help") as stage:
        shown = (await stage.ann.slash(stage.channel, "help")).response
        assert buttons(shown)["Get help"]["url"] == "https://example.org/help"
        assert "Questions?" not in text_of(shown)
