"""Whose feeds a person may change: the server's, or only their own."""

from __future__ import annotations

import discord

from desk.feed_targets import NEEDS, Place
from desk.requests import Request
from errors import BotError
from feed_records import Subscription


async def managed_server(request: Request) -> int | None:
    """The server whose feeds are meant; None in DMs, and where the bot isn't a member: there, they're the person's own.

    Checked at each press. Raises BotError for people who may not manage the server's feeds.
    """
    if not request.installed:
        return None
    server = request.server()
    if request.is_moderator or set(request.roles) & set((await request.settings()).feeders):
        return server
    raise BotError(
        "You need the Manage Server permission, or a role that moderators chose in {/settings}. In a DM with me, "
        "{/follow} is for everyone, and I send you new designs there."
    )


async def require_own(request: Request, feed: Subscription | None) -> Subscription:
    """The feed, if the person may change it here. Raises BotError."""
    if feed is None:
        raise BotError("This feed is gone. Use {/feeds} to see the others.")
    if feed.personal:
        if feed.person != request.person:
            raise BotError("This is someone else's feed.")
    elif feed.guild != request.guild or await managed_server(request) is None:
        raise BotError("This feed is gone. Use {/feeds} to see the others.")
    return feed


def require_may_post(request: Request, place: Place, permissions: object) -> None:
    """Raises BotError for someone who may not post in a channel themselves; Discord sends `permissions` with it."""
    theirs = discord.Permissions(int(str(permissions or 0)))
    if not request.is_moderator and not all(getattr(theirs, name) for name in NEEDS[place.target]):
        raise BotError("You can't post in that channel, so your feeds can't either. Choose another one.")
