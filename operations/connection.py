"""discord.py's state of the connection, without what it makes up again for each interaction."""

from __future__ import annotations

from typing import Any

import discord
from cachetools import LRUCache
from discord.state import AutoShardedConnectionState

MADE_UP_AT_MOST = 1_000  # about 3 kB each


class Connection(AutoShardedConnectionState[Any]):
    """Keeps the empty objects that discord.py makes for servers it doesn't know: without the GUILDS intent, all."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._made_up: LRUCache[int, discord.Guild] = LRUCache(MADE_UP_AT_MOST)

    def _get_or_create_unavailable_guild(self, guild_id: int, *, data: dict[str, Any] | None = None) -> discord.Guild:
        guild = self._made_up.get(guild_id)
        if guild is None:
            guild = self._made_up[guild_id] = super()._get_or_create_unavailable_guild(guild_id, data=data)
        return guild
