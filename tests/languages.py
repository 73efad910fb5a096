"""Languages and Discord's locales."""

from __future__ import annotations

import discord

from texts import Texts


def locales_of(code: str) -> set[str]:
    """Discord's locales that get this language."""
    texts = Texts()
    return {str(each) for each in discord.Locale if texts.language(str(each)).code == code}
