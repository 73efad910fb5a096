"""Start a thread in a forum, once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import discord
from discord.http import Route

from cards.feeds import LONGEST_TITLE


class _Once:
    """Makes discord.py's second try fail: in a forum, nothing keeps it from posting twice."""

    def reset(self, *, seek: int = 0) -> None:
        if seek:
            raise ConnectionError("not tried again")


async def post_in_forum(
    client: discord.Client, forum: int, title: str, message: dict[str, Any], tags: Iterable[int]
) -> int:
    """The ID of the new thread, which is its first message's, too. Raises what discord.py raises."""
    body = {"name": title[:LONGEST_TITLE] or "…", "message": message, "applied_tags": [str(tag) for tag in tags]}
    route = Route("POST", "/channels/{channel_id}/threads", channel_id=forum)
    once: Any = [_Once()]
    made = await client.http.request(route, json=body, files=once, params={"use_nested_fields": 1})
    return int(made["id"])
