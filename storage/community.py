"""Servers' settings, what their members like and share, and people's preferences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from records import LikedThing, Preferences, Preview, Share
from storage.database import Database, PointRead
from storage.engine import Engines
from storage.feed_tables import feeds
from storage.tables import Moment, likes, preferences, previews, servers, shares
from storage.write_behind import WriteBehind

_person = sa.bindparam("person_", type_=sa.BigInteger)
_guild = sa.bindparam("guild_", type_=sa.BigInteger)
_thing = sa.bindparam("thing_", type_=sa.BigInteger)
_message = sa.bindparam("message_", type_=sa.BigInteger)
_limit = sa.bindparam("limit_", type_=sa.Integer)
_before = sa.bindparam("before_", type_=Moment)
_people = sa.func.count().label("people")
_theirs = (likes.c.guild == _guild) & (likes.c.thing == _thing)

_SETTINGS_OF = sa.select(servers.c.settings).where(servers.c.guild == _guild)
_SERVERS = sa.select(servers.c.guild, servers.c.left_at)
_MARK_LEFT = sa.update(servers).where(servers.c.guild == _guild).values(left_at=sa.bindparam("left_at"))
_LONG_GONE = sa.select(servers.c.guild).where(servers.c.left_at < _before)
_FORGET_SERVER = (
    sa.update(likes).where(likes.c.guild == _guild).values(guild=None),
    sa.delete(shares).where(shares.c.guild == _guild),
    sa.delete(previews).where(previews.c.guild == _guild),
    sa.delete(feeds).where(feeds.c.guild == _guild),
    sa.delete(servers).where(servers.c.guild == _guild),
)

_TOP = (
    sa.select(likes.c.thing, sa.func.max(likes.c.name), _people)
    .where(likes.c.guild == _guild, likes.c.liked_at >= sa.bindparam("since_", type_=Moment))
    .group_by(likes.c.thing)
    .order_by(_people.desc(), sa.func.max(likes.c.liked_at).desc(), likes.c.thing)
    .limit(_limit)
    .offset(sa.bindparam("offset_", type_=sa.Integer))
)
_COUNT_WHO_LIKE = sa.select(sa.func.count()).select_from(likes).where(_theirs)
_WHO_LIKE = (
    sa.select(likes.c.person)
    .join(preferences, preferences.c.person == likes.c.person)
    .where(_theirs, preferences.c.shows_likes.is_(True))
    .order_by(likes.c.liked_at)
    .limit(_limit)
)

_PREFERENCES_OF = sa.select(preferences).where(preferences.c.person == _person)
_FORGET_PREFERENCES = sa.delete(preferences).where(preferences.c.person == _person)

_SHARE_OF = sa.select(shares).where(shares.c.guild == _guild, shares.c.thing == _thing)
_FORGET_OLD_SHARES = sa.delete(shares).where(shares.c.shared_at < _before)
_PREVIEW_OF = sa.select(previews).where(previews.c.message == _message)
_TAKE_PREVIEW = sa.delete(previews).where(previews.c.message == _message).returning(previews)
_FORGET_OLD_PREVIEWS = sa.delete(previews).where(previews.c.shown_at < _before)


class Community(Database):
    """`settle` writes the likes that are waiting, so that reads count them."""

    def __init__(self, engines: Engines, settle: Callable[[], Awaitable[None]]) -> None:
        super().__init__(engines)
        self._settle = settle
        self._settings_of = PointRead(engines, _SETTINGS_OF)
        self._preferences_of = PointRead(engines, _PREFERENCES_OF)
        self._put_server = self._upsert(servers)
        self._put_preferences = self._upsert(preferences)
        self._put_share = self._upsert(shares)
        self._put_preview = self._upsert(previews)
        self.noted_shares = WriteBehind[tuple[int, int, int], Share]("shares", self._write_shares)

    # -- servers

    async def settings_of(self, guild: int) -> str | None:
        row = await self._settings_of.first(guild_=guild)
        return None if row is None else row[0]

    async def keep_settings(self, guild: int, settings: str) -> None:
        await self._change(self._put_server, guild=guild, settings=settings, left_at=None)

    async def servers(self) -> dict[int, datetime | None]:
        """Servers that have settings, each with the time the bot left, or None while it's there."""
        return {row.guild: row.left_at for row in await self._all(_SERVERS)}

    async def mark_left(self, guild: int, at: datetime | None) -> None:
        """Record when the bot left the server; None if it's back."""
        await self._change(_MARK_LEFT, guild_=guild, left_at=at)

    async def forget_servers(self, left_before: datetime) -> int:
        """Delete all data, feeds included, of servers the bot left before then. Returns how many."""

        async def work(connection: AsyncConnection) -> int:
            gone = [row[0] for row in await connection.execute(_LONG_GONE, {"before_": left_before})]
            for guild in gone:
                for statement in _FORGET_SERVER:
                    await connection.execute(statement, {"guild_": guild})
            return len(gone)

        return await self._together(work)

    # -- what a server likes

    async def top(self, guild: int, since: datetime, limit: int, offset: int = 0) -> list[LikedThing]:
        """Designs that members of the server liked since then: the most liked first, then the latest."""
        await self._settle()
        rows = await self._all(_TOP, guild_=guild, since_=since, limit_=limit, offset_=offset)
        return [LikedThing(*row) for row in rows]

    async def who_like(self, guild: int, thing: int, limit: int) -> tuple[int, list[int]]:
        """How many people like it there, and the IDs of those who show their likes, the earliest first."""
        await self._settle()
        count = await self._value(_COUNT_WHO_LIKE, guild_=guild, thing_=thing)
        rows = await self._all(_WHO_LIKE, guild_=guild, thing_=thing, limit_=limit)
        return count, [row.person for row in rows]

    # -- preferences

    async def preferences_of(self, person: int) -> Preferences:
        row = await self._preferences_of.first(person_=person)
        return Preferences(person) if row is None else Preferences(row[0], bool(row[1]), bool(row[2]))

    async def keep_preferences(self, preferences: Preferences) -> None:
        """People with default preferences have no row."""
        if preferences == Preferences(preferences.person):
            await self._change(_FORGET_PREFERENCES, person_=preferences.person)
        else:
            await self._change(self._put_preferences, **asdict(preferences))

    # -- shares and previews

    async def share_of(self, guild: int, thing: int) -> Share | None:
        """The last share of the design in the server, even if the database hasn't taken it yet."""
        for share in reversed(self.noted_shares.records):
            if (share.guild, share.thing) == (guild, thing):
                return share
        rows = await self._all(_SHARE_OF, guild_=guild, thing_=thing)
        return Share(*rows[0]) if rows else None

    async def keep_share(self, share: Share) -> None:
        """Write it right away. If the database fails, it waits, so that nothing is posted twice."""
        self.noted_shares.note((share.person, share.guild, share.thing), share)
        await self.noted_shares.settle()

    async def preview_of(self, message: int) -> Preview | None:
        rows = await self._all(_PREVIEW_OF, message_=message)
        return Preview(*rows[0]) if rows else None

    async def keep_preview(self, preview: Preview) -> None:
        await self._change(self._put_preview, **asdict(preview))

    async def take_preview(self, message: int) -> Preview | None:
        """Delete the preview of a message, and return it."""
        async with self._writing() as connection:
            row = (await connection.execute(_TAKE_PREVIEW, {"message_": message})).first()
        return None if row is None else Preview(*row)

    async def forget_shares(self, before: datetime) -> int:
        """Delete shares from before then. Returns how many."""
        return await self._change(_FORGET_OLD_SHARES, before_=before)

    async def forget_previews(self, before: datetime) -> int:
        """Delete previews from before then. Returns how many."""
        return await self._change(_FORGET_OLD_PREVIEWS, before_=before)

    async def _write_shares(self, noted: list[Share], _: list[tuple[int, int, int]]) -> None:
        rows = [asdict(share) for share in noted]
        await self._together(lambda connection: connection.execute(self._put_share, rows))
