"""Remember the IDs of all encryption keys, to tell a missing key from a damaged value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
import structlog

from operations.failures import EXIT_SETTINGS, StartError
from storage.look import Look
from storage.seals import Seals
from storage.store import Store
from storage.vault import Vault

log = structlog.get_logger("operations.keys")

_NAME = "keys"


class _Noted(msgspec.Struct):
    """IDs of keys, as hex. An ID reveals nothing about its key."""

    known: list[str]
    started_with: list[str] = []


async def require_keys(store: Store, vault: Vault) -> None:
    """Raises StartError if a key that links are encrypted with is missing from TOKEN_KEYS.

    A value whose key was never ours is damaged: only that link has to be made again.
    """
    noted = _decoded(await store.meta(_NAME))
    damaged = await _count_damaged(store.seals, noted, vault)
    if damaged:
        log.error("damaged values found", count=damaged, fix="run python bot.py rotate-keys to see whose")
    known = {*(noted.known if noted else []), *_hex(vault)}
    now = _Noted(sorted(known), noted.started_with if noted else [])
    if now != noted:
        await _write(store, now)


async def look_for_keys(look: Look, vault: Vault) -> int:
    """Like `require_keys`, but changes nothing, and returns how many values are damaged. Raises StartError."""
    return await _count_damaged(look, _decoded(await look.meta(_NAME)), vault)


def missing_keys(used: Iterable[bytes], notes: Mapping[str, str], vault: Vault) -> set[str]:
    """The IDs of keys in use that aren't in TOKEN_KEYS, as hex, without those that were never ours."""
    return _missing(used, _decoded(notes.get(_NAME)), vault)


def _missing(used: Iterable[bytes], noted: _Noted | None, vault: Vault) -> set[str]:
    absent = {key_id.hex() for key_id in used if key_id not in vault.key_ids}
    return absent if noted is None else absent & set(noted.known)


async def _count_damaged(seals: Seals, noted: _Noted | None, vault: Vault) -> int:
    """How many values are encrypted with a key that was never ours. Raises StartError if one of ours is missing."""
    used = await seals.keys_in_use()
    if _missing(used, noted, vault):
        raise StartError(
            "TOKEN_KEYS is missing the key that linked accounts are encrypted with. Add the old key back after the "
            "new one, separated by a comma. If it's lost, delete the database; everyone will have to link again.",
            EXIT_SETTINGS,
        )
    damaged = used - set(vault.key_ids)
    if not damaged:
        return 0
    counts = await seals.count_by_key()
    return sum(count for key_id, count in counts.items() if key_id in damaged)


async def note_start(store: Store, vault: Vault) -> None:
    """Store the IDs of the running bot's keys, for `require_started_with`."""
    noted = _decoded(await store.meta(_NAME))
    await _write(store, _Noted(sorted({*(noted.known if noted else []), *_hex(vault)}), _hex(vault)))


async def require_started_with(store: Store, vault: Vault) -> None:
    """Raises StartError if the running bot doesn't have the new key, because it couldn't decrypt anything then."""
    noted = _decoded(await store.meta(_NAME))
    if noted is not None and noted.started_with and vault.key_ids[0].hex() not in noted.started_with:
        raise StartError(
            "The bot was last started without the first key in TOKEN_KEYS, so it couldn't decrypt anything encrypted "
            "with it. Restart the bot, then run this again. If the bot isn't running, use: rotate-keys --stopped",
            EXIT_SETTINGS,
        )


def _hex(vault: Vault) -> list[str]:
    return [key_id.hex() for key_id in vault.key_ids]


def _decoded(noted: str | None) -> _Noted | None:
    return None if noted is None else msgspec.json.decode(noted, type=_Noted)


async def _write(store: Store, noted: _Noted) -> None:
    await store.set_meta(_NAME, msgspec.json.encode(noted).decode())
