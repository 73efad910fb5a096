"""Who uses the bot, where, and with which server settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
import structlog

from cards.components import Component, damaged
from desk.channels import ChannelInfo, Channels
from desk.forms import CODE, PASTED
from desk.interactions import Interaction
from desk.sending import on_message
from errors import BotError
from records import ServerSettings, Unwanted
from texts import Language, Texts
from thingiverse.models import Thing

log = structlog.get_logger("desk.requests")

ReadSettings = Callable[[int | None], Awaitable[ServerSettings]]
KnownSettings = Callable[[int | None], ServerSettings | None]

SETTINGS_PATIENCE = 1.0  # seconds; a reply doesn't wait longer for the server's settings


@dataclass(frozen=True)
class Lookups:
    """Where requests look up what they need. `known_settings` are those that need no wait, and None for others."""

    texts: Texts
    channels: Channels
    read_settings: ReadSettings
    known_settings: KnownSettings = lambda _: None


class Request:
    """What a reply needs to know about its interaction. The server's settings are read at most once."""

    def __init__(self, interaction: Interaction, lookups: Lookups) -> None:
        self.interaction = interaction
        self.guild = interaction.guild_id
        self.known = interaction.user is not discord.utils.MISSING  # MISSING if Discord leaves out the member
        self.person: int = interaction.user.id if self.known else 0
        self.name: str = interaction.user.name if self.known else ""
        self._lookups = lookups
        self._settings = lookups.known_settings(self.guild)
        self._gave_up = False

    @property
    def id(self) -> int:
        return self.interaction.id

    @property
    def channel(self) -> int:
        return self.interaction.channel_id or 0

    @property
    def in_own_dm(self) -> bool:
        """Whether this is the person's DM with the bot, and no other DM."""
        return self.guild is None and not self.interaction.context.private_channel

    @property
    def app_permissions(self) -> discord.Permissions:
        """The bot's permissions in this channel."""
        return self.interaction.app_permissions

    async def described(self, channel: int) -> ChannelInfo | None:
        """A channel's data from Discord; None if the bot can't see it."""
        return await self._lookups.channels.of(channel, self.interaction.client)

    @property
    def installed(self) -> bool:
        """Whether the bot is a member of the server, not only installed by the user."""
        return self.guild is not None and (
            self.interaction.is_guild_integration() or not self.interaction.is_user_integration()
        )

    def server(self) -> int:
        """The server's ID. Raises BotError outside servers, or if the bot isn't a member."""
        if self.guild is None or not self.installed:
            raise BotError("This only works in servers that have added me.")
        return self.guild

    async def settings(self) -> ServerSettings:
        """The server's settings; the defaults outside servers. Raises StorageError."""
        if self._settings is None:
            self._settings = await self._lookups.read_settings(self.guild)
        return self._settings

    async def quiet(self) -> bool:
        """Whether replies in this channel are private."""
        settings = await self._settings_in_time()
        channel = self.interaction.channel
        parent = channel.parent_id if isinstance(channel, discord.Thread) else None
        return settings is not None and settings.is_quiet(self.channel, parent)

    @property
    def permissions(self) -> discord.Permissions:
        """The person's permissions in this channel."""
        return self.interaction.permissions

    @property
    def is_moderator(self) -> bool:
        return self.permissions.manage_guild

    def require_moderator(self) -> int:
        """The server's ID, if the person may manage it. Raises BotError.

        Checked at each press, because a panel may stay open after someone stops being a moderator.
        """
        server = self.server()
        if not self.is_moderator:
            raise BotError("You need the Manage Server permission to do that.")
        return server

    @property
    def roles(self) -> list[int]:
        """The IDs of the person's roles. `Member.roles` needs a cache of servers, which the bot doesn't have."""
        return list(getattr(self.interaction.user, "_roles", ()))

    @property
    def locale(self) -> str:
        """The person's language, as one of Discord's locales."""
        return str(self.interaction.locale)

    @property
    def guild_locale(self) -> str | None:
        """The server's language, if Discord sends it."""
        return str(self.interaction.guild_locale) if self.interaction.guild_locale is not None else None

    @property
    def own_language(self) -> Language:
        """The language of private replies."""
        return self._lookups.texts.language(self.locale)

    async def public_language(self) -> Language:
        """The language of public replies."""
        settings = await self._settings_in_time()
        chosen = settings.language if settings is not None else ""
        return self._lookups.texts.language(chosen or self.guild_locale or self.locale)

    async def shows_adult(self) -> bool:
        """Whether adult designs may be shown here; False if the settings can't be read."""
        settings = await self._settings_in_time()
        return settings is not None and settings.shows_adult(
            restricted=await self._lookups.channels.age_restricted(self.interaction)
        )

    async def unwanted(self) -> Unwanted:
        """What the server doesn't want to see; nothing if the settings can't be read."""
        settings = await self._settings_in_time()
        return Unwanted() if settings is None else settings.unwanted

    async def refuse_adult(self, thing: Thing) -> None:
        """Raises BotError for an adult design that may not be shown here."""
        if thing.is_nsfw and not await self.shows_adult():
            raise adult_refused()

    @property
    def pressed(self) -> discord.Message | None:
        """The message whose button was pressed."""
        return self.interaction.message

    @property
    def pressed_card(self) -> list[Component]:
        """The pressed message's components, to change and send again."""
        return on_message(self.pressed) if self.pressed is not None else []

    @property
    def fields(self) -> dict[str, str]:
        """The values of a submitted form, by the custom_id of its inputs; of a select, the first."""
        parts: list[list[Any]] = [
            [part.get("component"), *(part.get("components") or ())] for part in self._data.get("components") or ()
        ]
        inputs: list[dict[str, Any]] = [each for inside in parts for each in inside if each]
        answered = [each for each in inputs if "value" in each or each.get("values")]
        return {
            str(each["custom_id"]): str(each["value"] if "value" in each else each["values"][0]) for each in answered
        }

    @property
    def given(self) -> list[str]:
        """What the person's Discord sent: options, a form's fields except those for a key or a code, and custom_ids,
        which a modified client can make up.
        """
        options = [str(option["value"]) for option in self._data.get("options", []) if "value" in option]
        fields = [given for name, given in self.fields.items() if name not in {PASTED, CODE}]
        return [*options, *fields, *self.chosen, str(self._data.get("custom_id", ""))]

    @property
    def chosen(self) -> list[str]:
        """The values chosen in a select."""
        return [str(value) for value in self._data.get("values", [])]

    def only_choice(self) -> str:
        """The one value chosen in a select. Raises BotError for none or several."""
        if len(self.chosen) != 1:
            raise damaged()
        return self.chosen[0]

    def resolved(self, kind: str) -> dict[str, Any]:
        """Discord's data of the chosen "channels" or "roles", by ID."""
        resolved: Any = self._data.get("resolved") or {}
        return resolved.get(kind) or {}

    @property
    def _data(self) -> dict[str, Any]:
        data: Any = self.interaction.data or {}
        return data

    async def _settings_in_time(self) -> ServerSettings | None:
        """The settings, or None if the database fails. If the reply needs it, that will report the failure."""
        if self._settings is None and not self._gave_up:
            try:
                async with asyncio.timeout(SETTINGS_PATIENCE):
                    return await self.settings()
            except Exception as error:  # noqa: BLE001  a reply must be sent in any case
                log.warning("settings unknown", guild=self.guild, why=type(error).__name__)
                self._gave_up = True
        return self._settings


def adult_refused() -> BotError:
    return BotError("This design is marked as adult, so I only show it in age-restricted channels.")
