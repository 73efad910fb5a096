"""Names and descriptions of commands in all languages."""

from __future__ import annotations

import discord
from discord import app_commands

from texts import Texts


class CommandTexts(app_commands.Translator):
    """Translates commands from the same catalogs as everything else."""

    def __init__(self, texts: Texts) -> None:
        self._texts = texts

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Translate a name or description, even if it's the same: otherwise Discord may show another language."""
        language = self._texts.language(str(locale))
        return None if language is self._texts.english else language.say(string.message)
