"""Share designs in servers: who may, and how often."""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from cachetools import TTLCache

from errors import N_, BotError
from records import ServerSettings, Share
from storage.community import Community

DOUBTED_FOR = 10 * 60.0  # seconds


class AlreadyShared(BotError):
    """The design was shared in the server recently; `share` says where."""

    def __init__(self, share: Share, again: datetime) -> None:
        super().__init__(N_("This was already shared here. It can be shared again {when}."), when=again)
        self.share = share


class Sharing:
    def __init__(self, community: Community) -> None:
        self._community = community
        self._under_way: set[tuple[int, int]] = set()
        # when a share of each may be tried again
        self._doubtful: TTLCache[tuple[int, int], datetime] = TTLCache(math.inf, DOUBTED_FOR)

    def require_allowed(self, settings: ServerSettings, roles: Collection[int], *, moderator: bool) -> None:
        """Raises BotError for people who may not share in the server."""
        if settings.sharers and not moderator and not set(settings.sharers) & set(roles):
            raise BotError("Only certain roles can share designs in this server. Ask a moderator for access.")

    @asynccontextmanager
    async def once(self, guild: int, thing: int, settings: ServerSettings) -> AsyncGenerator[None]:
        """Reserve the design while inside. Raises AlreadyShared, or BotError if someone else is sharing it."""
        key = (guild, thing)
        if key in self._under_way:
            raise BotError("Someone is already sharing this design right now.")
        self._under_way.add(key)
        try:
            until = self._doubtful.get(key)
            if until is not None:
                raise _unconfirmed(until)
            earlier = await self._community.share_of(guild, thing)
            pause = timedelta(days=settings.share_again_days)
            if earlier is not None and earlier.shared_at + pause > datetime.now(UTC):
                raise AlreadyShared(earlier, earlier.shared_at + pause)
            yield
        finally:
            self._under_way.discard(key)

    def doubt(self, guild: int, thing: int) -> BotError:
        """Block the design for a while, because it may have been posted. Returns the error for the person."""
        until = self._doubtful[guild, thing] = datetime.now(UTC) + timedelta(seconds=DOUBTED_FOR)
        return _unconfirmed(until)

    async def keep(self, guild: int, thing: int, person: int, channel: int, message: int) -> None:
        """Record a share. If the database fails, it's tried again, and counts until then."""
        await self._community.keep_share(Share(guild, thing, person, channel, message, datetime.now(UTC)))


def _unconfirmed(until: datetime) -> BotError:
    return BotError(
        "Discord didn't confirm that this design was posted. Look for it in the channel; if it isn't there, share it "
        "again {when}.",
        when=until,
    )
