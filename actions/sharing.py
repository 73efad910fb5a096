"""Showing a design to a server: once in a while, by those who may."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from actions.servers import ServerSettings
from errors import N_, BotError
from storage.community import Community
from storage.records import Share


class AlreadyShared(BotError):
    """It was shown to that server not long ago; `share` says where."""

    def __init__(self, share: Share, again: datetime) -> None:
        super().__init__(N_("That was shared here already. It can be shared again {when}."), when=again)
        self.share = share


class Sharing:
    def __init__(self, community: Community, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._community = community
        self._now = now
        self._under_way: set[tuple[int, int]] = set()

    def require_allowed(self, settings: ServerSettings, roles: Collection[int], *, moderator: bool) -> None:
        """Raises BotError for people whom the server does not let share."""
        if settings.sharers and not moderator and not set(settings.sharers) & set(roles):
            raise BotError("The moderators here have decided who may share, and you are not among them.")

    @asynccontextmanager
    async def once(self, guild: int, thing: int, settings: ServerSettings) -> AsyncGenerator[None]:
        """While inside, nobody else shares it there. Raises AlreadyShared, or BotError where somebody is about to."""
        if (guild, thing) in self._under_way:
            raise BotError("Somebody is sharing that this very moment.")
        self._under_way.add((guild, thing))
        try:
            earlier = await self._community.share_of(guild, thing)
            pause = timedelta(days=settings.share_again_days)
            if earlier is not None and earlier.shared_at + pause > self._now():
                raise AlreadyShared(earlier, earlier.shared_at + pause)
            yield
        finally:
            self._under_way.discard((guild, thing))

    async def keep(self, guild: int, thing: int, person: int, channel: int, message: int) -> None:
        """Note that it was shared."""
        await self._community.keep_share(Share(guild, thing, person, channel, message, self._now()))
