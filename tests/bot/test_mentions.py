"""Messages name commands as mentions that people can click, and only commands that exist."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from babel.messages.pofile import read_po

from actions.rights import Rights
from errors import COMMAND, BotError
from operations import commands
from tests.languages import messages
from tests.stage import Stage, text_of
from texts import LOCALES, Commands, Texts
from wiring.bot import open_bot

LITERAL = re.compile(r"(?<![\w/.:<{])/([a-z][a-z-]+)")


async def ids_at_discord(stage: Stage) -> dict[str, int]:
    registered = await stage.bot.http.get_global_commands(stage.bot.application_id or 0)
    return {command["name"]: int(command["id"]) for command in registered if command.get("type", 1) == 1}


def sentences() -> list[str]:
    """All messages in the code, each form of a plural."""
    return [one for each in messages() for one in ([each.id] if isinstance(each.id, str) else each.id)]


async def test_a_message_mentions_a_command_by_its_id(stage: Stage) -> None:
    ids = await ids_at_discord(stage)
    said = text_of((await stage.ann.slash(stage.channel, "account")).response)
    assert f"</privacy:{ids['privacy']}>" in said


async def test_the_ids_are_asked_for_when_nothing_has_to_be_sent(stage: Stage) -> None:
    ids = await ids_at_discord(stage)
    stage.env.http_requests.clear()
    async with open_bot(stage.settings, patience=60.0) as restarted:
        await stage.env.restart_bot(restarted)
        assert not [each for each in stage.env.http_requests if each.method == "PUT" and "commands" in each.path]
        said = text_of((await stage.ann.slash(stage.channel, "account")).response)
        assert f"</privacy:{ids['privacy']}>" in said


async def test_an_error_mentions_commands_too(stage: Stage) -> None:
    ids = await ids_at_discord(stage)
    error = BotError("I'm not allowed to do that in this channel. A moderator can run {/doctor} to find out why.")
    for code in stage.bot.desk.texts.codes:
        assert f"</doctor:{ids['doctor']}>" in stage.bot.desk.texts.language(code).error(error)
    assert "can run /doctor to" in str(error), "as the log has it"


async def test_without_ids_a_command_is_shown_as_it_is_typed(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before Discord has answered, and where it refuses."""
    known = Commands()

    async def refuse(*_: Any, **__: Any) -> None:
        raise discord.Forbidden(SimpleNamespace(status=403, reason="no"), {"code": 50001, "message": "no"})  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(commands, "_registered", refuse)
    await commands.sync_when_changed(stage.bot.tree, stage.bot.store, 1, known)
    assert known.mention("popular") == "`/popular`"
    stage.bot.desk.texts.commands.learn({})
    assert "Use `/privacy`" in text_of((await stage.ann.slash(stage.channel, "account")).response)


def test_a_subcommand_has_its_commands_id() -> None:
    known = Commands()
    known.learn({"feed": 7})
    assert known.mention("feed add") == "</feed add:7>"
    assert known.mention("feeds") == "`/feeds`"


def test_no_value_can_name_a_command() -> None:
    english = Texts().english
    english.commands.learn({"popular": 7})
    assert english.say("Search: {words}", words="{/popular}") == "Search: {/popular}"


async def test_every_sentence_names_only_commands_that_exist(stage: Stage) -> None:
    there = {command.name for command in stage.bot.tree.get_commands(type=discord.AppCommandType.chat_input)}
    named = {name for sentence in sentences() for name in COMMAND.findall(sentence)}
    assert named, "sentences name commands"
    assert named <= there
    for path in sorted(Path(LOCALES).glob("*.po")):
        with path.open("rb") as file:
            translated = [form for message in read_po(file) for form in forms(message.string)]
        assert {name for form in translated for name in COMMAND.findall(form)} <= there, path.name


def forms(string: Any) -> list[str]:
    return [string] if isinstance(string, str) else list(string)


async def test_no_sentence_for_chat_spells_a_command_out(stage: Stage) -> None:
    """Only the linking page does, where nothing can be clicked."""
    there = {command.name for command in stage.bot.tree.get_commands(type=discord.AppCommandType.chat_input)}
    on_the_page = messages("web")
    spelled = [
        sentence
        for sentence in sentences()
        if there & set(LITERAL.findall(sentence)) and sentence not in {message.id for message in on_the_page}
    ]
    assert not spelled, "write {/name}"
    assert not [message.id for message in on_the_page if COMMAND.search(str(message.id))]


async def test_a_name_that_cannot_be_clicked_has_no_mention(stage: Stage) -> None:
    """Commands' own descriptions, and the file of an export."""
    for command in stage.bot.tree.get_commands():
        assert "{/" not in getattr(command, "description", "")
    exported = (await Rights(stage.bot.store).export(stage.ann.id)).decode()
    assert "/top" in exported
    assert "{/" not in exported
