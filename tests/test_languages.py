"""Each language is one file, locales/CODE.po. Translations fit into Discord's limits."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message

from actions.servers import ServerSettings
from cards import settings_panel
from desk.translator import CommandTexts
from fakes.thingiverse import FakeThingiverse
from tests.languages import LANGUAGES, locales_of, messages
from tests.stage import settings_for
from texts import LOCALES, Texts
from tools import catalogs
from translations import is_translated
from wiring.bot import open_bot

NAME = re.compile(r"^[-_'\w]{1,32}$")  # of commands and options; also without capitals


def read(code: str) -> Catalog:
    return catalogs.read(LOCALES / f"{code}.po")


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def keys(message: Message) -> tuple[str, ...]:
    return (message.id,) if isinstance(message.id, str) else tuple(message.id)


def fields(sentence: str) -> Counter[str]:
    return Counter(name for _, name, _, _ in Formatter().parse(sentence) if name is not None)


def test_the_template_has_every_message_in_the_code() -> None:
    assert catalogs.is_current(catalogs.ROOT), "locales/thingamabot.pot is out of date: run `make texts`"


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_no_message_that_is_gone_from_the_code(code: str) -> None:
    known = {keys(message) for message in messages()}
    gone = [keys(message) for message in read(code) if message.id and keys(message) not in known]
    assert not gone, f"locales/{code}.po is out of date: run `make texts`"


@pytest.mark.parametrize("code", LANGUAGES)
def test_discord_offers_each_language(code: str) -> None:
    assert locales_of(code), f"no locale of Discord's is called {code}"


@pytest.mark.parametrize("code", LANGUAGES)
def test_values_and_marks_stay_what_they_are(code: str) -> None:
    for message in filter(is_translated, read(code)):
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


@pytest.mark.parametrize(
    ("code", "name"),
    [("de", "Deutsch"), ("fr", "Français"), ("ja", "日本語"), ("pt_BR", "Português (Brasil)"), ("it", "Italiano")],
)
def test_one_file_adds_a_language_under_its_own_name_in_settings(code: str, name: str, tmp_path: Path) -> None:
    (tmp_path / f"{code}.po").touch()
    texts = Texts(tmp_path)
    panel = settings_panel.panel(texts.english, texts, ServerSettings(language=code), previews_possible=True)
    assert f"My public messages are in {name}." in str(panel)
    options = panel[0]["components"][-1]["components"][0]["options"]
    assert [option["label"] for option in options] == ["This server's language", "English", name]


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
    offered = set().union(*map(locales_of, LANGUAGES))
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
        assert offered == set(command["name_localizations"] or ()), command["name"]


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
