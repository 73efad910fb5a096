"""Servers' settings."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import structlog
from cachetools import TTLCache

from records import ServerSettings
from storage.community import Community

log = structlog.get_logger("actions.servers")

REMEMBERED = 30.0  # seconds; another process may have changed them
SERVERS_AT_MOST = 5_000
KEPT_AFTER_LEAVING = timedelta(days=30)

DEFAULTS = ServerSettings()


class Servers:
    """Reads and changes settings, which are cached for half a minute."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._turn = asyncio.Lock()
        self.tell: Callable[[int], Awaitable[None]] | None = None  # other processes that settings changed
        self._known: TTLCache[int, ServerSettings] = TTLCache(SERVERS_AT_MOST, REMEMBERED)

    def known(self, guild: int | None) -> ServerSettings | None:
        """The settings in memory; None if the database has to be asked."""
        return DEFAULTS if guild is None else self._known.get(guild)

    async def settings(self, guild: int | None) -> ServerSettings:
        """The server's settings; the defaults outside servers."""
        known = self.known(guild)
        if known is not None or guild is None:
            return known or DEFAULTS
        kept = await self._community.settings_of(guild)
        return self._remember(guild, DEFAULTS if kept is None else _read(kept))

    async def change(self, guild: int, **changed: Any) -> ServerSettings:
        """Change some settings. Others keep their value in the database, which another moderator may have changed."""
        async with self._turn:
            kept = await self._community.settings_of(guild)
            settings = msgspec.structs.replace(DEFAULTS if kept is None else _read(kept), **changed)
            await self._community.keep_settings(guild, msgspec.json.encode(settings).decode())
        log.info("settings changed", guild=guild, what=sorted(changed))
        if self.tell is not None:
            await self.tell(guild)
        return self._remember(guild, settings)

    def forget(self, guild: int) -> None:
        """Read the settings again when they're needed: another process has changed them."""
        self._known.pop(guild, None)

    async def note_present(self, guilds: set[int]) -> None:
        """Record when the bot left servers that have settings; `guilds` are those it's in."""
        for guild, left_at in (await self._community.servers()).items():
            if guild in guilds and left_at is not None:
                await self._community.mark_left(guild, None)
            elif guild not in guilds and left_at is None:
                await self._community.mark_left(guild, datetime.now(UTC))

    async def forget_left(self, now: datetime | None = None) -> int:
        """Delete the data of servers the bot left thirty days ago. Returns how many."""
        return await self._community.forget_servers((now or datetime.now(UTC)) - KEPT_AFTER_LEAVING)

    def _remember(self, guild: int, settings: ServerSettings) -> ServerSettings:
        self._known[guild] = settings
        return settings


def _read(kept: str) -> ServerSettings:
    try:
        return msgspec.json.decode(kept, type=ServerSettings)
    except msgspec.DecodeError:
        log.error("settings unreadable, using defaults")
        return DEFAULTS
