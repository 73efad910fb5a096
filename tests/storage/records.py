"""Two people and their records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from records import Attempt, Like, Link, Parked
from storage.store import Store
from storage.tables import links
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, Vault

NOW = datetime(2026, 5, 1, 12, 0, 0, 123000, tzinfo=UTC)
ANN, BEN = 2**62 + 6_543_210_777, 7  # Discord IDs need 64 bits
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


async def link_people(store: Store, people: Iterable[int]) -> None:
    """Link many people at once, without attempts."""
    async with store._engines.transactions.begin() as connection:
        await connection.execute(sa.insert(links), [asdict(replace(LINK, person=person)) for person in people])


async def everything(store: Store, vault: Vault, token: str) -> None:
    """Store one of each record with a token, for ANN."""
    parked = replace(PARKED, token=vault.seal(token, person=ANN, column=ATTEMPT_TOKEN))
    await store.begin_attempt(ATTEMPT)
    await store.park(ANN, b"digest", parked)
    sealed = vault.seal(token, person=ANN, column=LINK_TOKEN)
    await store.confirm(ANN, b"digest", replace(LINK, token=sealed))
    await store.begin_attempt(replace(ATTEMPT, parked=parked))
    store.note_like(like(ANN, 1))
    await store.mark_dead(ANN, sealed, NOW)
