"""Where a pressed button or a sent form goes, by its custom_id: `t1:VERB:ARGUMENT:…`, `t1` being the version.

A message keeps nothing here, so its buttons work after a restart and a week later. discord.py's DynamicItem gives
the same, but rebuilds the whole message as view objects for each press, and an error in it reaches no handler.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import discord

from errors import BotError
from ui.replies import Desk, Interaction, Reply

VERSION = "t1"
_NUMBER = re.compile(r"-?[0-9]{1,19}")
Handler = Callable[..., Awaitable[None]]


def custom_id(verb: str, *arguments: object) -> str:
    """`t1:like:12345`; at most 100 characters, which numbers and short words never reach."""
    return ":".join([VERSION, verb, *map(str, arguments)])


# Whether a press with these arguments changes the message that the button is on.
Edits = Callable[[Interaction, list[str]], bool]


@dataclass(frozen=True)
class _Route:
    handler: Handler
    edits: Edits
    arguments: int


class Presses:
    """Which handler a verb belongs to. Handlers are called with the reply and the arguments, all of them text."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._routes: dict[str, _Route] = {}

    def route(self, verb: str, handler: Handler, *, edits: bool | Edits = False) -> None:
        """Send presses of `verb` to `handler`; `edits` changes the message that the button is on."""
        decide = edits if callable(edits) else _always if edits else _never
        self._routes[verb] = _Route(handler, decide, len(signature(handler).parameters) - 1)

    def concern(self, interaction: Interaction) -> bool:
        """Whether it is a press or a form, and so to be given to `receive`."""
        return interaction.type in {discord.InteractionType.component, discord.InteractionType.modal_submit}

    async def receive(self, interaction: Interaction) -> None:
        pressed = str((interaction.data or {}).get("custom_id", ""))
        version, _, rest = pressed.partition(":")
        verb, *rest_of_it = rest.split(":", 1)
        route = self._routes.get(verb) if version == VERSION else None
        if route is None:
            await self._desk.serve(interaction, _too_old)
            return

        # the last argument may hold colons
        arguments = rest_of_it[0].split(":", route.arguments - 1) if rest_of_it and route.arguments else rest_of_it

        async def work(reply: Reply) -> None:
            if len(arguments) != route.arguments:
                raise damaged()
            await route.handler(reply, *arguments)

        edits = route.edits(interaction, arguments)
        await self._desk.serve(interaction, work, private=not edits or _is_private(interaction), edits=edits)


def _is_private(interaction: Interaction) -> bool:
    """Whether only the person who pressed sees the message that was pressed."""
    return interaction.guild_id is None or interaction.message is None or interaction.message.flags.ephemeral


def _always(_: Interaction, __: list[str]) -> bool:
    return True


def _never(_: Interaction, __: list[str]) -> bool:
    return False


async def _too_old(_: Reply) -> None:
    raise BotError("This button is from another time and does nothing any more. Please ask again with a command.")


def damaged() -> BotError:
    """For what only a changed client could send."""
    return BotError("This button is damaged. Please ask again with a command.")


def to_number(argument: str) -> int:
    """An argument that must be a number. A client can send anything, so it is checked; the database holds 64 bits."""
    if not _NUMBER.fullmatch(argument) or not -(2**63) <= int(argument) < 2**63:
        raise damaged()
    return int(argument)


def fields_of(interaction: Interaction) -> dict[str, str]:
    """What a sent form holds, by the custom_id of its inputs."""
    data: Any = interaction.data or {}
    parts = [[part.get("component", {}), *part.get("components", [])] for part in data.get("components", [])]
    return {str(each["custom_id"]): str(each["value"]) for inside in parts for each in inside if "value" in each}


def values_of(interaction: Interaction) -> list[str]:
    """What was chosen in a select."""
    data: Any = interaction.data or {}
    return [str(value) for value in data.get("values", [])]
