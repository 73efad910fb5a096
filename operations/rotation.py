"""`python bot.py rotate-keys`: everything sealed anew with the first key, while the bot runs.

A batch happens as a whole or not at all, so it may be interrupted anywhere: run again, it goes on with what is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from rich.console import Console
from rich.progress import Progress

from storage.seals import COLUMNS, Sealed
from storage.store import Store
from storage.vault import MissingKey, Unopenable, Vault

BATCH = 200
_BELOW_ALL = -1  # people's ids are not negative

Advance = Callable[[int], None]


@dataclass
class Rotation:
    """What was done; people by their Discord ids."""

    sealed: int = 0
    damaged: set[int] = field(default_factory=set[int])
    without_key: set[int] = field(default_factory=set[int])


async def run(store: Store, vault: Vault) -> None:
    """Do it with a progress bar, then say what became of it and which keys may go."""
    console = Console(highlight=False, soft_wrap=True)
    counts = await store.seals.count_by_key()
    total = sum(count for key_id, count in counts.items() if key_id != vault.key_ids[0])
    try:
        with Progress(console=console) as progress:
            bar = progress.add_task("Sealing anew", total=total)
            done = await rotate(store, vault, lambda count: progress.advance(bar, count))
    except asyncio.CancelledError:
        console.print("Stopped. Nothing is lost: run it again, and it goes on where it was.")
        raise
    for line in report(done, await store.seals.count_by_key(), vault.key_ids):
        console.print(line, markup=False)


async def rotate(store: Store, vault: Vault, advance: Advance, *, batch: int = BATCH) -> Rotation:
    """Seal everything with the first key. Newer values that come meanwhile are left as they are.

    Once more at the end: a bot that is still running may have sealed something with an older key.
    """
    done = Rotation()
    for _ in range(2):
        for name in COLUMNS:
            after = _BELOW_ALL
            while sealed := await store.seals.sealed_otherwise(name, vault.head, after, batch):
                await _seal_anew(store, vault, name, sealed, done)
                advance(len(sealed))
                after = sealed[-1].person
    return done


async def _seal_anew(store: Store, vault: Vault, name: str, batch: list[Sealed], done: Rotation) -> None:
    changes: list[tuple[Sealed, bytes]] = []
    for sealed in batch:
        try:
            secret = vault.open(sealed.value, person=sealed.person, column=name)
        except MissingKey:
            done.without_key.add(sealed.person)
        except Unopenable:
            done.damaged.add(sealed.person)
            await store.seals.give_up(name, sealed, datetime.now(UTC))
        else:
            changes.append((sealed, vault.seal(secret, person=sealed.person, column=name)))
    done.sealed += await store.seals.replace(name, changes)


def report(done: Rotation, counts: dict[bytes, int], key_ids: list[bytes]) -> list[str]:
    """In an operator's words; `key_ids` in the order of TOKEN_KEYS."""
    lines = [f"✓ {done.sealed} sealed anew. {counts.get(key_ids[0], 0)} are sealed with the first key now."]
    if done.damaged:
        lines.append(f"✗ Damaged or moved, so nobody can open them; these people have to link again: {done.damaged}")
    if done.without_key:
        lines.append(f"✗ Sealed with a key that is not in TOKEN_KEYS, left as they are: {done.without_key}")
    for position, key_id in enumerate(key_ids[1:], 2):
        left = counts.get(key_id, 0)
        lines.append(
            f"✗ Key {position} of TOKEN_KEYS still seals {left}. Keep it, and run this again."
            if left
            else f"✓ Key {position} of TOKEN_KEYS may be dropped."
        )
    return lines
