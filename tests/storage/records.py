"""Two people and what is kept of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from storage.records import Attempt, Like, Link, Parked
from storage.store import Store

NOW = datetime(2026, 5, 1, 12, 0, 0, 123000, tzinfo=UTC)
ANN, BEN = 2**62 + 6_543_210_777, 7  # Discord ids need 64 bits
LINK = Link(ANN, 200, "mira", "https://example.org/m.png", b"\x01keysSEALED", NOW)
PARKED = Parked(b"\x01keysPARKED", 200, "mira", None, True)
ATTEMPT = Attempt(ANN, b"digest", NOW, NOW + timedelta(minutes=10), then_like=5)


def attempt_of(person: int) -> Attempt:
    return replace(ATTEMPT, person=person, state_hash=state_of(person))


def state_of(person: int) -> bytes:
    return b"digest" if person == ANN else b"digest of %d" % person


def like(person: int, thing: int, minute: int = 0) -> Like:
    return Like(person, thing, f"thing {thing}", None, NOW + timedelta(minutes=minute))


async def linked(store: Store, link: Link = LINK) -> None:
    await store.begin_attempt(replace(attempt_of(link.person), parked=PARKED))
    assert await store.confirm(link.person, state_of(link.person), link)
