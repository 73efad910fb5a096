"""What a Discord server's moderators have decided for it."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec
import structlog

from storage.community import Community

log = structlog.get_logger("actions.servers")

REMEMBERED = 30.0  # seconds; another process may have changed them
SERVERS_AT_MOST = 5_000
KEPT_AFTER_LEAVING = timedelta(days=30)
MOST_CHANNELS = 25  # as many as one of Discord's selects holds

Adult = Literal["restricted", "never"]


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Settings of one server; what it never set is as here. Channels and roles are Discord ids, 0 means none."""

    language: str = ""  # one of Discord's locales; empty: the server's own, as Discord says
    spoken: str = "en-US"  # what Discord last said the server's own is, for when it does not say
    adult: Adult = "restricted"  # adult designs in age-restricted channels, or nowhere
    showcase: int = 0  # where /share posts; 0: where it is used
    share_again_days: int = 7  # before a design may be shared again
    sharers: tuple[int, ...] = ()  # roles that may share; none: everybody
    previewed: tuple[int, ...] = ()  # channels where a posted address gets a card
    quiet: tuple[int, ...] = ()  # channels where answers are for the asker alone

    def is_quiet(self, channel: int, parent: int | None = None) -> bool:
        """Also in the threads of a quiet channel."""
        return channel in self.quiet or (parent is not None and parent in self.quiet)

    def previews_in(self, channel: int, parent: int | None = None) -> bool:
        return channel in self.previewed or (parent is not None and parent in self.previewed)


DEFAULTS = ServerSettings()


class Servers:
    """Settings by server, remembered for half a minute."""

    def __init__(self, community: Community, clock: Callable[[], float] = time.monotonic) -> None:
        self._community = community
        self._clock = clock
        self._turn = asyncio.Lock()
        self._known: OrderedDict[int, tuple[ServerSettings, float]] = OrderedDict()

    async def settings(self, guild: int | None) -> ServerSettings:
        """As the server has decided; the defaults where there is no server."""
        if guild is None:
            return DEFAULTS
        known, at = self._known.get(guild, (DEFAULTS, float("-inf")))
        if self._clock() - at < REMEMBERED:
            return known
        kept = await self._community.settings_of(guild)
        return self._remember(guild, DEFAULTS if kept is None else _read(kept))

    async def change(self, guild: int, **changed: Any) -> ServerSettings:
        """Change some of them, which hold at once; the others stay as they are kept now, whoever else changes some."""
        async with self._turn:
            kept = await self._community.settings_of(guild)
            settings = msgspec.structs.replace(DEFAULTS if kept is None else _read(kept), **changed)
            await self._community.keep_settings(guild, msgspec.json.encode(settings).decode())
        log.info("settings changed", guild=guild, what=sorted(changed))
        return self._remember(guild, settings)

    async def note_present(self, guilds: set[int], now: datetime | None = None) -> None:
        """`guilds` are those the bot is in: note since when it is missing from others that have settings."""
        for guild, left_at in (await self._community.servers()).items():
            if guild in guilds and left_at is not None:
                await self._community.mark_left(guild, None)
            elif guild not in guilds and left_at is None:
                await self._community.mark_left(guild, now or datetime.now(UTC))

    async def forget_left(self, now: datetime | None = None) -> int:
        """Delete what is kept of servers that the bot left thirty days ago; how many those are."""
        return await self._community.forget_servers((now or datetime.now(UTC)) - KEPT_AFTER_LEAVING)

    def _remember(self, guild: int, settings: ServerSettings) -> ServerSettings:
        self._known[guild] = (settings, self._clock())
        self._known.move_to_end(guild)
        if len(self._known) > SERVERS_AT_MOST:
            self._known.popitem(last=False)
        return settings


def _read(kept: str) -> ServerSettings:
    try:
        return msgspec.json.decode(kept, type=ServerSettings)
    except msgspec.DecodeError:
        log.error("settings not understood, the defaults hold")
        return DEFAULTS
