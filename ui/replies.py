"""One way in for every interaction, one way out for every answer and every failure."""

from __future__ import annotations

import asyncio
import io
import secrets
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import discord
import structlog
from discord import app_commands

from errors import BotError, CodeRefused, LinkNeeded, LinkRefused
from thingiverse.errors import Forbidden, NotFound, RateLimited, Unexpected, Unreachable
from ui.components import WARNING, Card, Component, button, container, row, text
from ui.customs import Customs
from ui.texts import Language, Markup, Texts

log = structlog.get_logger("ui.replies")

Interaction = discord.Interaction[Any]

# Discord waits three seconds for the first sign of life. What is ready sooner is answered in one call.
PATIENCE = 0.5


class Reply:
    """The answer to one interaction: at once where it can be, after a deferral where it must.

    `edits` answers a press by changing the message it was on, instead of by a new one.
    """

    def __init__(
        self,
        interaction: Interaction,
        language: Language,
        *,
        private: bool,
        edits: bool = False,
        patience: float = PATIENCE,
    ) -> None:
        self.interaction = interaction
        self.language = language
        self.private = private
        self.person = interaction.user.id
        self.name = interaction.user.name
        self._edits = edits
        self._patience = patience
        self._turn = asyncio.Lock()
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

    async def send(self, *components: Component) -> None:
        """Answer; a second call changes the answer."""
        card = Card(*components)
        async with self._turn:
            response = self.interaction.response
            if response.is_done():
                await self.interaction.edit_original_response(view=card)
            elif self._edits:
                await response.edit_message(view=card)
            else:
                await response.send_message(view=card, ephemeral=self.private)
            self._answered = True

    async def hand_over(self, name: str, content: bytes, *components: Component) -> None:
        """Answer with a file; one of the components shows it, as `attachment://NAME`."""
        card, file = Card(*components), discord.File(io.BytesIO(content), name)
        async with self._turn:
            if self.interaction.response.is_done():
                await self.interaction.edit_original_response(view=card, attachments=[file])
            else:
                await self.interaction.response.send_message(view=card, file=file, ephemeral=self.private)
            self._answered = True

    async def also(self, *components: Component) -> None:
        """One more message, only for this person; the answer itself where there was none yet."""
        if self._answered or self._edits:
            await self._acknowledge()
            await self.interaction.followup.send(view=Card(*components), ephemeral=True)
            return
        async with self._turn:
            if not self.interaction.response.is_done():
                await self.interaction.response.send_message(view=Card(*components), ephemeral=True)
                self._answered = True
                return
        await self.send(*components)

    async def ask(self, modal: discord.ui.Modal) -> None:
        """Answer with a form. Only as the first thing."""
        async with self._turn:
            await self.interaction.response.send_modal(modal)
            self._answered = True

    async def _acknowledge(self) -> None:
        async with self._turn:
            if not self.interaction.response.is_done():
                await self._defer()

    def _lose_patience(self) -> None:
        self._deferring = asyncio.create_task(self._defer_when_slow())

    async def _defer_when_slow(self) -> None:
        try:
            await self._acknowledge()
        except discord.HTTPException as error:
            log.warning("not deferred", status=error.status, code=error.code)

    async def _defer(self) -> None:
        response = self.interaction.response
        if self._edits:
            await response.defer()
        else:
            await response.defer(ephemeral=self.private, thinking=True)


class DirectReply:
    """The answer to a message somebody sent in a DM; where it takes a while, a first word goes out before it."""

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

    async def also(self, *components: Component) -> None:
        await self.send(*components)

    async def _ask_for_patience(self) -> None:
        await asyncio.sleep(self._patience)
        waiting = container(text(self.language.say("One moment, I am asking Thingiverse …")))
        async with self._turn:
            if self._sent is None:
                self._sent = await self._channel.send(view=Card(waiting))


Work = Callable[[Reply], Awaitable[None]]
DirectWork = Callable[[DirectReply], Awaitable[None]]


class Desk:
    """Where every interaction comes in. Each failure, whatever raised it, ends in `report`."""

    def __init__(self, texts: Texts, customs: Customs, *, patience: float = PATIENCE) -> None:
        self.texts = texts
        self.customs = customs
        self._patience = patience
        self._in_hand = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def serve(self, interaction: Interaction, work: Work, *, private: bool = True, edits: bool = False) -> None:
        """Answer with what `work` makes. A quiet channel makes private what would be public, except what is there
        already and is changed by a press.
        """
        private = private or (not edits and await self.customs.quiet(interaction))
        language = self.texts.private(interaction) if private else await self.customs.language(interaction)
        reply = Reply(interaction, language, private=private, edits=edits, patience=self._patience)
        with self.at_work():
            try:
                async with reply:
                    await work(reply)
            except Exception as error:  # noqa: BLE001  the one place where everything ends
                await self.report(reply, error)

    async def serve_direct(self, message: discord.Message, work: DirectWork, locale: str | None = None) -> None:
        """The same for a message in a DM, which has no locale of its own."""
        reply = DirectReply(message, self.texts.language(locale or ""))
        with self.at_work():
            try:
                async with reply:
                    await work(reply)
            except Exception as error:  # noqa: BLE001  as above
                await self.report(reply, error)

    @contextmanager
    def at_work(self) -> Generator[None]:
        """While inside, the process is not ended (see `idle`)."""
        self._in_hand += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._in_hand -= 1
            if self._in_hand == 0:
                self._idle.set()

    @property
    def in_hand(self) -> int:
        return self._in_hand

    async def idle(self) -> None:
        """Wait until nothing is in hand."""
        await self._idle.wait()

    async def failed(self, interaction: Interaction, error: Exception) -> None:
        """For failures outside `serve`: checks, arguments."""
        await self.report(Reply(interaction, self.texts.private(interaction), private=True), error)

    async def report(self, reply: Reply | DirectReply, error: Exception) -> None:
        """Tell the person in their words; what has none is logged with a reference that they also see."""
        cause = _unwrapped(error)
        try:
            await reply.also(*explain(reply.language, cause))
        except Exception as unsent:  # noqa: BLE001  Discord cannot be reached, so nobody can be told
            log.warning("answer not delivered", why=str(unsent), person=reply.person)


def explain(language: Language, error: Exception) -> list[Component]:
    """A failure as a card; an unforeseen one is logged here, with the reference that the card shows."""
    match error:
        case LinkNeeded():
            again = button(language.say("Link my account"), "t1:link", "primary")
            return [container(text(language.error(error))), row(again)]
        case CodeRefused():
            again = button(language.say("Enter code"), "t1:prove", "primary")
            fresh = button(language.say("New link"), "t1:link")
            return [container(text(language.error(error)), accent=WARNING), row(again, fresh)]
        case LinkRefused():
            again = button(language.say("New link"), "t1:link", "primary")
            paste = button(language.say("Paste again"), "t1:paste")
            return [container(text(language.error(error)), accent=WARNING), row(again, paste)]
        case BotError():
            sentence = language.error(error)
        case Unreachable(since=datetime() as since):
            sentence = language.say(
                "Thingiverse has not answered since {since}. Please try again in a few minutes.", since=since
            )
        case Unreachable():
            sentence = language.say("Thingiverse does not answer just now. Please try again in a few minutes.")
        case RateLimited():
            when = datetime.now(UTC) + timedelta(seconds=error.retry_after)
            sentence = language.say("Thingiverse asks for a pause. Please try again {when}.", when=when)
        case NotFound():
            sentence = language.say("Thingiverse has no such design. Perhaps it was deleted, or the number is wrong.")
        case Forbidden():
            sentence = language.say("That design is private, or was taken down.")
        case _:
            sentence = _unforeseen(language, error)
    return [container(text(sentence), accent=WARNING)]


def _unforeseen(language: Language, error: Exception) -> str:
    reference = secrets.token_hex(3).upper()
    log.error("failed", reference=reference, exc_info=error)
    if isinstance(error, Unexpected):
        return language.say(
            "Thingiverse gave an answer that I do not understand. If it goes on, tell the people who run this bot: "
            "reference {reference}.",
            reference=Markup(reference),
        )
    return language.say(
        "Something went wrong on my side. If it goes on, tell the people who run this bot: reference {reference}.",
        reference=Markup(reference),
    )


def _unwrapped(error: Exception) -> Exception:
    """The error of ours inside discord.py's wrapping."""
    if isinstance(error, app_commands.CommandInvokeError):
        return error.original
    if isinstance(error, app_commands.TransformerError) and isinstance(error.__cause__, Exception):
        return error.__cause__
    return error
