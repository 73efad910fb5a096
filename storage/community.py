"""Servers' settings, what their members like and share, and people's preferences."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import sqlalchemy as sa

from records import LikedThing, Preferences, Preview, Share
from storage.database import Database, values_of
from storage.engine import Engines
from storage.feed_tables import feeds
from storage.tables import likes, preferences, previews, servers, shares
from storage.write_behind import WriteBehind

_SETTINGS_OF = sa.select(servers.c.settings).where(servers.c.guild == sa.bindparam("guild_"))
_PREFERENCES_OF = sa.select(preferences).where(preferences.c.person == sa.bindparam("person_"))


class Community(Database):
    """`settle` writes the likes that are waiting, so that reads count them."""

    def __init__(self, engines: Engines, settle: Callable[[], Awaitable[None]]) -> None:
        super().__init__(engines)
        self._settle = settle
        self.noted_shares = WriteBehind[tuple[int, int, int], Share]("shares", self._write_shares)

    # -- servers

    async def settings_of(self, guild: int) -> str | None:
        row = await self._row(_SETTINGS_OF, guild_=guild)
        return None if row is None else row[0]

    async def keep_settings(self, guild: int, settings: str) -> None:
        await self._change(self._upsert(servers), guild=guild, settings=settings, left_at=None)

    async def servers(self) -> dict[int, datetime | None]:
        """Servers that have settings, each with the time the bot left, or None while it's there."""
        return {row.guild: row.left_at for row in await self._all(sa.select(servers.c.guild, servers.c.left_at))}

    async def mark_left(self, guild: int, at: datetime | None) -> None:
        """Record when the bot left the server; None if it's back."""
        await self._change(sa.update(servers).where(servers.c.guild == guild).values(left_at=at))

    async def forget_servers(self, left_before: datetime) -> int:
        """Delete all data, feeds included, of servers the bot left before then. Returns how many."""
        long_gone = sa.select(servers.c.guild).where(servers.c.left_at < left_before)
        changed = await self._change_all(
            sa.update(likes).where(likes.c.guild.in_(long_gone)).values(guild=None),
            *(sa.delete(table).where(table.c.guild.in_(long_gone)) for table in (shares, previews, feeds)),
            sa.delete(servers).where(servers.c.left_at < left_before),
        )
        return changed[-1]

    # -- what a server likes

    async def top(self, guild: int, since: datetime, limit: int, offset: int = 0) -> list[LikedThing]:
        """Designs that members of the server liked since then: the most liked first, then the latest."""
        await self._settle()
        people = sa.func.count().label("people")
        liked = (
            sa.select(likes.c.thing, sa.func.max(likes.c.name), people)
            .where(likes.c.guild == guild, likes.c.liked_at >= since)
            .group_by(likes.c.thing)
            .order_by(people.desc(), sa.func.max(likes.c.liked_at).desc(), likes.c.thing)
        )
        return [LikedThing(*row) for row in await self._all(liked.limit(limit).offset(offset))]

    async def who_like(self, guild: int, thing: int, limit: int) -> tuple[int, list[int]]:
        """How many people like it there, and the IDs of those who show their likes, the earliest first."""
        await self._settle()
        theirs = likes.c.guild == guild, likes.c.thing == thing
        shown = (
            sa.select(likes.c.person)
            .join(preferences, preferences.c.person == likes.c.person)
            .where(*theirs, preferences.c.shows_likes.is_(True))
            .order_by(likes.c.liked_at)
        )
        count = await self._value(sa.select(sa.func.count()).where(*theirs))
        return count, [row.person for row in await self._all(shown.limit(limit))]

    # -- preferences

    async def preferences_of(self, person: int) -> Preferences:
        row = await self._row(_PREFERENCES_OF, person_=person)
        return Preferences(person) if row is None else Preferences(*row)

    async def keep_preferences(self, chosen: Preferences) -> None:
        """People with default preferences have no row."""
        if chosen == Preferences(chosen.person):
            await self._change(sa.delete(preferences).where(preferences.c.person == chosen.person))
        else:
            await self._change(self._upsert(preferences), **values_of(chosen))

    # -- shares and previews

    async def share_of(self, guild: int, thing: int) -> Share | None:
        """The last share of the design in the server, even if the database hasn't taken it yet."""
        for share in reversed(self.noted_shares.records):
            if (share.guild, share.thing) == (guild, thing):
                return share
        rows = await self._all(sa.select(shares).where(shares.c.guild == guild, shares.c.thing == thing))
        return Share(*rows[0]) if rows else None

    async def keep_share(self, share: Share) -> None:
        """Write it right away. If the database fails, it waits, so that nothing is posted twice."""
        self.noted_shares.note((share.person, share.guild, share.thing), share)
        await self.noted_shares.settle()

    async def preview_of(self, message: int) -> Preview | None:
        rows = await self._all(sa.select(previews).where(previews.c.message == message))
        return Preview(*rows[0]) if rows else None

    async def keep_preview(self, preview: Preview) -> None:
        await self._change(self._upsert(previews), **values_of(preview))

    async def take_preview(self, message: int) -> Preview | None:
        """Delete the preview of a message, and return it."""
        taken = sa.delete(previews).where(previews.c.message == message).returning(previews)
        async with self._writing() as connection:
            row = (await connection.execute(taken)).first()
        return None if row is None else Preview(*row)

    async def _write_shares(self, noted: list[Share], _: list[tuple[int, int, int]]) -> None:
        rows = [values_of(share) for share in noted]
        await self._together(lambda connection: connection.execute(self._upsert(shares), rows))
