"""One entry for every interaction, and one report for every failure."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import discord
import structlog

from desk.admission import Admission
from desk.direct_replies import DirectReply
from desk.discord_errors import refusal_of
from desk.failures import explain, unwrapped
from desk.interactions import let_go
from desk.ready import ReadyAnswers
from desk.replies import PATIENCE, Reply
from desk.requests import Interaction, Lookups
from errors import BotError
from records import Unwanted
from thingiverse.errors import ThingiverseError
from thingiverse.oauth import looks_secret

log = structlog.get_logger("desk.desk")

Work = Callable[[Reply], Awaitable[None]]
ThingWork = Callable[[Reply, int], Awaitable[None]]  # for one design, by its ID
# Told which interaction is worked on, and the error that ends it.
Watching = Callable[[int], AbstractContextManager[Callable[[Exception], None]]]
DirectWork = Callable[[DirectReply], Awaitable[None]]


class Desk:
    def __init__(self, lookups: Lookups, *, patience: float = PATIENCE) -> None:
        self.texts = lookups.texts
        self._lookups = lookups
        self._patience = patience
        self.ready = ReadyAnswers(lookups)
        self.watching: Watching = lambda _: nullcontext(lambda _: None)
        self._in_hand = 0
        self.admission = Admission(lambda: self._in_hand)
        self._idle = asyncio.Event()
        self._idle.set()

    async def serve(self, interaction: Interaction, work: Work, *, private: bool = True, edits: bool = False) -> None:
        """Run `work` and reply. In a quiet channel, public replies become private, except changes to messages that
        are already there.
        """
        with self.at_work(), self.watching(interaction.id) as failed:
            reply = self._reply(interaction, edits=edits)
            try:
                _refuse_secrets(reply)
                if not private:
                    await reply.go_public()
                async with reply:
                    await (work if reply.known else _nobody)(reply)
            except Exception as error:  # noqa: BLE001  the one place where everything ends
                failed(error)
                await self.report(reply, error)
            finally:
                let_go(interaction)

    async def unwanted(self, interaction: Interaction) -> Unwanted:
        """What the server doesn't want to have suggested; nothing if its settings can't be read."""
        return await self._reply(interaction).unwanted()

    async def serve_direct(self, message: discord.Message, work: DirectWork, locale: str | None = None) -> None:
        """Like `serve`, for a DM, which has no locale."""
        reply = DirectReply(message, self.texts.language(locale or ""))
        with self.at_work():
            try:
                async with reply:
                    await work(reply)
            except Exception as error:  # noqa: BLE001  as above
                await self.report(reply, error)

    @contextmanager
    def at_work(self) -> Generator[None]:
        """Keep the process from stopping while inside (see `idle`)."""
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
        """Wait until no work is in progress."""
        await self._idle.wait()

    async def failed(self, interaction: Interaction, error: Exception) -> None:
        """Report a failure outside `serve`, such as a check or a wrong argument."""
        await self.report(self._reply(interaction), error)

    async def report(self, reply: Reply | DirectReply, error: Exception) -> None:
        """Tell the person what failed. Unexpected errors are logged with a reference that the person also sees."""
        cause = unwrapped(error)
        refusal = refusal_of(cause)
        try:
            if refusal is not None:
                log.log(_LEVELS[refusal.level], "refused by Discord", why=refusal.why, person=reply.person)
                if refusal.sentence is None:
                    return
                if refusal.blocked:
                    await reply.withdraw()
            await reply.also(*explain(reply.language, cause))
        except Exception as unsent:  # noqa: BLE001  Discord can't be reached, so nobody can be told
            log.warning("reply not delivered", why=str(unsent), person=reply.person)

    def _reply(self, interaction: Interaction, *, edits: bool = False) -> Reply:
        return Reply(interaction, self._lookups, edits=edits, patience=self._patience)


def outcome_of(error: Exception) -> str:
    """One word for how an interaction ended, for logs and metrics."""
    cause = unwrapped(error)
    if isinstance(cause, BotError):
        return "refused"
    if isinstance(cause, ThingiverseError):
        return "thingiverse"
    return "discord" if refusal_of(cause) is not None else "failed"


_LEVELS = {"info": 20, "warning": 30}


def _refuse_secrets(reply: Reply) -> None:
    """Raises BotError for a key in the wrong field, which would be shown, searched for, or sent as a name."""
    if any(looks_secret(given) for given in reply.given):
        raise BotError(
            "That has a key to your Thingiverse account in it, so I didn't use it. Don't show it to anyone. To link "
            "your account, use {/link}."
        )


async def _nobody(_: Reply) -> None:
    raise BotError("Discord didn't tell me who you are. Try again.")
