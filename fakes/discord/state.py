"""The state of the fake Discord: people, channels, messages, interactions, and all requests."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from fakes.discord import payloads
from fakes.discord.payloads import EPHEMERAL, LOADING, Payload

FIRST_SIGN = 3.0  # seconds until an interaction fails
NONCE_KEPT = 5 * 60.0  # seconds; Discord says "the past few minutes"
REMEMBERED = 20_000  # messages and interactions; the bench makes more than fit in memory


class Where(Enum):
    GUILD = "a server the bot is in"
    DM = "the DM with the bot"
    USER_INSTALL = "a server the bot is not in; the person brought the app along"
    PRIVATE = "a DM between people; the person brought the app along"


class ApiError(Exception):
    """An error response from Discord. `body` replaces code and text."""

    def __init__(self, status: int, code: int, text: str, body: Payload | None = None) -> None:
        super().__init__(f"{status} {code} {text}")
        self.status = status
        self.body = body or {"message": text, "code": code}


class NotAnswered(AssertionError):
    """The person saw "The application did not respond", or "thinking …" forever."""


class Request(NamedTuple):
    method: str
    path: str  # without /api/v10
    body: Any


class Signal:
    """Wakes all waiters each time something changes."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def fire(self) -> None:
        self._event.set()
        self._event = asyncio.Event()

    async def until(self, condition: Callable[[], bool], timeout: float) -> None:
        async with asyncio.timeout(timeout):
            while not condition():
                await self._event.wait()


@dataclass(frozen=True)
class Person:
    id: int
    name: str
    payload: Payload = field(repr=False, hash=False)


@dataclass(frozen=True)
class Place:
    """A channel, and why the bot is there."""

    channel: Payload
    where: Where

    @property
    def id(self) -> str:
        return self.channel["id"]

    @property
    def guild_id(self) -> str | None:
        return self.channel.get("guild_id")

    @property
    def bot_is_in(self) -> bool:
        return self.where in {Where.GUILD, Where.DM}


@dataclass
class Kept:
    """A message; `payload` is changed in place, so references see its newest state."""

    payload: Payload
    place: Place
    only_for: int | None = None  # the one person who sees an ephemeral message
    deleted: bool = False

    @property
    def id(self) -> str:
        return self.payload["id"]


@dataclass
class Result:
    """The replies to an interaction so far. It changes while the bot replies."""

    interaction: Payload = field(repr=False)
    place: Place = field(repr=False)
    person: Person
    began: float = field(repr=False)
    ack_type: int | None = None
    ack_after: float | None = None  # seconds
    message: Payload | None = None
    followups: list[Payload] = field(default_factory=list)
    edits: list[Payload] = field(default_factory=list)  # the message after each edit
    modal: Payload | None = None
    choices: list[Payload] | None = None
    original: Kept | None = field(default=None, repr=False)
    form: Result | None = field(default=None, repr=False)  # for a submitted form, the interaction that showed it
    changed: Signal = field(default_factory=Signal, repr=False)

    @property
    def metadata(self) -> Payload:
        """The interaction metadata that its messages have."""
        made: Payload = {key: self.interaction[key] for key in ("id", "type", "authorizing_integration_owners")}
        made["user"] = self.person.payload
        if self.interaction["type"] == payloads.COMPONENT:
            made["interacted_message_id"] = self.interaction["message"]["id"]
        if self.form is not None:
            made["triggering_interaction_metadata"] = self.form.metadata
        return made

    @property
    def ephemeral(self) -> bool:
        return self.message is not None and bool(self.message["flags"] & EPHEMERAL)

    @property
    def answered(self) -> bool:
        """Whether there's something to see. A deferral alone isn't."""
        if self.ack_type == 5:
            # after the bot deleted its "thinking …", follow-ups count
            return self.message is not None and (bool(self.followups) or not self.message["flags"] & LOADING)
        return bool(self.edits or self.followups) if self.ack_type == 6 else self.ack_type is not None

    async def until(self, condition: Callable[[Result], bool], timeout: float = 60.0) -> Result:
        """Wait until the condition is true. Raises TimeoutError."""
        await self.changed.until(lambda: condition(self), timeout)
        return self


@dataclass
class Said:
    """A person's message, and the bot's messages in that channel since then, in their newest state."""

    kept: Kept = field(repr=False)
    answers: list[Payload] = field(default_factory=list)
    changed: Signal = field(default_factory=Signal, repr=False)

    @property
    def message(self) -> Payload:
        return self.kept.payload

    @property
    def deleted(self) -> bool:
        return self.kept.deleted

    async def until(self, condition: Callable[[Said], bool], timeout: float = 60.0) -> Said:
        """Wait until the condition is true. Raises TimeoutError."""
        await self.changed.until(lambda: condition(self), timeout)
        return self


class State:
    def __init__(self, application_id: int, *, token: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.fresh_id = payloads.snowflakes()
        self.clock = clock
        self.token = token
        self.application_id = str(application_id)
        self.bot = payloads.user(self.application_id, "thingamabot", bot=True)
        self.permissions = payloads.MEMBER_PERMISSIONS
        self.first_sign = FIRST_SIGN
        self.terse = False  # whether to send no more than Discord's documentation promises
        self.nonce_kept = NONCE_KEPT
        self.commands: list[Payload] = []
        self.people: dict[int, Person] = {}
        self.places: dict[str, Place] = {}
        self.dms: dict[int, Place] = {}
        self.closed_dms: set[int] = set()
        self.messages: dict[str, Kept] = {}
        self.interactions: dict[str, Result] = {}  # by token
        self.nonces: dict[tuple[str, str], tuple[Kept, float]] = {}  # by channel and nonce: the message, and when
        self.conversations: dict[str, Said] = {}  # by channel: the message the bot is replying to
        self.requests: deque[Request] = deque(maxlen=REMEMBERED)
        self.violations: list[str] = []
        self.misfits: list[str] = []  # responses of the fake that don't match Discord's description
        self.in_flight = 0
        self.last_request = 0.0

    def add(self, place: Place) -> Place:
        self.places[place.id] = place
        return place

    def keep(self, kept: Kept) -> Kept:
        _forget_the_oldest(self.messages)
        self.messages[kept.id] = kept
        kept.place.channel["last_message_id"] = kept.id
        return kept

    def note_nonce(self, nonce: tuple[str, str], kept: Kept) -> None:
        _forget_the_oldest(self.nonces)
        self.nonces[nonce] = (kept, self.clock())

    def sent_with(self, nonce: tuple[str, str]) -> Kept | None:
        """The message sent to the channel with the nonce in the last few minutes, even if it was deleted."""
        kept, sent_at = self.nonces.get(nonce, (None, 0.0))
        return kept if self.clock() - sent_at < self.nonce_kept else None

    def seen(self, message_id: str) -> Kept:
        """A message that a person looks at, so it isn't dropped soon. Raises LookupError."""
        kept = self.messages.pop(message_id)
        self.messages[message_id] = kept
        return kept

    def begin(self, result: Result) -> Result:
        _forget_the_oldest(self.interactions)
        self.interactions[result.interaction["token"]] = result
        return result

    def person(self, name: str, person_id: int | None = None) -> Person:
        """The person with that name, created on first use."""
        known = next((each for each in self.people.values() if each.name == name), None)
        if known is not None and person_id in {None, known.id}:
            return known
        number = str(person_id or self.fresh_id())
        made = Person(int(number), name, payloads.user(number, name))
        self.people[made.id] = made
        return made

    def dm(self, person: Person) -> Place:
        if person.id not in self.dms:
            channel = payloads.dm_channel(self.fresh_id(), person.payload)
            self.dms[person.id] = self.add(Place(channel, Where.DM))
        return self.dms[person.id]

    async def quiet(self, seconds: float) -> None:
        """Wait until the bot has no open request, and sends none for so many seconds."""
        began = self.clock()
        while seconds > 0 and (self.in_flight or self.clock() - max(self.last_request, began) < seconds):
            await asyncio.sleep(seconds / 4)


def _forget_the_oldest(kept: dict[Any, Any]) -> None:
    if len(kept) >= REMEMBERED:
        del kept[next(iter(kept))]
