"""The forms people fill in. Submitted forms are routed by custom_id, so they work after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

import discord

from cards.components import custom_id
from texts import Language

# the custom_id of each form's field
CODE, PASTED, DAYS, WORDS = "code", "pasted", "days", "words"
COLLECTION, MAKERS = "collection", "makers"
LONGEST_CODE = 40  # eight letters, and what people put between them
LONGEST_PASTE = 4_000  # the most a field can hold


class Form(discord.ui.Modal):
    """A form that discord.py doesn't wait for. `pressed` is its custom_id."""

    def __init__(self, title: str, pressed: str) -> None:
        super().__init__(title=title, custom_id=pressed, timeout=None)
        self.stop()

    def ask(
        self,
        name: str,
        label: str,
        hint: str | None = None,
        *,
        longest: int,
        shortest: int | None = None,
        given: str | None = None,
        required: bool = False,
        long: bool = False,
    ) -> Self:
        """Add a field with what was entered before; `long` is one with several lines."""
        field: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=name,
            style=discord.TextStyle.long if long else discord.TextStyle.short,
            default=given,
            min_length=shortest,
            max_length=longest,
            required=required,
        )
        return self.add_item(discord.ui.Label(text=label, description=hint, component=field))


def code_form(language: Language) -> Form:
    """For the linking page's code."""
    hint = language.say("Only use the code that your own browser shows. If someone sent you a code, stop.")
    form = Form(language.say("Enter code"), custom_id("code"))
    return form.ask(CODE, language.say("The code from the page"), hint, longest=LONGEST_CODE, required=True)


def paste_form(language: Language) -> Form:
    """For the link that people land on after Authorize."""
    label = language.say("The link from the page you landed on")
    hint = language.say("The whole link, including everything after # or ?")
    form = Form(language.say("Paste link"), custom_id("pasted"))
    return form.ask(PASTED, label, hint, longest=LONGEST_PASTE, required=True, long=True)


def days_form(language: Language, days: int) -> Form:
    """For how many days must pass before a design can be shared again."""
    form = Form(language.say("Wait before sharing again"), custom_id("again_in"))
    label = language.say("Days to wait (0 for no wait)")
    return form.ask(DAYS, label, longest=3, shortest=1, given=str(days), required=True)


def makers_form(language: Language, makers: Sequence[str], most: int) -> Form:
    """For the makers that a server doesn't want to see, one per line."""
    label = language.say("Makers to hide, one per line")
    hint = language.say("Thingiverse names or links to their pages, {most} at most.", most=most)
    form = Form(language.say("Hidden makers"), custom_id("hidden_in"))
    return form.ask(MAKERS, label, hint, longest=LONGEST_PASTE, given="\n".join(makers)[:LONGEST_PASTE], long=True)


def search_form(language: Language, longest: int) -> Form:
    hint = language.say("Leave this empty to see all designs.")
    form = Form(language.say("Search Thingiverse"), custom_id("searched"))
    return form.ask(WORDS, language.say("What to search for"), hint, longest=longest)


def collection_form(language: Language, thing: int, longest: int) -> Form:
    """For the name of a new collection, which gets the design."""
    hint = language.say("I create it on Thingiverse and save the design to it.")
    form = Form(language.say("New collection"), custom_id("save_named", thing))
    return form.ask(COLLECTION, language.say("Its name"), hint, longest=longest, shortest=1, required=True)
