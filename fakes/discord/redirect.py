"""Point discord.py in this process at the fake Discord, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import yarl
from discord.gateway import DiscordWebSocket
from discord.http import Route

from fakes.discord.server import FakeDiscord


@contextmanager
def pointed_at(discord_: FakeDiscord) -> Iterator[None]:
    """Both URLs are class attributes of discord.py.

    The gateway's matters even though a sharded bot asks for it: after an invalidated session, discord.py connects to
    its built-in URL.
    """
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = discord_.api_base, yarl.URL(discord_.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway
