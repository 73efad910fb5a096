"""Every sentence a person reads, through one catalogue: gettext, with the English sentence as its own key.

Sentences stand in the code where they are said, in calls that the extraction knows (`say`, `count`, BotError and
its kin, `errors.N_`), and are gathered in locales/thingamabot.pot by `make texts`. A language is one file:
locales/LANGUAGE.po.
"""

from __future__ import annotations

import gettext
import io
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from pathlib import Path

import discord
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal
from discord import app_commands

from errors import BotError

LOCALES = Path(__file__).parent.parent / "locales"


class Markup(str):
    """Text of ours that may hold Markdown or a mention; everything else is made plain before it is said."""

    __slots__ = ()


class Language:
    """One language's sentences and numbers."""

    def __init__(self, code: str, catalogue: gettext.NullTranslations) -> None:
        self.code = code
        self._catalogue = catalogue

    def say(self, sentence: str, **values: object) -> str:
        return self._filled(self._catalogue.gettext(sentence), values)

    def count(self, one: str, many: str, n: int, **values: object) -> str:
        """The form of the sentence for `n`, which stands in it as {n}."""
        return self._filled(self._catalogue.ngettext(one, many, n), {"n": n, **values})

    def error(self, error: BotError) -> str:
        return self.say(error.sentence, **error.values)

    def number(self, n: int) -> str:
        return _decimal(n, self.code)

    def _filled(self, sentence: str, values: dict[str, object]) -> str:
        return sentence.format(**{name: self._shown(value) for name, value in values.items()}) if values else sentence

    def _shown(self, value: object) -> str:
        if isinstance(value, Markup):
            return value
        if isinstance(value, datetime):
            return discord.utils.format_dt(value, "R")
        if isinstance(value, int):
            return self.number(value)
        return plain(str(value))


class Texts:
    """All languages, read once."""

    def __init__(self, folder: Path = LOCALES) -> None:
        self._languages = {path.stem: Language(path.stem, _catalogue(path)) for path in sorted(folder.glob("*.po"))}
        self.english = self._languages.setdefault("en", Language("en", gettext.NullTranslations()))

    @property
    def codes(self) -> list[str]:
        """Of all languages there are, English first."""
        return sorted(self._languages, key=lambda code: (code != "en", code))

    def language(self, locale: str) -> Language:
        """The language for one of Discord's locales (`de`, `pt-BR`), or English."""
        code = locale.replace("-", "_")
        return self._languages.get(code) or self._languages.get(code.partition("_")[0], self.english)

    def first_of(self, locales: Iterable[str]) -> Language:
        """The first of these languages that there is, be it another country's, or English."""
        for locale in locales:
            base = locale.casefold().partition("-")[0]
            alike = (found for code, found in self._languages.items() if code.partition("_")[0] == base)
            language = self.language(locale)
            if language is not self.english or base == "en":
                return language
            if (near := next(alike, None)) is not None:
                return near
        return self.english

    def private(self, interaction: discord.Interaction) -> Language:
        return self.language(str(interaction.locale))

    def public(self, interaction: discord.Interaction) -> Language:
        """The server's language, for what everybody there will read."""
        return self.language(str(interaction.guild_locale or interaction.locale))


class CommandTexts(app_commands.Translator):
    """Names and descriptions of commands, in the languages there are, from the same catalogue."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Also where it is the same word: left out, Discord might fall back to another language of the person's."""
        language = self._texts.language(str(locale))
        return None if language is self._texts.english else language.say(string.message)


_MARKDOWN = re.compile(r"([\\*_~|`\[\]<:@])")
_ISOLATE, _END = "\u2068", "\u2069"


def bare(name: str, limit: int = 100) -> str:
    """Somebody else's words on one line, without control characters or marks that turn text around."""
    kept = "".join(" " if c.isspace() else c for c in name if c.isspace() or unicodedata.category(c)[0] != "C")
    kept = " ".join(kept.split())
    return kept if len(kept) <= limit else kept[: limit - 1].rstrip() + "…"


def plain(name: str, limit: int = 100) -> str:
    """Somebody else's words, so that they format nothing, mention nobody and turn no text around."""
    kept = bare(name, limit)
    escaped = _MARKDOWN.sub(r"\\\1", kept)
    right_to_left = any(unicodedata.bidirectional(c) in {"R", "AL"} for c in kept)
    return f"{_ISOLATE}{escaped}{_END}" if right_to_left else escaped


@lru_cache(maxsize=4096)
def _decimal(n: int, code: str) -> str:
    return format_decimal(n, locale=code)


@lru_cache
def _catalogue(path: Path) -> gettext.GNUTranslations:
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.stem)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
