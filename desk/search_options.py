"""Choices for the options that /search and /follow have in common."""

from __future__ import annotations

from collections.abc import Iterable

from discord import app_commands

from cards.searches import LICENSES, REMIXES
from errors import BotError
from texts import bare
from thingiverse.models import Category

LICENSE_CHOICES = [app_commands.Choice(name=name, value=code) for code, name in LICENSES.items()]
REMIX_CHOICES = [app_commands.Choice(name=said, value=kind) for kind, said in REMIXES.items()]


def category_named(categories: Iterable[Category], given: str) -> Category:
    """The category with that ID or name. Raises BotError."""
    for each in categories:
        if given == str(each.id) or given.strip().casefold() == each.name.casefold():
            return each
    raise BotError("Thingiverse has no category called {name}. Pick one of the suggestions.", name=given)


def category_choices(categories: Iterable[Category], typed: str) -> list[app_commands.Choice[str]]:
    """Suggestions with Thingiverse's names; the value is the ID."""
    typed = typed[:100].casefold()
    found = [each for each in categories if typed in each.name.casefold()]
    return [app_commands.Choice(name=bare(each.name), value=str(each.id)) for each in found[:25] if each.name]
