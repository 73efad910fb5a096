"""Route presses and forms by custom_id: `t1:VERB:ARGUMENT:…`, where `t1` is the version.

A message keeps nothing here, so its buttons work after a restart and a week later. discord.py's DynamicItem gives
the same, but rebuilds the whole message as view objects for each press, and an error in it reaches no handler.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import signature
from typing import TypeVar

import discord

from cards.components import VERSION, damaged, walk
from desk.desk import Desk
from desk.interactions import pressed_in_private, pressed_message
from desk.replies import Reply
from desk.requests import Interaction
from errors import BotError

Handler = Callable[..., Awaitable[None]]
_H = TypeVar("_H", bound=Handler)


# Whether a press with these arguments changes the message for everyone.
Edits = Callable[[Interaction, list[str]], bool]


@dataclass(frozen=True)
class _Route:
    handler: Handler
    edits: bool | Edits
    public: bool
    arguments: int

    def changes(self, interaction: Interaction, arguments: list[str]) -> bool:
        """Whether the press changes the message it is on."""
        return (
            self.edits(interaction, arguments)
            if callable(self.edits)
            else self.edits and pressed_in_private(interaction)
        )


def pressed(verb: str, *, edits: bool | Edits = False, public: bool = False) -> Callable[[_H], _H]:
    """Mark the method that handles presses of `verb`.

    With `edits`, the button's message is changed if only the person sees it; a public one only if a function says
    so. With `public`, the reply is public, as with a command.
    """

    def marked(handler: _H) -> _H:
        handler.__dict__.setdefault("pressed", []).append((verb, edits, public))
        return handler

    return marked


class Presses:
    """Handlers by verb. They're called with the reply and the arguments, as strings."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._routes: dict[str, _Route] = {}

    def gather(self, whole: object) -> None:
        """Add every method of `whole` that is marked with `pressed`."""
        for name in dir(type(whole)):
            for verb, edits, public in getattr(getattr(type(whole), name), "pressed", ()):
                self.route(verb, getattr(whole, name), edits=edits, public=public)

    def route(self, verb: str, handler: Handler, *, edits: bool | Edits = False, public: bool = False) -> None:
        """Send presses of `verb` to `handler`; see `pressed`."""
        self._routes[verb] = _Route(handler, edits, public, len(signature(handler).parameters) - 1)

    def knows(self, verb: str) -> bool:
        return verb in self._routes

    async def receive(self, interaction: Interaction) -> None:
        pressed = str((interaction.data or {}).get("custom_id", ""))
        version, _, rest = pressed.partition(":")
        verb, *rest_of_it = rest.split(":", 1)
        route = self._routes.get(verb) if version == VERSION else None
        if route is None or not _stands_there(interaction, pressed):
            await self._desk.serve(interaction, _too_old)
            return

        # the last argument can contain colons
        arguments = rest_of_it[0].split(":", route.arguments - 1) if rest_of_it and route.arguments else rest_of_it

        async def work(reply: Reply) -> None:
            if len(arguments) != route.arguments:
                raise damaged()
            await route.handler(reply, *arguments)

        edits = route.changes(interaction, arguments)
        private = pressed_in_private(interaction) if edits else not route.public
        await self._desk.serve(interaction, work, private=private, edits=edits)


def _stands_there(interaction: Interaction, custom_id: str) -> bool:
    """Whether the button is on the message, because a modified client can send any. Forms have no message."""
    message = pressed_message(interaction)
    if message is None or interaction.type is not discord.InteractionType.component:
        return True
    return any(part.get("custom_id") == custom_id for part in walk(message.get("components", ())))


async def _too_old(_: Reply) -> None:
    raise BotError("This button no longer works. Run the command again.")
