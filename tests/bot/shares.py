"""Helpers for tests of sharing."""

from __future__ import annotations

from typing import Any

from msgspec.structs import asdict

from actions.servers import DEFAULTS
from tests.stage import Stage, text_of


async def decide(stage: Stage, **settings: Any) -> None:
    """Change the server's settings, as moderators would."""
    await stage.bot.get_cog("settings")._servers.change(stage.guild.id, **{**asdict(DEFAULTS), **settings})


def shared_cards(channel: Any) -> list[Any]:
    return [message for message in channel.history() if "Shared by" in text_of(message)]
