"""Keeps the count on a public card's Like button right, without an edit for each press."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

import discord
import structlog

from ui.components import Card, on_message, walk
from ui.replies import Interaction

log = structlog.get_logger("ui.refresh")


@dataclass
class _Pending:
    interaction: Interaction
    labels: dict[str, str] = field(default_factory=dict[str, str])


class Refresher:
    """The first press changes the card at once; those in the next seconds change it together, once.

    Where the bot is no member, the change goes through the latest press's own interaction.
    """

    def __init__(self, pause: float = 5.0) -> None:
        self._pause = pause
        self._pending: dict[int, _Pending] = {}
        self._tasks: dict[int, asyncio.Task[None]] = {}

    def note(self, interaction: Interaction, custom_id: str, label: str) -> None:
        """Set the label of the button `custom_id` on the message that was pressed, soon."""
        message = interaction.message
        if message is None or message.flags.ephemeral:
            return
        pending = self._pending.setdefault(message.id, _Pending(interaction))
        pending.interaction = interaction
        pending.labels[custom_id] = label
        if message.id not in self._tasks:
            task = asyncio.create_task(self._keep_fresh(message.id), name=f"refresh {message.id}")
            self._tasks[message.id] = task

    async def close(self) -> None:
        """Stop at once; a count that was not refreshed is only old."""
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
        message = pending.interaction.message
        if message is None:
            return
        components = on_message(message)
        for component in walk(components):
            component["label"] = pending.labels.get(component.get("custom_id", ""), component.get("label"))
            if component["label"] is None:
                del component["label"]
        card = Card(*components)
        try:
            await message.edit(view=card)
        except discord.HTTPException:  # not a member of that server
            await self._change_as_answer(pending.interaction, message.id, card)

    async def _change_as_answer(self, interaction: Interaction, message_id: int, card: Card) -> None:
        try:
            await interaction.followup.edit_message(message_id, view=card)
        except discord.HTTPException as error:
            log.info("card not refreshed", status=error.status, code=error.code)
