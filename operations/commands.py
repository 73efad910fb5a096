"""Send the commands to Discord when they changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import discord
import stamina
import structlog
from discord import app_commands

from storage.look import Look
from storage.store import Store
from texts import Commands

log = structlog.get_logger("operations.commands")

Tree = app_commands.CommandTree[Any]
TYPED = discord.AppCommandType.chat_input.value


async def _payload_of(tree: Tree) -> list[dict[str, Any]]:
    """All commands as Discord takes them, with translations."""
    if tree.translator is None:
        return [command.to_dict(tree) for command in tree.get_commands()]
    return [await command.get_translated_payload(tree, tree.translator) for command in tree.get_commands()]


def _fingerprint(payload: list[dict[str, Any]]) -> str:
    """A hash that changes with any name, description, option, or translation of the commands."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


async def in_sync(tree: Tree, notes: Store | Look, application_id: int) -> bool:
    """Whether Discord has the commands of this version."""
    return await _registered(tree, notes, application_id, await _payload_of(tree)) is not None


async def _registered(
    tree: Tree, notes: Store | Look, application_id: int, payload: list[dict[str, Any]]
) -> Sequence[Mapping[str, Any]] | None:
    """This version's commands as Discord has them; None where it doesn't have them.

    It compares the hash in the database, and the names Discord has, because the database may have been used with
    another application.
    """
    if await notes.meta(_name(application_id)) != _fingerprint(payload):
        return None
    there = await tree.client.http.get_global_commands(application_id)
    return there if {_key(command) for command in there} == {_key(command) for command in payload} else None


async def sync_when_changed(tree: Tree, store: Store, application_id: int, commands: Commands) -> None:
    """Send the commands if Discord doesn't have them; a failure is only logged. `commands` learns their IDs."""
    payload = await _payload_of(tree)
    try:
        async for attempt in stamina.retry_context(on=discord.DiscordServerError, attempts=5, wait_max=4.0):
            with attempt:
                registered = await _registered(tree, store, application_id, payload)
                if registered is not None:
                    commands.learn(_typed(registered))
                    return
                sent = await tree.client.http.bulk_upsert_global_commands(application_id, payload)
                commands.learn(_typed(sent))
    except discord.HTTPException as error:
        log.error(
            "commands not synced",
            status=error.status,
            code=error.code,
            fix="none needed: they'll be sent the next time the bot starts",
        )
        return
    await store.set_meta(_name(application_id), _fingerprint(payload))
    log.info("commands synced")


def _key(command: Mapping[str, Any]) -> tuple[str, int]:
    return command["name"], command.get("type", TYPED)


def _typed(commands: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """The IDs of those that people type, by name. Menus may have the same name."""
    return {command["name"]: int(command["id"]) for command in commands if _key(command)[1] == TYPED}


def _name(application_id: int) -> str:
    return f"commands:{application_id}"
