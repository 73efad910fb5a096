"""Route presses and forms by custom_id: `t1:VERB:ARGUMENT:…`, where `t1` is the version.

A message keeps nothing here, so its buttons work after a restart and a week later. discord.py's DynamicItem gives
the same, but rebuilds the whole message as view objects for each press, and an error in it reaches no handler.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from inspect import Parameter, signature
from typing import Any, TypeVar

import discord

from cards.components import VERSION, damaged, to_number, walk
from desk.desk import Desk
from desk.interactions import pressed_in_private, pressed_message
from desk.replies import Reply
from desk.requests import Interaction
from errors import BotError

Handler = Callable[..., Awaitable[None]]
_H = TypeVar("_H", bound=Handler)

# How an argument is read, by the handler's annotation. Others stay strings.
_READERS: dict[Any, Callable[[str], object]] = {int: to_number, bool: lambda given: given == "1"}

# Whether a press with these arguments changes the message for everyone.
Edits = Callable[[Interaction, list[str]], bool]


@dataclass(frozen=True)
class _Route:
    handler: Handler
    edits: bool | Edits
    public: bool
    parameters: list[Parameter]  # after the reply

    def read(self, arguments: list[str]) -> list[object]:
        """The arguments as the handler's types. Raises BotError unless they fit."""
        least = sum(each.default is Parameter.empty for each in self.parameters)
        if not least <= len(arguments) <= len(self.parameters):
            raise damaged()
        return [
            _READERS.get(each.annotation, str)(given) for each, given in zip(self.parameters, arguments, strict=False)
        ]

    def changes(self, interaction: Interaction, arguments: list[str]) -> bool:
        """Whether the press changes the message it is on."""
        if callable(self.edits):
            return self.edits(interaction, arguments)
        return self.edits and pressed_in_private(interaction)


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
    """Handlers by verb. They're called with the reply, and the arguments as the handler's annotations say."""

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
        _, *parameters = signature(handler, eval_str=True).parameters.values()
        positional = [each for each in parameters if each.kind is not Parameter.KEYWORD_ONLY]
        self._routes[verb] = _Route(handler, edits, public, positional)

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
        most = len(route.parameters)
        arguments = rest_of_it[0].split(":", most - 1) if rest_of_it and most else rest_of_it

        async def work(reply: Reply) -> None:
            await route.handler(reply, *route.read(arguments))

        known = interaction.user is not discord.utils.MISSING  # otherwise, the desk says so
        edits = known and route.changes(interaction, arguments)
        private = pressed_in_private(interaction) if edits else not route.public
        await self._desk.serve(interaction, work, private=private, edits=edits)


def _stands_there(interaction: Interaction, custom_id: str) -> bool:
    """Whether the button is on the message, because a modified client can send any. Forms have no message."""
    message = pressed_message(interaction)
    if message is None or interaction.type is not discord.InteractionType.component:
        return True
    return any(part.get("custom_id") == custom_id for part in walk(message.get("components") or ()))


async def _too_old(_: Reply) -> None:
    raise BotError("This button no longer works. Run the command again.")
