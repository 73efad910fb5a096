"""Turn failures into sentences for people."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta

import structlog
from discord import app_commands

from cards.components import WARNING, Component, button, container, custom_id, row, text
from desk.discord_errors import refusal_of
from errors import N_, BotError, CodeRefused, LinkNeeded, LinkRefused, PasteRefused
from texts import Language, Markup
from thingiverse.errors import (
    BudgetUsedUp,
    Delayed,
    Forbidden,
    GroupShareUsedUp,
    ListForbidden,
    NotFound,
    RateLimited,
    ShareUsedUp,
    Unexpected,
    Unreachable,
)

log = structlog.get_logger("desk.failures")

_BUSY = N_("I'm busy right now. Try again in a few seconds.")
CHANGED = (app_commands.CommandNotFound, app_commands.CommandSignatureMismatch, app_commands.TransformerError)


def explain(language: Language, error: Exception) -> list[Component]:
    """A card for a failure. Unexpected errors are logged, with the reference that the card shows."""
    if isinstance(error, (LinkNeeded, LinkRefused)):
        return _back_to_linking(language, error)
    return [container(text(_sentence(language, error) or _unforeseen(language, error)), accent=WARNING)]


def busy(language: Language) -> list[Component]:
    """For someone who can't be served in time."""
    return [container(text(language.say(_BUSY)), accent=WARNING)]


def unwrapped(error: Exception) -> Exception:
    """Our error inside discord.py's wrapper."""
    return error.original if isinstance(error, app_commands.CommandInvokeError) else error


def _sentence(language: Language, error: Exception) -> str | None:
    match error:
        case BotError():
            return language.error(error)
        case Delayed():
            return language.say(_BUSY)
        case Unreachable(since=datetime() as since):
            return language.say("Thingiverse stopped responding {since}. Try again in a few minutes.", since=since)
        case Unreachable():
            return language.say("Thingiverse isn't responding right now. Try again in a few minutes.")
        case RateLimited():
            return _rate_limited(language, error)
        case NotFound():
            return language.say(
                "I couldn't find that design on Thingiverse. It may be deleted, private, or adult, or the ID may be "
                "wrong."
            )
        case ListForbidden():
            return language.say("Thingiverse doesn't let me see that list. It may be private.")
        case Forbidden():
            return language.say("That design is private or was taken down.")
        case _ if isinstance(error, CHANGED):
            return language.say("This command has changed. Reload Discord (Ctrl+R) and try again.")
        case _:
            refusal = refusal_of(error)
            return language.say(refusal.sentence) if refusal is not None and refusal.sentence else None


def _back_to_linking(language: Language, error: LinkNeeded | LinkRefused) -> list[Component]:
    fresh = button(language.say("New link"), custom_id("link"))
    match error:
        case LinkNeeded():
            again = button(language.say("Link my account"), custom_id("link"), "primary")
            return [container(text(language.error(error))), row(again)]
        case CodeRefused():
            buttons = [button(language.say("Enter code"), custom_id("prove"), "primary"), fresh]
        case PasteRefused():
            buttons = [button(language.say("New link"), custom_id("link"), "primary")]
        case _:
            paste = button(language.say("Paste again"), custom_id("paste"))
            buttons = [button(language.say("New link"), custom_id("link"), "primary"), paste]
    return [container(text(language.error(error)), row(*buttons), accent=WARNING)]


def _rate_limited(language: Language, error: RateLimited) -> str:
    """The sentence depends on whose limit it is."""
    when = datetime.now(UTC) + timedelta(seconds=error.retry_after)
    match error:
        case GroupShareUsedUp():
            return language.say(
                "People in this server have asked for a lot in the last few minutes. Try again {when}.", when=when
            )
        case ShareUsedUp():
            return language.say("You've asked for a lot in the last few minutes. Try again {when}.", when=when)
        case BudgetUsedUp():
            return language.say("I've reached my own limit for Thingiverse. Try again {when}.", when=when)
        case _:
            return language.say("Thingiverse is limiting my requests. Try again {when}.", when=when)


def _unforeseen(language: Language, error: Exception) -> str:
    reference = secrets.token_hex(3).upper()
    log.error("interaction failed", reference=reference, exc_info=error)
    if isinstance(error, Unexpected):
        return language.say(
            "Thingiverse sent a reply I don't understand. If it keeps happening, tell the people who run this "
            "bot: reference {reference}.",
            reference=Markup(reference),
        )
    return language.say(
        "Something went wrong on my end. If it keeps happening, tell the people who run this bot: reference "
        "{reference}.",
        reference=Markup(reference),
    )
