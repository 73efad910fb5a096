"""simcord's Discord, on a busy machine too."""

from __future__ import annotations

import json
from typing import Any

import simcord
from discord.http import MultipartParameters
from discord.webhook.async_ import async_context

ROUNDS = 120
LOOKED = 0.005  # seconds between two looks at whether the bot is done


async def answer(interaction: int, token: str, body: bytes, **options: Any) -> None:
    """Take the place of `Callbacks.answer`, which sends bytes; simcord takes what discord.py sends."""
    params = MultipartParameters(json.loads(body), None, None)
    await async_context.get().create_interaction_response(interaction, token, params=params, **options)


class SimulatedDiscord(simcord.Env):
    """After each step, simcord waits for the bot to finish, and for every timer that is due before a deadline.

    A late deadline would mean waiting for timers that don't matter, so it stays early. A bot that isn't done by then
    gets ROUNDS times as long before simcord gives up with TimeoutError.
    """

    def __init__(self, bot: Any, **options: Any) -> None:
        super().__init__(bot, **options)
        bot.callbacks.answer = answer

    async def start(self) -> None:
        await super().start()
        respond, answered = self._webhook_adapter.create_interaction_response, self.bot.callbacks.answered

        async def respond_and_tell(interaction: int, *given: Any, **options: Any) -> Any:
            try:
                return await respond(interaction, *given, **options)
            finally:
                answered(interaction)

        self._webhook_adapter.create_interaction_response = respond_and_tell

    async def _settle_internal(self, *, idle: float = LOOKED, **options: Any) -> None:
        rounds = 1 if options.get("_deadline") is not None else ROUNDS
        for _ in range(rounds - 1):
            try:
                return await super()._settle_internal(idle=idle, **options)
            except TimeoutError:
                continue
        return await super()._settle_internal(idle=idle, **options)
