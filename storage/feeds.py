"""Feeds: who follows what, where it's posted, and whether it works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from feed_records import PERSONAL_FEEDS, SERVER_FEEDS, FeedOptions, FeedSource, Reason, Subscription, Target
from storage.database import Database, insert_unless_there
from storage.feed_rows import row_of, subscription_of, text_of
from storage.feed_tables import feed_outbox, feed_queries, feeds
from storage.tables import Moment

FIRST_INTERVAL = {"newest": 120, "popular": 1_800}  # seconds, by kind of query
OTHER_INTERVAL = 900

_feed = sa.bindparam("feed_", type_=sa.BigInteger)
_at = sa.bindparam("at_", type_=Moment)
_reason = sa.bindparam("reason_", type_=sa.Text)
_uncertain = (
    sa.select(sa.func.count())
    .where(feed_outbox.c.feed == feeds.c.feed, feed_outbox.c.state == "uncertain")
    .scalar_subquery()
)
_FEEDS = sa.select(feeds, _uncertain.label("uncertain"), feed_queries.c.checked_at).join(
    feed_queries, feed_queries.c.query == feeds.c.query, isouter=True
)
_one = feeds.c.feed == _feed
_waiting = feed_outbox.c.state.in_(("ready", "collected", "missed", "few"))
_RESUMED = {
    "state": "ok",
    "reason": None,
    "since": None,
    "told": False,
    "tries": 0,
    "again_at": None,
    "changed_at": _at,
}
_PAUSE = (
    sa.update(feeds)
    .where(_one, feeds.c.state != "paused")
    .values(state="paused", reason=None, since=_at, changed_at=_at)
)
_RESUME = sa.update(feeds).where(_one, feeds.c.state != "ok").values(**_RESUMED)
_SUSPEND = (
    sa.update(feeds)
    .where(_one, feeds.c.state != "paused")
    .values(
        state="suspended",
        reason=_reason,
        since=sa.case((feeds.c.state == "suspended", feeds.c.since), else_=_at),
        told=sa.case((feeds.c.reason == _reason, feeds.c.told), else_=False),
        tries=feeds.c.tries + 1,
        again_at=sa.bindparam("again_", type_=Moment),
        changed_at=_at,
    )
)
_TOLD = sa.update(feeds).where(_one).values(told=True)
_MOVE = (
    sa.update(feeds).where(_one).values(**_RESUMED, channel=sa.bindparam("channel_"), target=sa.bindparam("target_"))
)
_MOVE_POSTS = (
    sa.update(feed_outbox)
    .where(feed_outbox.c.feed == _feed, _waiting, feed_outbox.c.first_try_at.is_(None))
    .values(channel=sa.bindparam("channel_"))
)
_DROP_WAITING = sa.delete(feed_outbox).where(
    feed_outbox.c.feed == _feed, _waiting, feed_outbox.c.first_try_at.is_(None)
)
# what waits after a failure goes out together
_TOGETHER = (
    sa.update(feed_outbox)
    .where(feed_outbox.c.feed == _feed, feed_outbox.c.state == "ready", feed_outbox.c.first_try_at.is_(None))
    .values(state="missed")
)
_UNTOLD = feeds.c.state == "suspended", feeds.c.told.is_(False)
_FOUND = sa.update(feeds).where(_one, feeds.c.reason == "source_gone").values(**_RESUMED)
_REMOVE = sa.delete(feeds).where(_one)
_CHANGED = sa.select(feeds.c.feed, feeds.c.source, feeds.c.options, feeds.c.started_at, feeds.c.state).where(
    feeds.c.changed_at >= _at
)
_GIVEN_UP = (
    sa.update(feeds)
    .where(feeds.c.state == "suspended", feeds.c.since < sa.bindparam("before_", type_=Moment))
    .values(state="paused", changed_at=_at)
)


class FeedStore(Database):
    """Times of the caller are `at`. Methods with a feed do nothing, and return False, if it isn't there."""

    async def create(self, new: Subscription) -> Subscription | None:
        """Store a feed; None if the person or server has as many as are allowed."""

        async def work(connection: AsyncConnection) -> int | None:
            theirs = feeds.c.person == new.person if new.person is not None else feeds.c.guild == new.guild
            count = await connection.execute(sa.select(sa.func.count()).select_from(feeds).where(theirs))
            if count.scalar_one() >= (PERSONAL_FEEDS if new.personal else SERVER_FEEDS):
                return None
            await connection.execute(self._add_query(new.source, new.started_at))
            made = await connection.execute(sa.insert(feeds).returning(feeds.c.feed), [row_of(new)])
            return made.scalar_one()

        feed = await self._together(work)
        return None if feed is None else await self.get(feed)

    async def get(self, feed: int) -> Subscription | None:
        found = await self._found(_one, feed_=feed)
        return found[0] if found else None

    async def of_server(self, guild: int) -> list[Subscription]:
        return await self._found(feeds.c.guild == sa.bindparam("guild_"), guild_=guild)

    async def of_channel(self, channel: int) -> list[Subscription]:
        return await self._found(feeds.c.channel == sa.bindparam("channel_"), channel_=channel)

    async def of_person(self, person: int) -> list[Subscription]:
        return await self._found(feeds.c.person == sa.bindparam("person_"), person_=person)

    async def of_query(self, query: str) -> list[Subscription]:
        return await self._found(feeds.c.query == sa.bindparam("query_"), query_=query)

    async def edit(
        self, feed: int, at: datetime, *, source: FeedSource | None = None, options: FeedOptions | None = None
    ) -> bool:
        """Change what it follows or how it posts. With another source, it starts anew: nothing old is posted."""

        async def work(connection: AsyncConnection) -> bool:
            changed: dict[str, Any] = {"changed_at": at}
            if options is not None:
                changed |= {"options": text_of(options), "digest_at": None}
            if source is not None:
                await connection.execute(self._add_query(source, at))
                await connection.execute(_DROP_WAITING, {"feed_": feed})
                await connection.execute(_FOUND, {"feed_": feed, "at_": at})
                changed |= {"source": text_of(source), "query": source.query, "started_at": at}
            updated = await connection.execute(sa.update(feeds).where(feeds.c.feed == feed).values(**changed))
            return updated.rowcount > 0

        return await self._together(work)

    async def pause(self, feed: int, at: datetime) -> bool:
        return await self._change(_PAUSE, feed_=feed, at_=at) > 0

    async def resume(self, feed: int, at: datetime) -> bool:
        """Post again. A paused feed starts anew; a suspended one goes on with what is waiting."""

        async def work(connection: AsyncConnection) -> bool:
            was = (await connection.execute(sa.select(feeds.c.state).where(_one), {"feed_": feed})).scalar()
            resumed = await connection.execute(_RESUME, {"feed_": feed, "at_": at})
            if was == "suspended":
                await connection.execute(_TOGETHER, {"feed_": feed})
            if was == "paused":
                await connection.execute(_DROP_WAITING, {"feed_": feed})
                await connection.execute(sa.update(feeds).where(feeds.c.feed == feed).values(started_at=at))
            return resumed.rowcount > 0

        return await self._together(work)

    async def move(self, feed: int, channel: int, target: Target, at: datetime) -> bool:
        """Post in another channel from now on, with what is waiting. That also resumes it."""

        async def work(connection: AsyncConnection) -> bool:
            given = {"feed_": feed, "channel_": channel, "at_": at}
            moved = await connection.execute(_MOVE, {**given, "target_": target})
            await connection.execute(_MOVE_POSTS, {"feed_": feed, "channel_": channel})
            return moved.rowcount > 0

        return await self._together(work)

    async def remove(self, feed: int) -> bool:
        """Delete it with everything that waits for it."""
        return await self._change(_REMOVE, feed_=feed) > 0

    async def suspend(self, feed: int, reason: Reason, at: datetime, again_at: datetime | None) -> bool:
        """Stop posting because of a failure. What's found meanwhile waits. `again_at` is when it's tried again."""
        return await self._change(_SUSPEND, feed_=feed, reason_=reason, at_=at, again_=again_at) > 0

    async def untold(self) -> list[Subscription]:
        """Suspended feeds of which nobody was told why yet."""
        return await self._found(sa.and_(*_UNTOLD))

    async def told(self, feed: int) -> None:
        """Record that someone was told why it's suspended, or that nobody can be."""
        await self._change(_TOLD, feed_=feed)

    async def give_up(self, suspended_before: datetime, at: datetime) -> int:
        """Pause feeds that have been suspended since then; the reason stays. Returns how many."""
        return await self._change(_GIVEN_UP, before_=suspended_before, at_=at)

    async def changed(self, since: datetime) -> Sequence[sa.Row[Any]]:
        """(feed, source, options, started_at, state) of what was changed since then, as stored."""
        return await self._all(_CHANGED, at_=since)

    async def _found(self, condition: sa.ColumnElement[bool], **given: Any) -> list[Subscription]:
        rows = await self._all(_FEEDS.where(condition).order_by(feeds.c.feed), **given)
        return [subscription_of(row) for row in rows]

    def _add_query(self, source: FeedSource, at: datetime) -> sa.Executable:
        interval = FIRST_INTERVAL.get(source.query.partition(":")[0], OTHER_INTERVAL)
        new = {"query": source.query, "interval": interval, "due_at": at, "began": False, "missed": False}
        return insert_unless_there(
            self._engines.dialect, feed_queries, new | dict.fromkeys(("empty", "page", "until", "deepest"), 0)
        )
