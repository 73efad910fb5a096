"""Which keys there were: to tell a key that was dropped too early from a value that was tampered with."""

from __future__ import annotations

import msgspec
import structlog

from operations.running import EXIT_SETTINGS, StartError
from storage.store import Store
from storage.vault import Vault

log = structlog.get_logger("operations.keys")

_NAME = "keys"


class _Noted(msgspec.Struct):
    """Ids of keys, as hex; an id tells nothing of its key."""

    known: list[str]
    started_with: list[str] = []


async def require_keys(store: Store, vault: Vault) -> None:
    """A key that is missing is found at the start, not when somebody presses Like. Raises StartError.

    A value whose key was never ours is a damaged one, which costs its own link and nobody else anything.
    """
    in_use = await store.seals.count_by_key()
    missing = {key_id.hex(): count for key_id, count in in_use.items() if key_id not in vault.key_ids}
    noted = await _read(store)
    if missing if noted is None else missing.keys() & set(noted.known):
        raise StartError(
            "TOKEN_KEYS lacks the key that the linked accounts are sealed with. Put the old key back, behind the new "
            "one and a comma. If it is lost, people have to link again: then delete the database.",
            EXIT_SETTINGS,
        )
    if missing:
        log.error("values damaged", count=sum(missing.values()), mend="python bot.py rotate-keys says whose")
    known = {*(noted.known if noted else []), *_hex(vault)}
    await _write(store, _Noted(sorted(known), noted.started_with if noted else []))


async def note_start(store: Store, vault: Vault) -> None:
    """Note what the running bot can open, for `require_started_with`."""
    noted = await _read(store)
    await _write(store, _Noted(sorted({*(noted.known if noted else []), *_hex(vault)}), _hex(vault)))


async def require_started_with(store: Store, vault: Vault) -> None:
    """A running bot without the new key could open nothing that was sealed with it. Raises StartError."""
    noted = await _read(store)
    if noted is not None and noted.started_with and vault.key_ids[0].hex() not in noted.started_with:
        raise StartError(
            "The bot was last started without the first key of TOKEN_KEYS and could not open what is sealed with it. "
            "Restart the bot first, then run this again. If it does not run at all: rotate-keys --stopped",
            EXIT_SETTINGS,
        )


def _hex(vault: Vault) -> list[str]:
    return [key_id.hex() for key_id in vault.key_ids]


async def _read(store: Store) -> _Noted | None:
    noted = await store.meta(_NAME)
    return None if noted is None else msgspec.json.decode(noted, type=_Noted)


async def _write(store: Store, noted: _Noted) -> None:
    await store.set_meta(_NAME, msgspec.json.encode(noted).decode())
