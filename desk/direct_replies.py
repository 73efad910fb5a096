"""Reply to a DM, which can't be deferred."""

from __future__ import annotations

import asyncio
from typing import Self

import discord

from cards.components import Component, container, text
from desk.discord_errors import FAILED, note
from desk.sending import Card
from texts import Language


class DirectReply:
    """The reply to a DM. If it takes a while, a short message is sent first."""

    def __init__(self, message: discord.Message, language: Language, *, patience: float = 1.5) -> None:
        self.language = language
        self.person = message.author.id
        self._channel = message.channel
        self._patience = patience
        self._turn = asyncio.Lock()
        self._sent: discord.Message | None = None
        self._timer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._timer = asyncio.create_task(self._ask_for_patience())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    async def send(self, *components: Component) -> None:
        async with self._turn:
            if self._timer is not None:
                self._timer.cancel()
            card = Card(*components)
            if self._sent is None:
                self._sent = await self._channel.send(view=card)
            else:
                self._sent = await self._sent.edit(view=card)

    also = send

    async def withdraw(self) -> None:
        """Nothing to do: nobody else can read a DM."""

    async def _ask_for_patience(self) -> None:
        await asyncio.sleep(self._patience)
        waiting = container(text(self.language.say("One moment, checking with Thingiverse…")))
        async with self._turn:
            if self._sent is None:
                try:
                    self._sent = await self._channel.send(view=Card(waiting))
                except FAILED as error:
                    note("no first word", error)
