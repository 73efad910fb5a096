"""What people type into commands: designs by number, address or suggestion; and where commands can be used."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from discord import app_commands

from errors import N_, BotError
from thingiverse.urls import NotAThing, read_collection, read_maker, read_thing
from ui.texts import bare

_T = TypeVar("_T", bound=Callable[..., object] | app_commands.ContextMenu)

LONGEST_CHOICE = 100

_NOT_A_THING = {
    "empty": N_("Which design? Give its number or its address."),
    "too_long": N_("That is too long for a design. Give its number or its address."),
    "too_big": N_("No design on Thingiverse has a number that long. Please check it."),
    "make": N_("That is the address of a make, somebody's print of a design. Give the address of the design itself."),
    "download": N_("That is the address of a file to download. Give the address of the design it belongs to."),
    "maker": N_("That is somebody's page, not a design. Give the address of one of their designs."),
    "collection": N_("That is a collection. Give the address of one design in it."),
    "other_page": N_("That page of Thingiverse is not a design. A design's address has thing: and a number in it."),
    "foreign": N_("That is not an address on Thingiverse. Give one such as www.thingiverse.com/thing:763622"),
    "not_recognised": N_(
        "I cannot find a design in that. Give its number or its address, or pick one of the suggestions."
    ),
}


def thing_id(text: str) -> int:
    """The design somebody means. Raises BotError that says what they gave instead."""
    try:
        return read_thing(text)
    except NotAThing as error:
        raise BotError(_NOT_A_THING[error.reason]) from None


_NOT_A_MAKER = {
    "empty": N_("Which maker? Give their name on Thingiverse, or the address of their page."),
    "foreign": N_("That is not an address on Thingiverse. Give a maker's name, or the address of their page."),
}
_NOT_A_COLLECTION = {
    "empty": N_("Which collection? Give the address of its page on Thingiverse."),
    "foreign": N_("That is not an address on Thingiverse. Give the address of a collection's page."),
}


def maker_name(text: str) -> str:
    """The maker somebody means. Raises BotError."""
    try:
        return read_maker(text)
    except NotAThing as error:
        otherwise = N_("I cannot find a maker in that. Give their name on Thingiverse, or the address of their page.")
        raise BotError(_NOT_A_MAKER.get(error.reason, otherwise)) from None


def collection_id(text: str) -> int:
    """The collection somebody means. Raises BotError."""
    try:
        return read_collection(text)
    except NotAThing as error:
        otherwise = N_("I cannot find a collection in that. Give the address of its page on Thingiverse.")
        raise BotError(_NOT_A_COLLECTION.get(error.reason, otherwise)) from None


class Named(Protocol):
    """A design, as suggestions need it."""

    @property
    def thing(self) -> int: ...
    @property
    def name(self) -> str: ...
    @property
    def maker(self) -> str: ...


def choices(things: Iterable[Named]) -> list[app_commands.Choice[str]]:
    """Suggestions for a design; what is chosen arrives as its number."""
    return [suggestion(thing.thing, thing.name, thing.maker) for thing in things]


def suggestion(thing: int, name: str, maker: str = "") -> app_commands.Choice[str]:
    by = f" — {bare(maker, 30)}" if maker else ""
    return app_commands.Choice(name=(bare(name, LONGEST_CHOICE - len(by)) or f"#{thing}") + by, value=str(thing))


def anywhere(command: _T) -> _T:
    """In servers, in the bot's DM and in other DMs; for servers and for people who install it for themselves."""
    everywhere = app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
    return everywhere(app_commands.allowed_installs(guilds=True, users=True)(command))


def in_servers(command: _T) -> _T:
    """In servers alone, for those who installed it there."""
    return app_commands.guild_only(app_commands.guild_install(command))


def for_moderators(command: _T) -> _T:
    """In servers alone, and shown to those who may manage it; servers can let others in, so presses ask again."""
    return app_commands.default_permissions(manage_guild=True)(in_servers(command))
