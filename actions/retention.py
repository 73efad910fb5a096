"""What is kept about people, why and how long: declared once, carried out by housekeeping, shown by /privacy.

docs/privacy.md has the same table; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from errors import N_
from storage.store import Store

DEAD_LINK = timedelta(days=90)
OLD_DEED = timedelta(days=90)
OLD_SHARE = timedelta(days=90)
OLD_PREVIEW = timedelta(days=90)


@dataclass(frozen=True)
class Rule:
    """`carry_out` deletes what is overdue at a time, and says how much that was."""

    table: str
    what: str
    why: str
    until: str
    carry_out: Callable[[Store, datetime], Awaitable[int]]
    urgent: bool = False  # carried out each minute


async def _links(store: Store, now: datetime) -> int:
    return await store.personal.drop_dead_links(now - DEAD_LINK)


async def _attempts(store: Store, now: datetime) -> int:
    return await store.drop_expired_attempts(now)


async def _left_behind(store: Store, now: datetime) -> int:
    return await store.personal.drop_left_behind()


async def _deeds(store: Store, now: datetime) -> int:
    return await store.deeds.drop_before(now - OLD_DEED)


async def _shares(store: Store, now: datetime) -> int:
    return await store.community.forget_shares(now - OLD_SHARE)


async def _previews(store: Store, now: datetime) -> int:
    return await store.community.forget_previews(now - OLD_PREVIEW)


async def _nothing(_: Store, __: datetime) -> int:
    """It ends only when the person says so."""
    return 0


RULES = (
    Rule(
        "links",
        N_("Your link: your Discord number, the account's number, name and picture address, when, and a sealed key"),
        N_("to like and unlike as you, when you ask for it"),
        N_("until you unlink; 90 days after Thingiverse stopped accepting the key"),
        _links,
    ),
    Rule(
        "attempts",
        N_("A link being made: your Discord number, name and language, digests of random numbers, what you wished to "
           "like, and once you came back, the account and a sealed key"),
        N_("to know that the answer is yours, and to tell whoever authorizes for whom it is"),
        N_("until you confirm or cancel; the key six minutes at most, the rest 16"),
        _attempts,
        urgent=True,
    ),
    Rule(
        "likes",
        N_("Your likes through me: your Discord number, the design and its name, the server, when"),
        N_("to know what you liked already, and to suggest it for `/unlike`"),
        N_("until you take the like back or unlink"),
        _left_behind,
    ),
    Rule(
        "deeds",
        N_("What was done in your name: your Discord number, like or unlike, the design and its name, with which "
           "account, when"),
        N_("for you to see it, and to undo it"),
        N_("the last 50, for 90 days at most; until you unlink"),
        _deeds,
    ),
    Rule(
        "preferences",
        N_("What you chose: your Discord number, whether addresses you post get a card, whether your name is shown "
           "with what you like"),
        N_("to do as you chose"),
        N_("until you choose otherwise or unlink"),
        _nothing,
    ),
    Rule(
        "shares",
        N_("What you shared: your Discord number, the design, the server and channel, the message, when"),
        N_("to share a design once in a while only, and to lead to where it was"),
        N_("90 days; until you unlink"),
        _shares,
    ),
    Rule(
        "previews",
        N_("Cards under addresses you posted: your Discord number, the server and channel, your message and mine, the "
           "design, when"),
        N_("to take the card away with your message, or when you ask"),
        N_("90 days; until your message goes or you unlink"),
        _previews,
    ),
)  # fmt: skip
