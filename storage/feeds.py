"""Feeds: who follows what, where it's posted, and whether it works."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from feed_records import PERSONAL_FEEDS, SERVER_FEEDS, FeedOptions, FeedSource, Reason, Subscription, Target
from storage.database import Database
from storage.feed_rows import row_of, subscription_of, text_of
from storage.feed_tables import feed_outbox, feed_queries, feeds
from storage.tables import Moment

FIRST_INTERVAL = {"newest": 120, "popular": 1_800}  # seconds, by kind of query
OTHER_INTERVAL = 900

_uncertain = (
    sa.select(sa.func.count())
    .where(feed_outbox.c.feed == feeds.c.feed, feed_outbox.c.state == "uncertain")
    .scalar_subquery()
)
_FEEDS = sa.select(feeds, _uncertain.label("uncertain"), feed_queries.c.checked_at).join(
    feed_queries, feed_queries.c.query == feeds.c.query, isouter=True
)
_untried = feed_outbox.c.first_try_at.is_(None)
_waiting = feed_outbox.c.state.in_(("ready", "collected", "missed", "few")) & _untried


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
        found = await self._found(feeds.c.feed == feed)
        return found[0] if found else None

    async def of_server(self, guild: int) -> list[Subscription]:
        return await self._found(feeds.c.guild == guild)

    async def of_channel(self, channel: int) -> list[Subscription]:
        return await self._found(feeds.c.channel == channel)

    async def of_person(self, person: int) -> list[Subscription]:
        return await self._found(feeds.c.person == person)

    async def of_query(self, query: str) -> list[Subscription]:
        return await self._found(feeds.c.query == query)

    async def edit(
        self, feed: int, at: datetime, *, source: FeedSource | None = None, options: FeedOptions | None = None
    ) -> bool:
        """Change what it follows or how it posts. With another source, it starts anew: nothing old is posted."""
        before: list[sa.Executable] = []
        changed: dict[str, Any] = {"changed_at": at}
        if options is not None:
            changed |= {"options": text_of(options), "digest_at": None}
        if source is not None:
            waiting = sa.delete(feed_outbox).where(feed_outbox.c.feed == feed, _waiting)
            found = _update(feed, feeds.c.reason == "source_gone").values(_resumed(at))
            before = [self._add_query(source, at), waiting, found]
            changed |= {"source": text_of(source), "query": source.query, "started_at": at}
        return (await self._change_all(*before, _update(feed).values(changed)))[-1] > 0

    async def pause(self, feed: int, at: datetime) -> bool:
        paused = _update(feed, feeds.c.state != "paused")
        return await self._change(paused.values(state="paused", reason=None, since=at, changed_at=at)) > 0

    async def resume(self, feed: int, at: datetime) -> bool:
        """Post again. A paused feed starts anew; a suspended one goes on with what is waiting."""
        theirs = feed_outbox.c.feed == feed

        async def work(connection: AsyncConnection) -> bool:
            was = (await connection.execute(sa.select(feeds.c.state).where(feeds.c.feed == feed))).scalar()
            resumed = await connection.execute(_update(feed, feeds.c.state != "ok").values(_resumed(at)))
            if was == "suspended":  # what waits after a failure goes out together
                ready = theirs, feed_outbox.c.state == "ready", _untried
                await connection.execute(sa.update(feed_outbox).where(*ready).values(state="missed"))
            if was == "paused":
                await connection.execute(sa.delete(feed_outbox).where(theirs, _waiting))
                await connection.execute(_update(feed).values(started_at=at))
            return resumed.rowcount > 0

        return await self._together(work)

    async def move(self, feed: int, channel: int, target: Target, at: datetime) -> bool:
        """Post in another channel from now on, with what is waiting. That also resumes it."""
        moved = _update(feed).values(**_resumed(at), channel=channel, target=target)
        waiting = sa.update(feed_outbox).where(feed_outbox.c.feed == feed, _waiting)
        return (await self._change_all(moved, waiting.values(channel=channel)))[0] > 0

    async def remove(self, feed: int) -> bool:
        """Delete it with everything that waits for it."""
        return await self._change(sa.delete(feeds).where(feeds.c.feed == feed)) > 0

    async def suspend(self, feed: int, reason: Reason, at: datetime, again_at: datetime | None) -> bool:
        """Stop posting because of a failure. What's found meanwhile waits. `again_at` is when it's tried again."""
        suspended = _update(feed, feeds.c.state != "paused").values(
            state="suspended",
            reason=reason,
            since=sa.case((feeds.c.state == "suspended", feeds.c.since), else_=sa.literal(at, Moment)),
            told=sa.case((feeds.c.reason == reason, feeds.c.told), else_=False),
            tries=feeds.c.tries + 1,
            again_at=again_at,
            changed_at=at,
        )
        return await self._change(suspended) > 0

    async def untold(self) -> list[Subscription]:
        """Suspended feeds of which nobody was told why yet."""
        return await self._found((feeds.c.state == "suspended") & feeds.c.told.is_(False))

    async def told(self, feed: int) -> None:
        """Record that someone was told why it's suspended, or that nobody can be."""
        await self._change(_update(feed).values(told=True))

    async def give_up(self, suspended_before: datetime, at: datetime) -> int:
        """Pause feeds that have been suspended since then; the reason stays. Returns how many."""
        old = feeds.c.state == "suspended", feeds.c.since < suspended_before
        return await self._change(sa.update(feeds).where(*old).values(state="paused", changed_at=at))

    async def changed(self, since: datetime) -> Sequence[sa.Row[Any]]:
        """(feed, source, options, started_at, state) of what was changed since then, as stored."""
        columns = [feeds.c[name] for name in ("feed", "source", "options", "started_at", "state")]
        return await self._all(sa.select(*columns).where(feeds.c.changed_at >= since))

    async def _found(self, condition: sa.ColumnElement[bool]) -> list[Subscription]:
        return [subscription_of(row) for row in await self._all(_FEEDS.where(condition).order_by(feeds.c.feed))]

    def _add_query(self, source: FeedSource, at: datetime) -> sa.Executable:
        interval = FIRST_INTERVAL.get(source.query.partition(":")[0], OTHER_INTERVAL)
        new = {"query": source.query, "interval": interval, "due_at": at, "began": False, "missed": False}
        new |= dict.fromkeys(("empty", "page", "until", "deepest"), 0)
        return self._insert_unless_there(feed_queries, new)


def _update(feed: int, *conditions: sa.ColumnElement[bool]) -> sa.Update:
    return sa.update(feeds).where(feeds.c.feed == feed, *conditions)


def _resumed(at: datetime) -> dict[str, Any]:
    return {"state": "ok", "reason": None, "since": None, "told": False, "tries": 0, "again_at": None, "changed_at": at}
