"""A server's settings, and what its people like, share and choose."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import questions as q
from storage.asking import Asking
from storage.engine import Engines
from storage.quick import Quick
from storage.records import LikedThing, Preferences, Preview, Share


class Community(Asking):
    """`settle` writes the likes that were noted and are not written yet, so that they count."""

    def __init__(self, engines: Engines, inserts: q.Inserts, settle: Callable[[], Awaitable[None]]) -> None:
        super().__init__(engines)
        self._inserts = inserts
        self._settle = settle
        self._settings_of = Quick(engines, q.SETTINGS_OF)
        self._preferences_of = Quick(engines, q.PREFERENCES_OF)

    # -- servers

    async def settings_of(self, guild: int) -> str | None:
        row = await self._settings_of.first(guild_=guild)
        return None if row is None else row[0]

    async def keep_settings(self, guild: int, settings: str) -> None:
        await self._change(self._inserts.put_server, guild=guild, settings=settings, left_at=None)

    async def servers(self) -> dict[int, datetime | None]:
        """Those that have settings, and since when the bot is not there any more."""
        return {row.guild: row.left_at for row in await self._all(q.SERVERS)}

    async def mark_left(self, guild: int, at: datetime | None) -> None:
        """None for a server that the bot is in again."""
        await self._change(q.MARK_LEFT, guild_=guild, left_at=at)

    async def forget_servers(self, left_before: datetime) -> int:
        """Delete settings, counts, shares and previews of servers that the bot left before that; how many those are."""

        async def work(connection: AsyncConnection) -> int:
            gone = [row[0] for row in await connection.execute(q.LONG_GONE, {"before_": left_before})]
            forget = (q.UNCOUNT_SERVER, q.FORGET_SHARES_IN, q.FORGET_PREVIEWS_IN, q.FORGET_SERVER)
            for guild in gone:
                for statement in forget:
                    await connection.execute(statement, {"guild_": guild})
            return len(gone)

        return await self._together(work)

    # -- what a server likes

    async def top(self, guild: int, since: datetime, limit: int, offset: int = 0) -> list[LikedThing]:
        """What was liked there since, by the number of people, then the latest first."""
        await self._settle()
        rows = await self._all(q.TOP, guild_=guild, since_=since, limit_=limit, offset_=offset)
        return [LikedThing(*row) for row in rows]

    async def who_like(self, guild: int, thing: int, limit: int) -> tuple[int, list[int]]:
        """How many people like it there, and those who let it be seen, the earliest first."""
        await self._settle()
        count = await self._value(q.COUNT_WHO_LIKE, guild_=guild, thing_=thing)
        rows = await self._all(q.WHO_LIKE, guild_=guild, thing_=thing, limit_=limit)
        return count, [row.person for row in rows]

    # -- what people choose

    async def preferences_of(self, person: int) -> Preferences:
        row = await self._preferences_of.first(person_=person)
        return Preferences(person) if row is None else Preferences(row[0], bool(row[1]), bool(row[2]))

    async def keep_preferences(self, preferences: Preferences) -> None:
        """Who chooses nothing has no row."""
        if preferences == Preferences(preferences.person):
            await self._change(q.FORGET_PREFERENCES, person_=preferences.person)
        else:
            await self._change(self._inserts.put_preferences, **asdict(preferences))

    # -- shares and previews

    async def share_of(self, guild: int, thing: int) -> Share | None:
        """The latest time that it was shared there."""
        rows = await self._all(q.SHARE_OF, guild_=guild, thing_=thing)
        return Share(*rows[0]) if rows else None

    async def keep_share(self, share: Share) -> None:
        await self._change(self._inserts.put_share, **asdict(share))

    async def forget_share(self, guild: int, thing: int) -> None:
        await self._change(q.FORGET_SHARE, guild_=guild, thing_=thing)

    async def preview_of(self, message: int) -> Preview | None:
        rows = await self._all(q.PREVIEW_OF, message_=message)
        return Preview(*rows[0]) if rows else None

    async def keep_preview(self, preview: Preview) -> None:
        await self._change(self._inserts.put_preview, **asdict(preview))

    async def take_preview(self, message: int) -> Preview | None:
        """The preview of a message, and forget it."""
        async with self._writing() as connection:
            row = (await connection.execute(q.TAKE_PREVIEW, {"message_": message})).first()
        return None if row is None else Preview(*row)

    async def forget_shares(self, before: datetime) -> int:
        """Those older than that; how many."""
        return await self._change(q.FORGET_OLD_SHARES, before_=before)

    async def forget_previews(self, before: datetime) -> int:
        """Those older than that; how many."""
        return await self._change(q.FORGET_OLD_PREVIEWS, before_=before)
