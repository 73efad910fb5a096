"""/doctor: for moderators, what the bot lacks in their channels, and the exact place to mend it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.servers import Servers
from actions.showcase import Showcase
from errors import BotError
from ui import doctor_card
from ui.doctor_card import HERE, PREVIEWED, SHOWCASE, Channel, Health
from ui.inputs import for_moderators
from ui.places import THREADS, in_own_server
from ui.presses import Presses
from ui.replies import Desk, Interaction, Reply

PROTECTING = ("view_channel", "manage_messages")
PREVIEWING = ("view_channel", "send_messages", "read_message_history")
POSTING = ("view_channel", "send_messages", "send_messages_in_threads")
MOST_LOOKED_AT = 8


class DoctorCog(commands.Cog, name="doctor"):
    """`registered` tells whether Discord has this version's commands."""

    def __init__(
        self,
        desk: Desk,
        presses: Presses,
        servers: Servers,
        showcase: Showcase,
        *,
        previews_possible: bool,
        registered: Callable[[], Awaitable[bool]],
    ) -> None:
        self._desk = desk
        self._servers = servers
        self._showcase = showcase
        self._previews_possible = previews_possible
        self._registered = registered
        presses.route("doctor", self._look, edits=True)

    @app_commands.command(name=locale_str("doctor"), description=locale_str("What I lack here, and how to mend it"))
    @for_moderators
    async def doctor(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._look)

    async def _look(self, reply: Reply) -> None:
        interaction = reply.interaction
        if interaction.guild_id is None or not in_own_server(interaction):
            raise BotError("That works only in servers that I am a member of.")
        if not interaction.permissions.manage_guild:
            raise BotError("That is for moderators who may manage this server.")
        settings = await self._servers.settings(interaction.guild_id)
        channels = [_channel(interaction.channel_id or 0, HERE, PROTECTING, interaction.app_permissions)]
        chart = _Chart(interaction.client, interaction.guild_id)
        if settings.showcase:
            channels.append(await chart.channel(settings.showcase, SHOWCASE, POSTING))
        channels += [
            await chart.channel(channel, PREVIEWED, PREVIEWING) for channel in settings.previewed[:MOST_LOOKED_AT]
        ]
        health = await self._health(previews_wanted=bool(settings.previewed))
        await reply.send(*doctor_card.card(reply.language, channels, health))

    async def _health(self, *, previews_wanted: bool) -> Health:
        try:
            registered: bool | None = await self._registered()
        except discord.HTTPException:
            registered = None
        return Health(
            commands=registered,
            message_content=self._previews_possible if previews_wanted else None,
            thingiverse=await self._showcase.answers(),
            since=self._showcase.outage_since,
        )


class _Chart:
    """What the bot may do in a server's channels, reckoned from what Discord tells of roles and channels.

    Its own reckoning stands in an interaction for the interaction's channel alone. The steps are those of Discord's
    documentation (topics/permissions, permission hierarchy).
    """

    def __init__(self, client: discord.Client, guild: int) -> None:
        self._client = client
        self._guild = guild
        self._base: discord.Permissions | None = None
        self._roles: set[str] = set()

    async def channel(self, channel: int, use: str, needs: Iterable[str]) -> Channel:
        try:
            return _channel(channel, use, needs, await self._permissions(channel))
        except (discord.Forbidden, discord.NotFound):
            return Channel(channel, use, seen=False)

    async def _permissions(self, channel: int) -> discord.Permissions:
        found: Any = await self._client.http.get_channel(channel)
        if found["type"] in THREADS:
            found = await self._client.http.get_channel(found["parent_id"])
        permissions = discord.Permissions((await self._server_wide()).value)
        if permissions.administrator:
            return discord.Permissions.all()
        overwrites = {overwrite["id"]: overwrite for overwrite in found.get("permission_overwrites", ())}
        mine = [overwrites[role] for role in self._roles if role in overwrites]
        for group in (_picked(overwrites, str(self._guild)), mine, _picked(overwrites, str(self._bot))):
            allow = sum_of(int(each["allow"]) for each in group)
            permissions.handle_overwrite(allow, sum_of(int(each["deny"]) for each in group))
        return permissions

    @property
    def _bot(self) -> int:
        return self._client.user.id if self._client.user is not None else 0

    async def _server_wide(self) -> discord.Permissions:
        if self._base is None:
            member: Any = await self._client.http.get_member(self._guild, self._bot)
            self._roles = set(member["roles"])
            roles: Any = await self._client.http.get_roles(self._guild)
            held = (role for role in roles if role["id"] in self._roles | {str(self._guild)})
            self._base = discord.Permissions(sum_of(int(role["permissions"]) for role in held))
        return self._base


def sum_of(values: Iterable[int]) -> int:
    """All bits that any of them has."""
    together = 0
    for value in values:
        together |= value
    return together


def _picked(overwrites: dict[str, Any], key: str) -> list[Any]:
    return [overwrites[key]] if key in overwrites else []


def _channel(channel: int, use: str, needs: Iterable[str], permissions: discord.Permissions) -> Channel:
    granted = tuple(name for name in needs if getattr(permissions, name))
    lacking = tuple(name for name in needs if name not in granted)
    return Channel(channel, use, seen=permissions.view_channel, granted=granted, lacking=lacking)
