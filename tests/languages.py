"""Languages and Discord's locales."""

from __future__ import annotations

from functools import cache

import discord
from babel.messages.catalog import Message

from texts import LOCALES, Texts
from tools import catalogs

LANGUAGES = sorted(path.stem for path in LOCALES.glob("*.po"))


@cache
def messages(*rooms: str) -> list[Message]:
    """The messages in the code, or only in those rooms."""
    return list(catalogs.collect(catalogs.ROOT, rooms or catalogs.ROOMS))


def locales_of(code: str) -> set[str]:
    """Discord's locales that get this language."""
    texts = Texts()
    return {str(each) for each in discord.Locale if texts.language(str(each)).code == code}
