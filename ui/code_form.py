"""The form that the linking page's code is typed into."""

from __future__ import annotations

import discord

from ui.presses import custom_id
from ui.texts import Language

CODE = "code"
LONGEST = 40  # eight letters, and what people put between them


class CodeForm(discord.ui.Modal):
    """As `ui.linking.PasteForm`, it waits for nothing: its answer finds the way by custom_id."""

    def __init__(self, language: Language) -> None:
        super().__init__(title=language.say("Enter the code"), custom_id=custom_id("code"), timeout=None)
        self.add_item(
            discord.ui.Label(
                text=language.say("The code on the page"),
                description=language.say("Only the one your own browser shows. If somebody sent you a code, stop."),
                component=discord.ui.TextInput(custom_id=CODE, max_length=LONGEST, required=True),
            )
        )
        self.stop()
