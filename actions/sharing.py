"""Share designs in servers: who may, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from errors import N_, BotError
from records import ServerSettings, Share
from storage.community import Community
from storage.errors import StorageError

log = structlog.get_logger("actions.sharing")

DOUBTED_FOR = timedelta(minutes=10)
FIRST_PAUSE = 1.0  # seconds until a failed record is written again; doubled each time
LONGEST_PAUSE = 60.0
MOST_UNRECORDED = 1_000


class AlreadyShared(BotError):
    """The design was shared in the server recently; `share` says where."""

    def __init__(self, share: Share, again: datetime) -> None:
        super().__init__(N_("This was already shared here. It can be shared again {when}."), when=again)
        self.share = share


class Sharing:
    """Shares wait in memory until the database has them, so that nothing is posted twice."""

    def __init__(self, community: Community) -> None:
        self._community = community
        self._under_way: set[tuple[int, int]] = set()
        self._doubtful: dict[tuple[int, int], datetime] = {}
        self._unrecorded: dict[tuple[int, int], Share] = {}
        self._recording: asyncio.Task[None] | None = None

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
            if until is not None and until > datetime.now(UTC):
                raise _unconfirmed(until)
            earlier = self._unrecorded.get(key) or await self._community.share_of(guild, thing)
            pause = timedelta(days=settings.share_again_days)
            if earlier is not None and earlier.shared_at + pause > datetime.now(UTC):
                raise AlreadyShared(earlier, earlier.shared_at + pause)
            yield
        finally:
            self._under_way.discard(key)

    def doubt(self, guild: int, thing: int) -> BotError:
        """Block the design for a while, because it may have been posted. Returns the error for the person."""
        now = datetime.now(UTC)
        self._doubtful = {key: until for key, until in self._doubtful.items() if until > now}
        self._doubtful[guild, thing] = now + DOUBTED_FOR
        return _unconfirmed(now + DOUBTED_FOR)

    async def keep(self, guild: int, thing: int, person: int, channel: int, message: int) -> None:
        """Record a share. If the database fails, it waits in memory and is tried again."""
        self._unrecorded[guild, thing] = Share(guild, thing, person, channel, message, datetime.now(UTC))
        while len(self._unrecorded) > MOST_UNRECORDED:
            self._unrecorded.pop(next(iter(self._unrecorded)))
        if not await self._record() and self._recording is None:
            self._recording = asyncio.create_task(self._record_later())

    def forget(self, person: int) -> None:
        """Drop the waiting records of a person whose data was deleted."""
        self._unrecorded = {key: share for key, share in self._unrecorded.items() if share.person != person}

    async def close(self) -> None:
        """Write the waiting records, if the database works."""
        if self._recording is not None:
            self._recording.cancel()
            await asyncio.gather(self._recording, return_exceptions=True)
        await self._record()

    async def _record(self) -> bool:
        """Write the waiting records. Returns True if all of them are written."""
        for key, share in list(self._unrecorded.items()):
            try:
                await self._community.keep_share(share)
            except StorageError as error:
                log.error("share not recorded yet", guild=share.guild, thing=share.thing, why=str(error))
                return False
            if self._unrecorded.get(key) is share:
                del self._unrecorded[key]
        return True

    async def _record_later(self) -> None:
        pause = FIRST_PAUSE
        while True:
            await asyncio.sleep(pause)
            if await self._record():
                break
            pause = min(pause * 2, LONGEST_PAUSE)
        self._recording = None


def _unconfirmed(until: datetime) -> BotError:
    return BotError(
        "Discord didn't confirm that this design was posted. Look for it in the channel; if it isn't there, share it "
        "again {when}.",
        when=until,
    )
