"""The forms people fill in. Submitted forms are routed by custom_id, so they work after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import discord

from cards.components import custom_id
from texts import Language

# the custom_id of each form's field
CODE, PASTED, DAYS, WORDS = "code", "pasted", "days", "words"
COLLECTION, MAKERS = "collection", "makers"
LONGEST_CODE = 40  # eight letters, and what people put between them
LONGEST_PASTE = 4_000  # the most a field can hold


class CodeForm(discord.ui.Modal):
    """The form for the linking page's code."""

    def __init__(self, language: Language) -> None:
        super().__init__(title=language.say("Enter code"), custom_id=custom_id("code"), timeout=None)
        self.add_item(
            discord.ui.Label(
                text=language.say("The code from the page"),
                description=language.say(
                    "Only use the code that your own browser shows. If someone sent you a code, stop."
                ),
                component=discord.ui.TextInput(custom_id=CODE, max_length=LONGEST_CODE, required=True),
            )
        )
        self.stop()


class PasteForm(discord.ui.Modal):
    """The form for the link that people land on after Authorize."""

    def __init__(self, language: Language) -> None:
        super().__init__(title=language.say("Paste link"), custom_id=custom_id("pasted"), timeout=None)
        self.add_item(
            discord.ui.Label(
                text=language.say("The link from the page you landed on"),
                description=language.say("The whole link, including everything after # or ?"),
                component=discord.ui.TextInput(
                    custom_id=PASTED, style=discord.TextStyle.long, max_length=LONGEST_PASTE, required=True
                ),
            )
        )
        self.stop()


class AgainForm(discord.ui.Modal):
    """The form for how many days must pass before a design can be shared again."""

    def __init__(self, language: Language, days: int) -> None:
        super().__init__(title=language.say("Wait before sharing again"), custom_id=custom_id("again_in"), timeout=None)
        given: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=DAYS, default=str(days), min_length=1, max_length=3, required=True
        )
        self.add_item(discord.ui.Label(text=language.say("Days to wait (0 for no wait)"), component=given))
        self.stop()


class HiddenForm(discord.ui.Modal):
    """The form for the makers that a server doesn't want to see, one per line."""

    def __init__(self, language: Language, makers: Sequence[str], most: int) -> None:
        super().__init__(title=language.say("Hidden makers"), custom_id=custom_id("hidden_in"), timeout=None)
        given: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=MAKERS,
            style=discord.TextStyle.long,
            default="\n".join(makers)[:LONGEST_PASTE],
            max_length=LONGEST_PASTE,
            required=False,
        )
        self.add_item(
            discord.ui.Label(
                text=language.say("Makers to hide, one per line"),
                description=language.say("Thingiverse names or links to their pages, {most} at most.", most=most),
                component=given,
            )
        )
        self.stop()


class SearchForm(discord.ui.Modal):
    """The form for a search; empty shows all designs."""

    def __init__(self, language: Language, longest: int) -> None:
        super().__init__(title=language.say("Search Thingiverse"), custom_id=custom_id("searched"), timeout=None)
        words: discord.ui.TextInput[Any] = discord.ui.TextInput(custom_id=WORDS, max_length=longest, required=False)
        self.add_item(
            discord.ui.Label(
                text=language.say("What to search for"),
                description=language.say("Leave this empty to see all designs."),
                component=words,
            )
        )
        self.stop()


class CollectionForm(discord.ui.Modal):
    """The form for the name of a new collection, which gets the design."""

    def __init__(self, language: Language, thing: int, longest: int) -> None:
        super().__init__(title=language.say("New collection"), custom_id=custom_id("save_named", thing), timeout=None)
        name: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=COLLECTION, min_length=1, max_length=longest, required=True
        )
        self.add_item(
            discord.ui.Label(
                text=language.say("Its name"),
                description=language.say("I create it on Thingiverse and save the design to it."),
                component=name,
            )
        )
        self.stop()
