"""`python bot.py rotate-keys`: re-encrypt everything with the first key while the bot runs.

Each batch is one transaction, so it can be interrupted anywhere, and continues with the rest when run again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from storage.seals import COLUMNS, Sealed
from storage.store import Store
from storage.vault import MissingKey, Unopenable, Vault

BATCH = 200
_BELOW_ALL = -1  # people's IDs aren't negative


@dataclass
class Rotation:
    """The result. People are Discord IDs."""

    sealed: int = 0
    damaged: set[int] = field(default_factory=set[int])
    without_key: set[int] = field(default_factory=set[int])


async def run(store: Store, vault: Vault) -> None:
    """Rotate with a progress bar, then print the result and which keys can be removed."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(highlight=False, soft_wrap=True)
    counts = await store.seals.count_by_key()
    total = sum(count for key_id, count in counts.items() if key_id != vault.key_ids[0])
    try:
        with Progress(console=console) as progress:
            bar = progress.add_task("Re-encrypting", total=total)
            done = await rotate(store, vault, lambda count: progress.advance(bar, count))
    except asyncio.CancelledError:
        console.print("Stopped. Nothing is lost. Run it again to pick up where it left off.")
        raise
    for line in report(done, await store.seals.count_by_key(), vault.key_ids):
        console.print(line, markup=False)


async def rotate(store: Store, vault: Vault, advance: Callable[[int], None], *, batch: int = BATCH) -> Rotation:
    """Encrypt everything with the first key. Values that change in the meantime are left as they are.

    It does a second pass, because the running bot may have encrypted something with an older key.
    """
    done = Rotation()
    for _ in range(2):
        for name in COLUMNS:
            after = _BELOW_ALL
            while sealed := await store.seals.sealed_otherwise(name, vault.head, after, batch):
                await _reencrypt(store, vault, name, sealed, done)
                advance(len(sealed))
                after = sealed[-1].person
    return done


async def _reencrypt(store: Store, vault: Vault, name: str, batch: list[Sealed], done: Rotation) -> None:
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
    """The result as sentences for the operator. `key_ids` is in the order of TOKEN_KEYS."""
    lines = [f"✓ Re-encrypted {done.sealed}. The first key now encrypts {counts.get(key_ids[0], 0)}."]
    if done.damaged:
        lines.append(f"✗ Damaged or moved, so they can't be decrypted. These people have to link again: {done.damaged}")
    if done.without_key:
        lines.append(f"✗ Encrypted with a key that isn't in TOKEN_KEYS, so left unchanged: {done.without_key}")
    for position, key_id in enumerate(key_ids[1:], 2):
        left = counts.get(key_id, 0)
        lines.append(
            f"✗ Key {position} in TOKEN_KEYS still encrypts {left}. Keep it and run this again."
            if left
            else f"✓ You can remove key {position} from TOKEN_KEYS."
        )
    return lines
