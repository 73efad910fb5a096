"""The catalogue: every sentence gathered, none built on the fly, other people's words made harmless."""

from __future__ import annotations

import ast
import subprocess
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st

from errors import BotError
from ui.texts import CommandTexts, Markup, Texts, bare, plain

ROOT = Path(__file__).parent.parent
ENGLISH = Texts().english


def test_the_catalogue_has_every_sentence_of_the_code(tmp_path: Path) -> None:
    """After changing a sentence, run `make texts`."""
    said = subprocess.run(
        ["make", "--dry-run", "--always-make", "texts"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    command = next(line for line in said.splitlines() if "pybabel" in line)
    fresh = tmp_path / "fresh.pot"
    subprocess.run(command.replace("locales/thingamabot.pot", str(fresh)).split(), cwd=ROOT, check=True)
    assert fresh.read_text() == (ROOT / "locales/thingamabot.pot").read_text()


def test_sentences_are_not_put_together_from_parts() -> None:
    """`say` and the errors take a whole sentence, or one that N_ gathered: no f-strings, no sums."""
    for path in [*ROOT.glob("ui/*.py"), *ROOT.glob("cogs/*.py"), *ROOT.glob("actions/*.py"), *ROOT.glob("web/*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in {"say", "BotError", "LinkNeeded", "LinkRefused", "CodeRefused", "locale_str", "N_"}:
                    assert not isinstance(node.args[0], (ast.JoinedStr, ast.BinOp)), f"{path.name}:{node.lineno}"


def test_no_sentence_asks_for_a_value_that_is_not_a_name() -> None:
    with (ROOT / "locales/thingamabot.pot").open("rb") as file:
        for message in read_po(file):
            for sentence in [message.id] if isinstance(message.id, str) else list(message.id):
                sentence.format_map(_Anything())


class _Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        assert key.isidentifier()
        return "x"


def test_other_languages_come_from_po_files(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "Like"\nmsgstr "Gefällt mir"\n\n'
        'msgid "{n} like"\nmsgid_plural "{n} likes"\nmsgstr[0] "gefällt {n} Person"\nmsgstr[1] "gefällt {n} Leuten"\n'
    )
    german = Texts(tmp_path).language("de")
    assert german.say("Like") == "Gefällt mir"
    assert german.count("{n} like", "{n} likes", 1234) == "gefällt 1.234 Leuten"
    assert Texts(tmp_path).language("fr").say("Like") == "Like"


def test_private_answers_follow_the_person_and_public_ones_the_server(tmp_path: Path) -> None:
    for code, said in (("de", "Gefällt mir"), ("fr", "J'aime")):
        (tmp_path / f"{code}.po").write_text(
            f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Like"\nmsgstr "{said}"\n'
        )
    texts = Texts(tmp_path)
    in_server: Any = SimpleNamespace(locale=discord.Locale.german, guild_locale=discord.Locale.french)
    in_dm: Any = SimpleNamespace(locale=discord.Locale.german, guild_locale=None)
    assert texts.private(in_server).say("Like") == "Gefällt mir"
    assert texts.public(in_server).say("Like") == "J'aime"
    assert texts.public(in_dm).say("Like") == "Gefällt mir"


async def test_command_texts_come_from_the_same_catalogue(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "likes"\nmsgstr "lieblinge"\n'
    )
    translate = CommandTexts(Texts(tmp_path)).translate
    context: Any = None
    assert await translate(discord.app_commands.locale_str("likes"), discord.Locale.german, context) == "lieblinge"
    assert await translate(discord.app_commands.locale_str("likes"), discord.Locale.french, context) is None


def test_values_are_made_plain_and_markup_is_left() -> None:
    assert ENGLISH.say("by {maker}", maker="**@everyone**") == r"by \*\*\@everyone\*\*"
    assert ENGLISH.say("{name}", name=Markup("**ours**")) == "**ours**"
    assert ENGLISH.error(BotError("{name} is yours", name="a_b")) == r"a\_b is yours"


@given(st.text())
def test_no_name_formats_mentions_or_turns_text_around(name: str) -> None:
    shown = plain(name)
    unescaped = shown.replace("\\\\", "")
    for sign in "*_~|`[]<@":
        assert all(unescaped[i - 1] == "\\" for i, c in enumerate(unescaped) if c == sign)
    inside = shown.removeprefix("\u2068").removesuffix("\u2069")
    assert not any(unicodedata.category(c).startswith("C") for c in inside)
    assert "\n" not in shown


@given(st.text(), st.integers(2, 200))
def test_a_bare_name_is_never_longer_than_asked(name: str, limit: int) -> None:
    assert len(bare(name, limit)) <= limit


@pytest.mark.parametrize("name", ["عربي", "עברית vase"])
def test_a_right_to_left_name_is_kept_to_itself(name: str) -> None:
    assert plain(name) == f"\u2068{name}\u2069"
