"""Translations of every sentence people read, with gettext. The English sentence is the key.

Sentences are in the code where they're used, in calls that `make texts` knows (`say`, `count`, BotError and its
subclasses, `errors.N_`), which collects them in locales/thingamabot.pot. Each language has one file,
locales/LANGUAGE.po. Messages without a translation are shown in English.

A sentence for chat names a command as {/popular}, which `Language` shows as a mention that people can click.
"""

from __future__ import annotations

import gettext
import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from babel import Locale
from babel.numbers import format_decimal

from errors import COMMAND, BotError
from translations import read_catalog

LOCALES = Path(__file__).parent / "locales"


class Markup(str):
    """Our own text that may contain Markdown or a mention. All other values are escaped."""

    __slots__ = ()


class Commands:
    """How sentences name commands. People can click a name once Discord has told the command's ID."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {}

    def learn(self, ids: Mapping[str, int]) -> None:
        """`ids` are those of all commands that Discord has for this application, by name."""
        self._ids = dict(ids)

    def mention(self, name: str) -> Markup:
        """`name` is as people type it, without the slash; a subcommand has its command's ID."""
        number = self._ids.get(name.partition(" ")[0])
        return Markup(f"`/{name}`" if number is None else f"</{name}:{number}>")


class Language:
    """One language's sentences and numbers."""

    def __init__(self, code: str, catalog: gettext.NullTranslations, commands: Commands) -> None:
        self.code = code
        self.commands = commands
        self._catalog = catalog

    @property
    def name(self) -> str:
        """Its name in the language itself, such as "Français"."""
        name = Locale.parse(self.code).get_display_name() or self.code
        return name[:1].upper() + name[1:]

    def say(self, sentence: str, **values: object) -> str:
        return self._filled(self._catalog.gettext(sentence), values)

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """The singular or plural sentence for `n`, which fills {n}."""
        return self._filled(self._catalog.ngettext(one, many, n), {"n": n, **values})

    def error(self, error: BotError) -> str:
        return self.say(error.sentence, **error.values)

    def number(self, n: int) -> str:
        return _decimal(n, self.code)

    def _filled(self, sentence: str, values: dict[str, object]) -> str:
        """Commands come first, so that no value can name one."""
        if "{/" in sentence:
            sentence = COMMAND.sub(lambda named: self.commands.mention(named[1]), sentence)
        return sentence.format(**{name: self._shown(value) for name, value in values.items()}) if values else sentence

    def _shown(self, value: object) -> str:
        if isinstance(value, Markup):
            return value
        if isinstance(value, datetime):
            return moment(value)
        if isinstance(value, int):
            return self.number(value)
        return plain(str(value))


class Texts:
    """All languages, read once from locales/."""

    def __init__(self, folder: Path = LOCALES) -> None:
        self.commands = Commands()
        self._languages = {
            path.stem: Language(path.stem, _catalog(path), self.commands) for path in sorted(folder.glob("*.po"))
        }
        self.english = self._languages.setdefault("en", Language("en", gettext.NullTranslations(), self.commands))
        self.english.number(1_000)  # with the first number, Babel reads its data, which nobody should wait for

    @property
    def codes(self) -> list[str]:
        """The codes of all languages, English first."""
        return sorted(self._languages, key=lambda code: (code != "en", code))

    def language(self, locale: str) -> Language:
        """The language for one of Discord's locales (`de`, `pt-BR`), or English."""
        code = locale.replace("-", "_")
        return self._languages.get(code) or self._languages.get(code.partition("_")[0], self.english)

    def first_of(self, locales: Iterable[str]) -> Language:
        """The first of these languages with translations, even for another country; otherwise English."""
        for locale in locales:
            base = locale.casefold().partition("-")[0]
            alike = (found for code, found in self._languages.items() if code.partition("_")[0] == base)
            language = self.language(locale)
            if language is not self.english or base == "en":
                return language
            if (near := next(alike, None)) is not None:
                return near
        return self.english


def moment(when: datetime, style: Literal["R", "D"] = "R") -> Markup:
    """A time that Discord shows in each reader's time zone: relative ("R") or as a date ("D")."""
    return Markup(f"<t:{int(when.timestamp())}:{style}>")


_MARKDOWN = re.compile(r"([\\*_~|`\[\]<:@])")
_ISOLATE, _END = "\u2068", "\u2069"
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\U0001d159"  # invisible letters and marks
_JOINERS = "\u200c\u200d"  # between letters of Persian or Hindi, or between emoji
_VIRAMA = 9  # the combining class of marks that join letters of Indic scripts
_SHOWN_FORMATS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"  # of Arabic and Syriac
_FLAG = "\U0001f3f4"  # of a region, followed by tag characters that name it
_TAGS = range(0xE0020, 0xE0080)
_MOST_MARKS = 4  # on one letter; Vietnamese and Hebrew need up to three
_MOST_READ = 2_000  # characters


def bare(name: str, limit: int = 100) -> str:
    """Text from others on one line, without characters that are invisible, reverse text, or pile up on a letter.

    Empty if nothing of it can be seen.
    """
    read = name[:_MOST_READ]
    line = " ".join((read if read.isascii() and read.isprintable() else _without_invisible(read)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip(f" {_JOINERS}") + "…"


def _without_invisible(name: str) -> str:
    kept: list[str] = []
    marks = 0
    for sign, after in pairwise(f"{name} "):
        shown = " " if sign.isspace() else sign
        before = kept[-1] if kept else " "
        if sign in _JOINERS:
            shown = sign if _joins(before) and (_joins(after) or unicodedata.combining(before) == _VIRAMA) else ""
        elif not _is_shown(sign) and not (ord(sign) in _TAGS and (before == _FLAG or ord(before) in _TAGS)):
            shown = ""
        marks = marks + 1 if unicodedata.combining(sign) or unicodedata.category(sign) in {"Mn", "Me"} else 0
        if shown and marks <= _MOST_MARKS:
            kept.append(shown)
    seen = (sign for sign in kept if sign != " " and unicodedata.category(sign) not in {"Mn", "Me", "Cf"})
    return "".join(kept) if any(seen) else ""


def _is_shown(sign: str) -> bool:
    """Whether to keep a character. Unassigned ones are kept, because Python may not know new emoji yet."""
    if sign in _SHOWN_FORMATS:
        return True
    return sign.isspace() or (unicodedata.category(sign) not in {"Cc", "Cf", "Cs", "Co"} and sign not in _INVISIBLE)


def _joins(sign: str) -> bool:
    """Whether a joiner next to the character has a meaning: after a letter, a mark, or an emoji."""
    return (
        sign.isalpha() or unicodedata.category(sign) in {"Mn", "Mc", "So", "Sk", "Cn"} or sign in "\u2194\u2640\u2642"
    )


def plain(name: str, limit: int = 100) -> str:
    """Text from others, escaped so that it has no Markdown and no mentions, and can't reverse the text around it."""
    kept = bare(name, limit)
    escaped = _MARKDOWN.sub(r"\\\1", kept)
    right_to_left = not kept.isascii() and any(unicodedata.bidirectional(c) in {"R", "AL"} for c in kept)
    return f"{_ISOLATE}{escaped}{_END}" if right_to_left else escaped


def _decimal(n: int, code: str) -> str:
    """As Babel writes it, which takes it a tenth of a millisecond; each like makes a new number."""
    separator = _separator(code, 4 if -10_000 < n < 10_000 else 5)
    return format_decimal(n, locale=code) if separator is None else f"{n:,}".replace(",", separator)


@lru_cache
def _separator(code: str, digits: int) -> str | None:
    """What stands between groups of three digits in numbers so long; None where a language writes them otherwise."""
    sample = int("1234567890"[:digits])
    samples = [sample, -sample, 7, *([1_234_567_890] if digits > 4 else [])]  # longer ones are grouped alike
    separator = format_decimal(sample, locale=code)[digits - 3 : -3]
    alike = all(format_decimal(n, locale=code) == f"{n:,}".replace(",", separator) for n in samples)
    return separator if alike else None


_catalog = lru_cache(read_catalog)
