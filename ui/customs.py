"""What a server's moderators have decided, as far as answers depend on it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal, Protocol

import discord
import structlog

from ui.texts import Language, Texts

log = structlog.get_logger("ui.customs")

PATIENCE = 1.0  # seconds; an answer does not wait longer to learn how it should look


class Settings(Protocol):
    """A server's settings (`actions.servers` has them), or what holds where there are none."""

    @property
    def language(self) -> str: ...
    @property
    def adult(self) -> Literal["restricted", "never"]: ...
    def is_quiet(self, channel: int, parent: int | None = None) -> bool: ...


class Customs:
    """Reads a server's settings for an interaction."""

    def __init__(self, texts: Texts, settings: Callable[[int | None], Awaitable[Settings]]) -> None:
        self._texts = texts
        self._settings = settings

    async def quiet(self, interaction: discord.Interaction) -> bool:
        """Whether answers there are for the asker alone."""
        settings = await self._of(interaction)
        channel = interaction.channel
        parent = channel.parent_id if isinstance(channel, discord.Thread) else None
        return settings is not None and settings.is_quiet(interaction.channel_id or 0, parent)

    async def never_adult(self, interaction: discord.Interaction) -> bool:
        """Also where that cannot be learned."""
        settings = await self._of(interaction)
        return settings is None or settings.adult == "never"

    async def language(self, interaction: discord.Interaction) -> Language:
        """The language of answers that everybody there reads."""
        settings = await self._of(interaction)
        chosen = settings.language if settings is not None else ""
        return self._texts.language(chosen) if chosen else self._texts.public(interaction)

    async def _of(self, interaction: discord.Interaction) -> Settings | None:
        """None where the database does not say; the answer itself will tell of that, if it needs it."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._settings(interaction.guild_id)
        except Exception as error:  # noqa: BLE001  whatever it is, an answer must go out
            log.warning("settings unknown", guild=interaction.guild_id, why=type(error).__name__)
            return None
