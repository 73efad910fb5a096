"""Each language has every sentence, whole, within Discord's limits; and Discord is told the commands in it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from bot import open_bot
from demo.thingiverse import FakeThingiverse
from tests.stage import settings_for
from ui.texts import LOCALES, CommandTexts

POT = LOCALES / "thingamabot.pot"
LANGUAGES = ["de", "es", "fr", "ja", "pt_BR"]
NAME = re.compile(r"^[-_'\w]{1,32}$")  # of commands and options; and without capitals


def read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=None if path == POT else path.stem)


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def keys(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def fields(sentence: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def test_these_are_the_languages_there_are() -> None:
    assert sorted(path.stem for path in LOCALES.glob("*.po")) == LANGUAGES


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_sentence_is_there_and_no_other(code: str) -> None:
    wanted = {keys(message) for message in read(POT) if message.id}
    said = {keys(message) for message in read(LOCALES / f"{code}.po") if message.id and all(forms(message))}
    assert not wanted - said, "not translated"
    assert not said - wanted, "said nowhere any more"


@pytest.mark.parametrize("code", LANGUAGES)
def test_values_and_marks_stay_what_they_are(code: str) -> None:
    for message in read(LOCALES / f"{code}.po"):
        if not message.id:
            continue
        one, *_ = keys(message)
        for form in forms(message):
            allowed = [fields(key) for key in keys(message)]
            assert fields(form) in allowed or fields(form) | Counter(["n"]) in allowed, (one, form)
            for mark in ("**", "`", "\n"):
                assert form.count(mark) == one.count(mark), (one, form)
            assert form.startswith("-# ") == one.startswith("-# "), (one, form)
            assert form.startswith("#") == one.startswith("#"), (one, form)
            assert not message.fuzzy, one


def walk(command: dict[str, Any]) -> list[dict[str, Any]]:
    return [command, *(part for option in command.get("options", ()) for part in walk(option))]


async def test_discord_takes_every_name_and_description(tmp_path: Path) -> None:
    async with FakeThingiverse() as world, open_bot(settings_for(world, tmp_path)) as bot, bot:
        for cog in bot._rooms:
            await bot.add_cog(cog)
        await bot.tree.set_translator(CommandTexts(bot.desk.texts))
        sent = [
            await command.get_translated_payload(bot.tree, bot.tree.translator) for command in bot.tree.get_commands()
        ]
    for command in sent:
        whole = 0
        for part in walk(command):
            for name in [part["name"], *(part.get("name_localizations") or {}).values()]:
                whole += len(name)
                if command.get("type", 1) == 1:
                    assert NAME.match(name), name
                    assert name == name.lower(), name
                assert 1 <= len(name) <= 32, name
            for said in [part.get("description", "x"), *(part.get("description_localizations") or {}).values()]:
                whole += len(said)
                assert command.get("type", 1) != 1 or 1 <= len(said) <= 100, said
            for choice in part.get("choices", ()):
                for said in [choice["name"], *(choice.get("name_localizations") or {}).values()]:
                    whole += len(said)
                    assert 1 <= len(said) <= 100, said
        assert whole <= 8_000, command["name"]
        assert {"de", "fr", "es-ES", "pt-BR", "ja"} <= set(command["name_localizations"] or ()), command["name"]


async def test_no_two_commands_or_options_have_one_name(tmp_path: Path) -> None:
    async with FakeThingiverse() as world, open_bot(settings_for(world, tmp_path)) as bot:
        for code in LANGUAGES:
            language = bot.desk.texts.language(code)
            commands = [c for cog in bot._rooms for c in cog.get_app_commands()]
            names = [language.say(command.name) for command in commands]
            assert len(names) == len(set(names)), (code, names)
            for command in commands:
                options = [language.say(each.display_name) for each in getattr(command, "parameters", ())]
                assert len(options) == len(set(options)), (code, command.name, options)
