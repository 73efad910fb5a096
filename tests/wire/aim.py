"""Points the discord.py of this process at our Discord, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from tests.wire.discord import FakeDiscord


@contextmanager
def aimed_at(discord_: FakeDiscord) -> Iterator[None]:
    """Both addresses are class attributes of discord.py's.

    The gateway's matters even to a sharded bot, which else asks for it: after an invalidated session discord.py
    connects to its built-in address, not to the one it was given.
    """
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = discord_.api_base, yarl.URL(discord_.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
