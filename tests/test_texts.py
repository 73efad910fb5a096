"""The catalog has every sentence, none is built from parts, and text from others is escaped."""

from __future__ import annotations

import ast
import gettext
import unicodedata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from desk.channels import Channels
from desk.requests import Lookups, Request
from desk.translator import CommandTexts
from errors import COMMAND, BotError
from records import ServerSettings
from texts import Commands, Language, Markup, Texts, bare, plain

ROOT = Path(__file__).parent.parent
ENGLISH = Texts().english
BIDI_CONTROLS = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def test_sentences_are_not_put_together_from_parts() -> None:
    """`say` and errors get a literal sentence, or one marked with N_: no f-strings or concatenation."""
    for path in [
        *ROOT.glob("cards/*.py"),
        *ROOT.glob("desk/*.py"),
        *ROOT.glob("cogs/*.py"),
        *ROOT.glob("actions/*.py"),
        *ROOT.glob("web/*.py"),
    ]:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in {"say", "BotError", "LinkNeeded", "LinkRefused", "CodeRefused", "N_"}:
                    assert not isinstance(node.args[0], (ast.JoinedStr, ast.BinOp)), f"{path.name}:{node.lineno}"


def test_no_sentence_asks_for_a_value_that_is_not_a_name() -> None:
    with (ROOT / "locales/thingamabot.pot").open("rb") as file:
        for message in read_po(file):
            for sentence in [message.id] if isinstance(message.id, str) else list(message.id):
                sentence.format_map(_Anything())


class _Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        assert key.isidentifier() or COMMAND.fullmatch(f"{{{key}}}")
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


def test_what_is_not_translated_is_said_in_english(tmp_path: Path) -> None:
    (tmp_path / "ja.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'
        'msgid "Like"\nmsgstr ""\n\n'
        '#, fuzzy\nmsgid "Unlike"\nmsgstr "?"\n\n'
        'msgid "{n} like"\nmsgid_plural "{n} likes"\nmsgstr[0] ""\n'
    )
    japanese = Texts(tmp_path).language("ja")
    assert [japanese.say(each) for each in ("Like", "Unlike", "Newer than the file")] == [
        "Like",
        "Unlike",
        "Newer than the file",
    ]
    assert [japanese.count("{n} like", "{n} likes", n) for n in (0, 1, 5)] == ["0 likes", "1 like", "5 likes"]
    assert [japanese.count("{n} make", "{n} makes", n) for n in (1, 5)] == ["1 make", "5 makes"]


def test_a_plural_translated_in_part_is_said_in_english(tmp_path: Path) -> None:
    (tmp_path / "de.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nPlural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "{n} like"\nmsgid_plural "{n} likes"\nmsgstr[0] "gefällt {n} Person"\nmsgstr[1] ""\n'
    )
    german = Texts(tmp_path).language("de")
    assert [german.count("{n} like", "{n} likes", n) for n in (1, 5)] == ["1 like", "5 likes"]


async def _nothing_chosen(_: int | None) -> ServerSettings:
    return ServerSettings()


async def test_private_answers_follow_the_person_and_public_ones_the_server(tmp_path: Path) -> None:
    for code, said in (("de", "Gefällt mir"), ("fr", "J'aime")):
        (tmp_path / f"{code}.po").write_text(
            f'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Like"\nmsgstr "{said}"\n'
        )
    texts = Texts(tmp_path)

    def asked(**said: Any) -> Request:
        interaction: Any = SimpleNamespace(user=SimpleNamespace(id=1, name="ann"), **said)
        return Request(interaction, Lookups(texts, Channels(), _nothing_chosen))

    in_server = asked(locale=discord.Locale.german, guild_locale=discord.Locale.french, guild_id=1)
    in_dm = asked(locale=discord.Locale.german, guild_locale=None, guild_id=None)
    assert in_server.own_language.say("Like") == "Gefällt mir"
    assert (await in_server.public_language()).say("Like") == "J'aime"
    assert (await in_dm.public_language()).say("Like") == "Gefällt mir"


async def test_command_texts_come_from_the_same_catalog(tmp_path: Path) -> None:
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
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in inside)
    assert not any(unicodedata.bidirectional(c) in BIDI_CONTROLS for c in inside)
    assert "\n" not in shown


FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"


@pytest.mark.parametrize(
    "name",
    [
        "\u0645\u06cc\u200c\u0631\u0648\u0645",
        "\u0915\u094d\u200d\u0937",
        FAMILY,
        f"print for a {FAMILY}",
        SCOTLAND,
        "\U0001f3f3\ufe0f\u200d\U0001f308",
        "\U0001f9d1\U0001f3fd\u200d\U0001f527",
        "\U0001f3c3\u200d\u2640\ufe0f",
        "\u2764\ufe0f\u200d\U0001f525",
        "\U0001fae9",
        "Ti\u1ebf\u0302\u0301ng Vi\u1ec7t",
        "\u05e9\u05c1\u05b8\u05dc\u05d5\u05b9\u05dd",
        "\U0001f44d\U0001f3fd",
        "Auf\u200clage",
        "1\ufe0f\u20e3",
        "\U0001f642\u200d\u2194\ufe0f",
        "\u0d2a\u0d3e\u0d32\u0d4d\u200d",
        "\u0600\u0661\u0662",
    ],
)
def test_a_name_keeps_what_people_write(name: str) -> None:
    assert bare(name) == name


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("a\u200bb\ufeffc", "abc"),
        ("\u202egpj.exe\u202c", "gpj.exe"),
        ("\u2066a\u2069\u061cb\u200e\u200f", "ab"),
        ("1\u200d2 a\u200c b\u200d", "12 a b"),
        ("\u200d\u200d", ""),
        ("\u200d\U0001f468", "\U0001f468"),
        ("\u3164\u2800\u115f\u034f", ""),
        ("\ufe0f", ""),
        (" \u180b \U000e0100", ""),
        ("\u0301\u0302", ""),
        ("\U0001d159", ""),
        ("a\u3164", "a"),
        ("x\U000e0067\U000e0062", "x"),
        ("a\x00\x1b[2J\x9bb\u2028c", "a[2Jb c"),
        ("\ud800a\ue000", "a"),
        ("\u00ad\u2060a", "a"),
        ("a\n\tb", "a b"),
    ],
)
def test_what_is_invisible_or_turns_text_around_is_struck(name: str, left: str) -> None:
    assert bare(name) == left


def test_marks_do_not_pile_up() -> None:
    assert len(bare("z" + "\u0300\u0301" * 50 + "a", 300)) <= 6
    assert bare("z" + "\u20dd" * 50) == "z" + "\u20dd" * 4


@given(st.text(), st.integers(2, 200))
def test_a_bare_name_is_never_longer_than_asked(name: str, limit: int) -> None:
    assert len(bare(name, limit)) <= limit


@pytest.mark.parametrize("name", ["عربي", "עברית vase"])
def test_a_right_to_left_name_is_kept_to_itself(name: str) -> None:
    assert plain(name) == f"\u2068{name}\u2069"


@given(st.text(st.characters(codec="ascii"), max_size=60))
def test_an_english_name_is_read_as_all_others_are(name: str) -> None:
    assert bare(f"{name}x") == bare(f"{name}é").replace("é", "x")


@pytest.mark.parametrize("code", ["en", "de", "es", "fr", "ja", "pt_BR", "hi", "ar_EG", "sv", "pl", "de_CH"])
@pytest.mark.parametrize("n", [0, 7, -7, 999, 1_000, -1_234, 9_999, 10_000, 65_536, -100_000, 1_234_567, 10**15])
def test_a_number_is_written_as_in_its_language(code: str, n: int) -> None:
    assert Language(code, gettext.NullTranslations(), Commands()).number(n) == format_decimal(n, locale=code)
