"""Names and descriptions of commands in all languages."""

from __future__ import annotations

import discord
from discord import app_commands

from texts import Texts


class CommandTexts(app_commands.Translator):
    def __init__(self, texts: Texts) -> None:
        # asked for each name and description in each of Discord's languages, 19,000 times
        languages = ((locale, texts.language(str(locale))) for locale in discord.Locale)
        self._languages = {locale: language for locale, language in languages if language is not texts.english}

    async def translate(
        self,
        string: app_commands.locale_str,
        locale: discord.Locale,
        context: app_commands.TranslationContextTypes,
    ) -> str | None:
        """Translate a name or description, even if it's the same: otherwise Discord may show another language."""
        language = self._languages.get(locale)
        return None if language is None else language.say(string.message)
