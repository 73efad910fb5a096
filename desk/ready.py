"""Answers that are known the moment they're asked for, as JSON for Discord.

discord.py builds objects for the member, the server, and the channel of each interaction, which costs more than such
an answer. So it's made from Discord's payload alone. Whatever isn't known takes the ordinary way, through `Desk.serve`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import discord
import orjson
import structlog

from desk.interactions import EPHEMERAL
from desk.requests import Lookups
from records import ServerSettings, Unwanted
from texts import Language

log = structlog.get_logger("desk.ready")

COMMAND, TYPING = discord.InteractionType.application_command.value, discord.InteractionType.autocomplete.value
MESSAGE, CHOICES = 4, 8  # Discord's types of answers
COMPONENTS_V2 = 1 << 15
CHANNELS = {0, 2, 5}  # of servers: text, voice, announcements; a thread's settings are its parent's


@dataclass(frozen=True, slots=True)
class Place:
    """A channel of a server in which everyone sees the answer."""

    language: Language
    adult: bool  # whether adult designs may be shown
    unwanted: Unwanted


class Asked:
    """A command without options, or what someone types into an option."""

    def __init__(self, data: Any, lookups: Lookups) -> None:
        self._data = data
        self._lookups = lookups
        self.person = int((data.get("member") or data)["user"]["id"])

    @cached_property
    def language(self) -> Language:
        """The language of private answers."""
        return self._lookups.texts.language(self._data["locale"])

    def has_options(self) -> bool:
        return bool(self._data["data"].get("options"))

    def typed(self, option: str) -> str | None:
        """What stands in the option, if that's where the person types."""
        focused = [each for each in self._data["data"]["options"] if each.get("focused")]
        return str(focused[0]["value"]) if focused and focused[0]["name"] == option else None

    def place(self) -> Place | None:
        """None where answers aren't public, or if that isn't known."""
        channel = self._data["channel"]
        settings = self._settings() if channel["type"] in CHANNELS else None
        if settings is None or settings.is_quiet(int(channel["id"])):
            return None
        locale = settings.language or self._data.get("guild_locale") or self._data["locale"]
        adult = settings.shows_adult(restricted=bool(channel.get("nsfw")))
        return Place(self._lookups.texts.language(locale), adult, settings.unwanted)

    def unwanted(self) -> Unwanted | None:
        """What the server doesn't want to see; None if that isn't known."""
        settings = self._settings()
        return None if settings is None else settings.unwanted

    def _settings(self) -> ServerSettings | None:
        guild = self._data.get("guild_id")
        return self._lookups.known_settings(int(guild) if guild is not None else None)


Answer = Callable[[Asked], bytes | None]


class ReadyAnswers:
    """Who knows the answer to which command. They never wait, and return None for what they don't know."""

    def __init__(self, lookups: Lookups) -> None:
        self._lookups = lookups
        self._known: dict[tuple[int, str], Answer] = {}

    def to_command(self, name: str, answer: Answer) -> None:
        self._known[COMMAND, name] = answer

    def while_typing(self, command: str, answer: Answer) -> None:
        self._known[TYPING, command] = answer

    def to(self, data: Any) -> bytes | None:
        """The answer to an interaction; None if it has to be served the ordinary way."""
        answer = self._known.get((data["type"], data["data"].get("name", "")))
        if answer is None:
            return None
        try:
            asked = Asked(data, self._lookups)
            return answer(asked) if data["type"] == TYPING or not asked.has_options() else None
        except Exception as error:  # noqa: BLE001  a payload can lack anything; the ordinary way tells what
            log.info("answer not ready", why=type(error).__name__)
            return None


def message(components: bytes, *, private: bool) -> bytes:
    """A message with the components, which are JSON."""
    flags = EPHEMERAL | COMPONENTS_V2 if private else COMPONENTS_V2
    data = b'{"components":%b,"flags":%d,"allowed_mentions":{"parse":[]}}' % (components, flags)
    return b'{"type":%d,"data":%b}' % (MESSAGE, data)


def suggestions(named: Iterable[tuple[str, str]]) -> bytes:
    """Suggestions while someone types: each with its name and value."""
    choices = [{"name": name, "value": value} for name, value in named]
    return orjson.dumps({"type": CHOICES, "data": {"choices": choices}})
