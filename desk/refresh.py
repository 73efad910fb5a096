"""Update the like count on public cards, without an edit for each press."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from cards.components import walk
from desk.discord_errors import FAILED, tried
from desk.interactions import is_ephemeral, message_of, pressed_message
from desk.replies import Reply
from desk.requests import Interaction
from desk.sending import Card, on_message


@dataclass
class _Pending:
    interaction: Interaction
    pressed: dict[str, Any]  # the message as Discord sent it
    labels: dict[str, str] = field(default_factory=dict[str, str])


class Refresher:
    """The first press updates the card right away. Presses in the next seconds cause one more update.

    If the bot isn't in the server, the update uses the latest press's interaction.
    """

    def __init__(self, pause: float = 5.0) -> None:
        self._pause = pause
        self._pending: dict[int, _Pending] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def note(self, reply: Reply, custom_id: str, label: str) -> None:
        """Update the label of the button `custom_id` on the pressed message soon."""
        interaction = reply.interaction
        pressed = pressed_message(interaction)
        if pressed is None or is_ephemeral(pressed):
            return
        message = int(pressed["id"])
        pending = self._pending.setdefault(message, _Pending(interaction, pressed))
        pending.interaction, pending.pressed = interaction, pressed
        pending.labels[custom_id] = label
        if message not in self._tasks:
            self._tasks[message] = asyncio.create_task(self._keep_fresh(message), name=f"refresh {message}")

    async def close(self) -> None:
        """Stop right away. Counts may stay out of date."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _keep_fresh(self, message_id: int) -> None:
        try:
            while (pending := self._pending.pop(message_id, None)) is not None:
                await self._change(pending)
                await asyncio.sleep(self._pause)
        finally:
            self._pending.pop(message_id, None)
            self._tasks.pop(message_id, None)

    async def _change(self, pending: _Pending) -> None:
        message = message_of(pending.interaction, pending.pressed)
        components = on_message(message)
        for component in walk(components):
            if component.get("custom_id") in pending.labels:
                component["label"] = pending.labels[component["custom_id"]]
        card = Card(*components)
        try:
            await message.edit(view=card)
        except FAILED:  # such as when the bot isn't in that server
            through_the_press = pending.interaction.followup.edit_message(message.id, view=card)
            await tried(through_the_press, "card not refreshed")
