"""What became of posts: for people who ask, for limits, and for operators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feed_records import NEWEST, FeedCounts
from storage.database import Database
from storage.feed_tables import feed_outbox, feed_queries, feeds

box = feed_outbox.c


class PostedStore(Database):
    async def of(self, feed: int, thing: int) -> sa.Row[Any] | None:
        """(state, done_at, message, channel) of a design in a feed."""
        columns = box.state, box.done_at, box.message, box.channel
        rows = await self._all(sa.select(*columns).where(box.feed == feed, box.thing == thing))
        return rows[0] if rows else None

    async def sent_since(self, channel: int, since: datetime) -> int:
        """How many messages all feeds of a channel have posted since then."""
        sent = box.channel == channel, box.state == "sent", box.done_at > since
        return await self._value(sa.select(sa.func.count(box.post.distinct())).where(*sent))

    async def capped_since(self, channel: int, since: datetime) -> int:
        """How many designs weren't posted since then because the channel had enough posts."""
        capped = box.channel == channel, box.state == "cap", box.done_at > since
        return await self._value(sa.select(sa.func.count()).where(*capped))

    async def to_publish(self) -> Sequence[sa.Row[Any]]:
        """(post, message, channel, guild) of digests in announcement channels that aren't published yet."""
        posts = sa.select(box.post, box.message, box.channel, feeds.c.guild).join(feeds, feeds.c.feed == box.feed)
        return await self._all(posts.where(box.publish == "wanted", box.state == "sent").distinct().limit(100))

    async def published(self, post: int, *, done: bool) -> None:
        published = "done" if done else "failed"
        await self._change(sa.update(feed_outbox).where(box.post == post).values(publish=published))

    async def counts(self) -> FeedCounts:
        """Numbers for operators."""
        newest = sa.case((feed_queries.c.query == NEWEST, feed_queries.c.checked_at))
        failing = sa.func.min(feed_queries.c.failing_since)
        stream: list[Any] = list((await self._all(sa.select(sa.func.count(), sa.func.max(newest), failing)))[0])
        queries, checked_at, failing_since = stream
        waiting = box.state.in_(("ready", "claimed")), feeds.c.state == "ok"
        oldest = sa.select(sa.func.min(box.due_at)).join(feeds, feeds.c.feed == box.feed).where(*waiting)
        return FeedCounts(
            feeds=await self._by_state(feeds),
            outbox=await self._by_state(feed_outbox),
            oldest_ready=await self._value(oldest),
            queries=queries,
            checked_at=checked_at,
            failing_since=failing_since,
        )

    async def _by_state(self, table: sa.Table) -> dict[str, int]:
        rows = await self._all(sa.select(table.c.state, sa.func.count().label("n")).group_by(table.c.state))
        return {row.state: row.n for row in rows}
