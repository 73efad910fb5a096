"""The bot's permissions in a server's channels, computed from roles and channels.

Discord sends permissions only for the channel of an interaction. The steps are from Discord's documentation
(topics/permissions, permission hierarchy).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from functools import reduce
from typing import Any

import discord

from desk.channels import THREADS

MOST_THREADS = 1_000  # active threads that Discord allows in a server
REQUIRES_TAG = 1 << 4  # one of a forum's flags

# what a member who is timed out can still do
TIMED_OUT = discord.Permissions(view_channel=True, read_message_history=True)


class Chart:
    """One server's roles, requested once."""

    def __init__(self, client: discord.Client, guild: int) -> None:
        self._client = client
        self._guild = guild
        self._base: discord.Permissions | None = None
        self._roles: set[str] = set()
        self.timed_out_until: datetime | None = None

    async def read(self) -> discord.Permissions:
        """Read the bot's permissions in the server, and until when it's timed out."""
        if self._base is None:
            member: Any = await self._client.http.get_member(self._guild, self._bot)
            self._roles = set(member["roles"])
            self.timed_out_until = _in_future(member.get("communication_disabled_until"))
            roles: Any = await self._client.http.get_roles(self._guild)
            held = (role for role in roles if role["id"] in self._roles | {str(self._guild)})
            self._base = discord.Permissions(_sum(int(role["permissions"]) for role in held))
            if self._base.administrator:  # administrators can't be timed out
                self.timed_out_until = None
        return self._base

    async def channel(self, channel: int) -> tuple[dict[str, Any], discord.Permissions] | None:
        """The channel, or a thread's parent, and the bot's permissions there; None if the bot can't see it."""
        try:
            found: Any = await self._client.http.get_channel(channel)
            if found["type"] in THREADS:
                found = await self._client.http.get_channel(found["parent_id"])
        except (discord.Forbidden, discord.NotFound):
            return None
        if int(found.get("guild_id") or 0) != self._guild:
            return None
        return found, self.while_timed_out(await self._in_channel(found))

    def while_timed_out(self, permissions: discord.Permissions) -> discord.Permissions:
        """The permissions that remain during a timeout."""
        return permissions if self.timed_out_until is None else permissions & TIMED_OUT

    async def threads_left(self) -> bool:
        """Whether the server can have another active thread; True if Discord doesn't say."""
        try:
            active: Any = await self._client.http.get_active_threads(self._guild)
        except discord.HTTPException:
            return True
        return len(active["threads"]) < MOST_THREADS

    async def _in_channel(self, found: dict[str, Any]) -> discord.Permissions:
        permissions = discord.Permissions((await self.read()).value)
        if permissions.administrator:
            return discord.Permissions.all()
        for ids in ({str(self._guild)}, self._roles, {str(self._bot)}):
            group = [each for each in found.get("permission_overwrites", ()) if each["id"] in ids]
            allow = _sum(int(each["allow"]) for each in group)
            permissions.handle_overwrite(allow, _sum(int(each["deny"]) for each in group))
        return permissions

    @property
    def _bot(self) -> int:
        return self._client.user.id if self._client.user is not None else 0


def only_moderated_tags(forum: dict[str, Any]) -> bool:
    """Whether a forum requires a tag, and has none that everyone can use."""
    tags = forum.get("available_tags") or ()
    return bool(int(forum.get("flags") or 0) & REQUIRES_TAG) and all(tag.get("moderated") for tag in tags)


def _in_future(when: str | None) -> datetime | None:
    until = discord.utils.parse_time(when)
    return until if until is not None and until > datetime.now(UTC) else None


def _sum(values: Iterable[int]) -> int:
    """The union of permissions."""
    return reduce(lambda one, other: one | other, values, 0)
