"""Answers what needs no work, before discord.py has read it: what is ready, and that the bot is busy."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

import discord
import orjson

from desk.admission import ACTS, SIGN_WITHIN
from desk.desk import Desk
from desk.discord_errors import FAILED, note
from desk.failures import busy
from desk.ready import TYPING, message, suggestions
from operations.callbacks import Callbacks, loop_time, session_of
from operations.gateway import Parser
from operations.interactions import Interactions, name_of

MOST_TOLD = 200  # at a time; each takes a connection of some 30 kB
MOST_UNTOLD = 10_000  # the longest waiting are dropped for newer ones
FORM = 5  # Discord's type of interactions
NO_CHOICES = suggestions([])


@dataclass(frozen=True, slots=True)
class _Untold:
    """Someone who will be told that the bot is busy."""

    interaction: int
    token: str = field(repr=False)
    body: bytes
    since: float


class Door:
    """Where interactions come in as Discord sends them."""

    def __init__(self, desk: Desk, callbacks: Callbacks, client: discord.Client, interactions: Interactions) -> None:
        self._desk = desk
        self._callbacks = callbacks
        self._client = client
        self._interactions = interactions
        self._busy: dict[str, bytes] = {}  # by language
        self._untold: deque[_Untold] = deque(maxlen=MOST_UNTOLD)
        self._telling: set[asyncio.Task[None]] = set()
        self._sending: set[asyncio.Task[None]] = set()

    def before(self, parse: Parser) -> Parser:
        """Give `parse` the interactions that can be served and have no answer ready."""

        def received(data: Any) -> None:
            if not self._desk.admission.admit(int(data["id"]), acts=_acts(data)):
                self._untold.append(_Untold(int(data["id"]), data["token"], self._busy_answer(data), loop_time()))
                if len(self._telling) < MOST_TOLD:
                    _begin(self._tell(), self._telling)
                return
            self._interactions.begin(data)
            if (body := self._desk.ready.to(data)) is not None:
                _begin(self._send(data, body, parse), self._sending)
            else:
                parse(data)

        return received

    async def _send(self, data: Any, body: bytes, parse: Parser) -> None:
        """Send an answer that's ready. If Discord doesn't take it, serve the ordinary way, which reports failures."""
        interaction = int(data["id"])
        with self._desk.at_work():
            try:
                await self._callbacks.answer(interaction, data["token"], body, session=session_of(self._client))
                self._callbacks.answered(interaction)
            except FAILED as error:
                note("ready answer not sent", error)
                parse(data)

    async def _tell(self) -> None:
        """Tell those who wait that the bot is busy, in order, unless Discord has given up on them."""
        while self._untold:
            untold = self._untold.popleft()
            if loop_time() - untold.since > SIGN_WITHIN:
                continue
            session = session_of(self._client)
            try:
                await self._callbacks.answer(untold.interaction, untold.token, untold.body, session=session)
            except FAILED as error:
                note("not told that the bot is busy", error)

    def _busy_answer(self, data: Any) -> bytes:
        if data["type"] == TYPING:
            return NO_CHOICES
        language = self._desk.texts.language(str(data.get("locale", "")))
        if language.code not in self._busy:
            self._busy[language.code] = message(orjson.dumps(busy(language)), private=True)
        return self._busy[language.code]


def _begin(answering: Coroutine[Any, Any, None], tasks: set[asyncio.Task[None]]) -> None:
    task = asyncio.create_task(answering)
    tasks.add(task)
    task.add_done_callback(tasks.discard)


def _acts(data: Any) -> bool:
    """Whether it likes or links: a command by its name, a button by the verb in its custom_id, and any form."""
    if data["type"] in {TYPING, FORM}:
        return data["type"] == FORM
    return name_of(data["data"]) in ACTS
