"""Telling Discord which commands there are, when that has changed."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import discord
import stamina
import structlog
from discord import app_commands

from storage.store import Store

log = structlog.get_logger("operations.commands")

Tree = app_commands.CommandTree[Any]


async def fingerprint(tree: Tree) -> str:
    """Changes whenever a name, a description, an option or a translation does."""
    payload = [await _payload(command, tree) for command in tree.get_commands()]
    return hashlib.sha256(json.dumps(payload, sort_keys=True).encode()).hexdigest()


async def in_sync(tree: Tree, store: Store, application_id: int) -> bool:
    """Whether Discord has the commands of this version.

    What was sent last is remembered in the database; that Discord still has as many, under the same names, is
    asked of Discord, for the same database may meet another application.
    """
    if await store.meta(_name(application_id)) != await fingerprint(tree):
        return False
    registered = await tree.client.http.get_global_commands(application_id)
    return {(command["name"], command.get("type", 1)) for command in registered} == {
        (command.name, _type_of(command)) for command in tree.get_commands()
    }


async def sync_when_changed(tree: Tree, store: Store, application_id: int) -> bool:
    """Send the commands if Discord does not have them; True if they were sent. The bot runs without as well."""
    try:
        async for attempt in stamina.retry_context(on=discord.DiscordServerError, attempts=5, wait_max=4.0):
            with attempt:
                if await in_sync(tree, store, application_id):
                    return False
                await tree.sync()
    except discord.HTTPException as error:
        log.error("commands not synced", status=error.status, code=error.code, mend="they are sent at the next start")
        return False
    await store.set_meta(_name(application_id), await fingerprint(tree))
    log.info("commands synced")
    return True


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
