"""Send the commands to Discord when they changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

import discord
import stamina
import structlog
from discord import app_commands

from storage.store import Store
from texts import Commands

log = structlog.get_logger("operations.commands")

Tree = app_commands.CommandTree[Any]
Ids = dict[tuple[str, int], int]  # by name and type


async def payload_of(tree: Tree) -> list[dict[str, Any]]:
    """All commands as Discord takes them, with translations."""
    return [await _payload(command, tree) for command in tree.get_commands()]


def fingerprint(payload: list[dict[str, Any]]) -> str:
    """A hash that changes with any name, description, option, or translation of the commands."""
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


class Notes(Protocol):
    """Where the hash of the last sent commands is stored."""

    async def meta(self, name: str) -> str | None: ...


async def in_sync(tree: Tree, notes: Notes, application_id: int) -> bool:
    """Whether Discord has the commands of this version."""
    current = fingerprint(await payload_of(tree))
    return await _registered(tree, notes, application_id, current) is not None


async def _registered(tree: Tree, notes: Notes, application_id: int, current: str) -> Ids | None:
    """The IDs of this version's commands; None where Discord does not have them.

    It compares the hash in the database, and the names Discord has, because the database may have been used with
    another application.
    """
    if await notes.meta(_name(application_id)) != current:
        return None
    ids = _ids(await tree.client.http.get_global_commands(application_id))
    return ids if ids.keys() == {(each.name, _type_of(each)) for each in tree.get_commands()} else None


async def sync_when_changed(tree: Tree, store: Store, application_id: int, commands: Commands) -> bool:
    """Send the commands if Discord doesn't have them. Returns True if they were sent; a failure is only logged.

    In either case, `commands` learns their IDs.
    """
    payload = await payload_of(tree)
    current = fingerprint(payload)
    try:
        async for attempt in stamina.retry_context(on=discord.DiscordServerError, attempts=5, wait_max=4.0):
            with attempt:
                registered = await _registered(tree, store, application_id, current)
                if registered is not None:
                    commands.learn(_typed(registered))
                    return False
                sent = await tree.client.http.bulk_upsert_global_commands(application_id, payload)
                commands.learn(_typed(_ids(sent)))
    except discord.HTTPException as error:
        log.error(
            "commands not synced",
            status=error.status,
            code=error.code,
            fix="none needed: they'll be sent the next time the bot starts",
        )
        return False
    await store.set_meta(_name(application_id), current)
    log.info("commands synced")
    return True


def _ids(commands: Iterable[Mapping[str, Any]]) -> Ids:
    """Of Discord's commands."""
    return {(command["name"], command.get("type", 1)): int(command["id"]) for command in commands}


def _typed(ids: Ids) -> dict[str, int]:
    """Those that people type, by name. Menus may have the same name."""
    return {name: number for (name, kind), number in ids.items() if kind == discord.AppCommandType.chat_input.value}


def _name(application_id: int) -> str:
    return f"commands:{application_id}"


def _type_of(
    command: app_commands.Command[Any, ..., Any] | app_commands.ContextMenu | app_commands.Group,
) -> int:
    if isinstance(command, app_commands.ContextMenu):
        return command.type.value
    return discord.AppCommandType.chat_input.value


async def _payload(command: Any, tree: Tree) -> dict[str, Any]:
    if tree.translator is None:
        return command.to_dict(tree)
    return await command.get_translated_payload(tree, tree.translator)
