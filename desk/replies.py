"""Reply to an interaction: right away, or after a deferral if it takes longer."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Self

import discord
import structlog

from cards.components import Component, button, container, row, text
from desk.discord_errors import ALREADY_ACKNOWLEDGED, FAILED, REFUSALS, UNKNOWN_MESSAGE, note, tried, twice
from desk.requests import Interaction, Lookups, Request
from desk.sending import Card

log = structlog.get_logger("desk.replies")

# Discord waits three seconds for a first response. What is ready sooner needs only one call.
PATIENCE = 0.5


class Reply(Request):
    """The answer to one interaction. With `edits`, the reply to a press changes its message."""

    def __init__(
        self, interaction: Interaction, lookups: Lookups, *, edits: bool = False, patience: float = PATIENCE
    ) -> None:
        super().__init__(interaction, lookups)
        self.language = self.own_language
        self.private = True
        self._edits = edits
        self._patience = patience
        self._turn = asyncio.Lock()
        self._acknowledged = interaction.response.is_done()
        self._answered = False
        self._timer: asyncio.TimerHandle | None = None
        self._deferring: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        if self._patience > 0:
            self._timer = asyncio.get_running_loop().call_later(self._patience, self._lose_patience)
        else:
            self._lose_patience()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._deferring is not None:
            await self._deferring

    @property
    def public(self) -> bool:
        """Whether others in a server see the reply."""
        return not self.private and self.guild is not None

    async def go_public(self) -> None:
        """Make the reply public, in the server's language, except in quiet channels, unless it's already there."""
        if self._edits or not await self.quiet():
            self.private = False
            self.language = await self.public_language()

    async def send(self, *components: Component, instead: Sequence[Component] | None = None) -> None:
        """Reply; a second call changes the reply.

        If the message to change is gone, the reply goes only to the person, or `instead` is sent.
        """
        card = Card(*components)
        response = self.interaction.response

        async def first() -> None:
            if self._edits:
                await response.edit_message(view=card)
            else:
                await response.send_message(view=card, ephemeral=self.private)

        async with self._turn:
            try:
                if not await self._sign(first):
                    await twice(lambda: self.interaction.edit_original_response(view=card))
            except discord.NotFound as error:
                if error.code != UNKNOWN_MESSAGE:
                    raise
                await self._whisper(Card(*(instead or components)))
            self._answered = True

    async def send_file(self, name: str, content: bytes, *components: Component) -> None:
        """Reply with a file, which one of the components shows as `attachment://NAME`."""
        card = Card(*components)
        interaction = self.interaction

        def file() -> discord.File:  # each attempt reads and closes one
            return discord.File(io.BytesIO(content), name)

        async with self._turn:
            if not await self._sign(
                lambda: interaction.response.send_message(view=card, file=file(), ephemeral=self.private)
            ):
                await twice(lambda: interaction.edit_original_response(view=card, attachments=[file()]))
            self._answered = True

    async def also(self, *components: Component) -> None:
        """Send another message only to this person, or the first reply if there's none yet."""
        card = Card(*components)
        if self._answered or self._edits:
            await self._acknowledge()
            await self._whisper(card)
            return
        async with self._turn:
            if await self._sign(lambda: self.interaction.response.send_message(view=card, ephemeral=True)):
                self._answered = True
                return
        await self.send(*components)

    async def ask(self, form: discord.ui.Modal, opener: str) -> None:
        """Reply with a form. After a deferral, Discord accepts none, so send a button that opens it with `opener`."""
        async with self._turn:
            if await self._sign(lambda: self.interaction.response.send_modal(form)):
                self._answered = True
                return
        said = text(self.language.say("That took a moment. Open the form to go on."))
        await self.also(container(said, row(button(self.language.say("Open form"), opener, "primary"))))

    async def post(self, *components: Component) -> discord.Message:
        """Send another public message, which needs no permissions. It isn't retried."""
        await self._acknowledge()
        return await self.interaction.followup.send(view=Card(*components), wait=True)

    async def dm(self, *components: Component, to: int | None = None) -> bool:
        """Send a DM to the person, or to someone else. Returns False if they don't accept DMs from the bot."""

        async def send() -> None:
            channel = await self.interaction.client.create_dm(discord.Object(to or self.person))
            await channel.send(view=Card(*components))

        return await tried(send(), "dm not sent")

    async def withdraw(self) -> None:
        """Delete a public "thinking…", so that the next reply is private."""
        if self._acknowledged and not self._answered and not self._edits and not self.private:
            await tried(self.interaction.delete_original_response(), "placeholder not deleted")
            self._answered = True

    async def _whisper(self, card: Card) -> None:
        """Send a private message, whatever happened to earlier replies."""
        if not await self._sign(lambda: self.interaction.response.send_message(view=card, ephemeral=True)):
            await self.interaction.followup.send(view=card, ephemeral=True)

    async def _sign(self, first: Callable[[], Awaitable[object]]) -> bool:
        """Acknowledge the interaction. Returns False if that's already done: the reply then edits the first one.

        Discord says so if its confirmation of an earlier one was lost.
        """
        if self._acknowledged:
            return False
        try:
            await twice(first)
        except discord.HTTPException as error:
            if error.code != ALREADY_ACKNOWLEDGED:
                raise
            log.warning("acknowledged before", why=REFUSALS[error.code].why)
            self._acknowledged = True
            return False
        self._acknowledged = True
        return True

    async def _acknowledge(self) -> None:
        async with self._turn:
            await self._sign(self._defer)

    def _lose_patience(self) -> None:
        self._deferring = asyncio.create_task(self._defer_when_slow())

    async def _defer_when_slow(self) -> None:
        try:
            await self._acknowledge()
        except FAILED as error:  # the reply is sent anyway, and reports a failure
            note("not deferred", error)

    async def _defer(self) -> None:
        response = self.interaction.response
        if self._edits:
            await response.defer()
        else:
            await response.defer(ephemeral=self.private, thinking=True)
