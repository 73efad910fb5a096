"""What people enter in commands: designs by ID, link, or suggestion; and where commands can be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import TypeVar

from discord import app_commands

from desk.ready import Asked, suggestions
from errors import N_, BotError
from records import SeenThing, Unwanted
from texts import bare
from thingiverse.urls import NotAThing, read_collection, read_maker, read_tag, read_thing

_R = TypeVar("_R")
_T = TypeVar("_T", bound=Callable[..., object] | app_commands.ContextMenu)

LONGEST_CHOICE = 100

_NOT_A_THING = {
    "empty": N_("Which design? Enter its link or ID."),
    "too_long": N_("That's too long. Enter a design's link or ID."),
    "too_big": N_("That ID is too long for a Thingiverse design. Check it and try again."),
    "several": N_("That has more than one design in it. Enter one link or ID."),
    "make": N_("That's a link to a make, someone's print of a design. Use a link to the design itself."),
    "download": N_("That's a link to a file download, not a design. Use a link to the design it belongs to."),
    "maker": N_("That's a maker's page, not a design. Use a link to one of their designs."),
    "collection": N_("That's a collection, not a design. Use a link to one of its designs."),
    "other_page": N_("That Thingiverse page isn't a design. Use a link like www.thingiverse.com/thing:763622"),
    "foreign": N_("That isn't a Thingiverse link. Use one like www.thingiverse.com/thing:763622"),
}
_NO_THING = N_("I couldn't find a design in that. Enter its link or ID, or pick a suggestion.")
_NOT_A_MAKER = {
    "empty": N_("Which maker? Enter their Thingiverse name or a link to their page."),
    "foreign": N_("That isn't a Thingiverse link. Enter a maker's name or a link to their page."),
}
_NO_MAKER = N_("I couldn't find a maker in that. Enter their Thingiverse name or a link to their page.")
_NOT_A_COLLECTION = {
    "empty": N_("Which collection? Enter its Thingiverse link or ID."),
    "foreign": N_("That isn't a Thingiverse link. Enter a collection's link or ID."),
    "old_collection": N_(
        "That's an old link, without the collection's ID. Open it in your browser, then use the link of the page you "
        "land on."
    ),
}
_NO_COLLECTION = N_("I couldn't find a collection in that. Enter its Thingiverse link or ID.")
_NO_TAG = N_("I couldn't find a tag in that. Enter its name or a link to its page.")


def thing_id(text: str) -> int:
    """The ID of the design. Raises BotError, which says what was entered instead."""
    return _read(read_thing, text, _NOT_A_THING, _NO_THING)


def maker_name(text: str) -> str:
    """The maker's login. Raises BotError."""
    return _read(read_maker, text, _NOT_A_MAKER, _NO_MAKER)


def collection_id(text: str) -> int:
    """The collection's ID. Raises BotError."""
    return _read(read_collection, text, _NOT_A_COLLECTION, _NO_COLLECTION)


def tag_name(text: str) -> str:
    """The tag's name. Raises BotError for a link to another page."""
    return bare(_read(read_tag, text, {}, _NO_TAG).lstrip("#"))


def _read(read: Callable[[str], _R], text: str, refusals: Mapping[str, str], otherwise: str) -> _R:
    try:
        return read(text)
    except NotAThing as error:
        raise BotError(refusals.get(error.reason, otherwise)) from None


def choices(things: Iterable[SeenThing], unwanted: Unwanted) -> list[app_commands.Choice[str]]:
    """Suggestions for a design. If one is chosen, Discord sends its ID."""
    return [suggestion(*thing) for thing in _wanted(things, unwanted)]


def maker_choices(names: Iterable[str], unwanted: Unwanted) -> list[app_commands.Choice[str]]:
    wanted = (name for name in names if len(name) <= LONGEST_CHOICE and not unwanted.has(maker=name, ai=False))
    return [app_commands.Choice(name=name, value=name) for name in wanted]


def known_choices(asked: Asked, known: Callable[[str], Iterable[SeenThing] | None]) -> bytes | None:
    """The same, for what is known without waiting."""
    typed = asked.typed("thing")
    unwanted = asked.unwanted()
    found = None if typed is None or unwanted is None else known(typed)
    return None if found is None or unwanted is None else _ready_choices(_wanted(found, unwanted))


def _wanted(things: Iterable[SeenThing], unwanted: Unwanted) -> tuple[tuple[int, str, str], ...]:
    return tuple(
        (each.thing, each.name, each.maker) for each in things if not unwanted.has(maker=each.maker, ai=each.ai)
    )


@lru_cache(maxsize=1_000)
def _ready_choices(things: tuple[tuple[int, str, str], ...]) -> bytes:
    made = (suggestion(*thing) for thing in things)
    return suggestions((choice.name, choice.value) for choice in made)


def suggestion(thing: int, name: str, maker: str = "") -> app_commands.Choice[str]:
    by = f" — {bare(maker, 30)}" if maker else ""
    return app_commands.Choice(name=(bare(name, LONGEST_CHOICE - len(by)) or f"#{thing}") + by, value=str(thing))


def anywhere(command: _T) -> _T:
    """Make a command available in servers and all DMs, for servers and for people who install the bot."""
    everywhere = app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    return everywhere(app_commands.allowed_installs(guilds=True, users=True)(command))


def in_servers(command: _T) -> _T:
    """Make a command available only in servers that installed the bot."""
    return app_commands.guild_only(app_commands.guild_install(command))


def for_moderators(command: _T) -> _T:
    """Make a command available to people who can manage the server. Servers can allow others, so presses check, too."""
    return app_commands.default_permissions(manage_guild=True)(in_servers(command))
