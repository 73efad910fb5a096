"""Recognize a feed's message among others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import discord

EARLIER = timedelta(minutes=1)  # our clock may be that much ahead of Discord's


class Unreadable(Exception):
    """The bot may not read what was posted there, or it's too much."""


def since(tried_at: datetime) -> int:
    """The ID that a message of that time has at least."""
    return discord.utils.time_snowflake(tried_at - EARLIER)


def mark_in(message: Any, mark: int) -> bool:
    """Whether one of its outermost components has the number."""
    return any(each.get("id") == mark for each in message.get("components") or ())
