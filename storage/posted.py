"""What became of posts: for people who ask, for limits, and for operators."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from feed_records import NEWEST, FeedCounts
from storage.database import Database
from storage.feed_tables import feed_outbox, feed_queries, feeds
from storage.tables import Moment

box = feed_outbox.c
_post = sa.bindparam("post_", type_=sa.BigInteger)
_sending = feeds.c.state == "ok"
_OF = sa.select(box.state, box.done_at, box.message, box.channel).where(
    box.feed == sa.bindparam("feed_"), box.thing == sa.bindparam("thing_")
)
_SENT_SINCE = sa.select(sa.func.count(box.post.distinct())).where(
    box.channel == sa.bindparam("channel_", type_=sa.BigInteger),
    box.state == "sent",
    box.done_at > sa.bindparam("since_", type_=Moment),
)
_CAPPED_SINCE = sa.select(sa.func.count()).where(
    box.channel == sa.bindparam("channel_", type_=sa.BigInteger),
    box.state == "cap",
    box.done_at > sa.bindparam("since_", type_=Moment),
)
_TO_PUBLISH = (
    sa.select(box.post, box.message, box.channel, feeds.c.guild)
    .distinct()
    .join(feeds, feeds.c.feed == box.feed)
    .where(box.publish == "wanted", box.state == "sent")
    .limit(100)
)
_PUBLISHED = sa.update(feed_outbox).where(box.post == _post).values(publish=sa.bindparam("publish_"))
_FORGET = sa.delete(feed_outbox).where(box.created_at < sa.bindparam("before_", type_=Moment))
_FEEDS_BY_STATE = sa.select(feeds.c.state, sa.func.count().label("n")).group_by(feeds.c.state)
_BOX_BY_STATE = sa.select(box.state, sa.func.count().label("n")).group_by(box.state)
_OLDEST = (
    sa.select(sa.func.min(box.due_at))
    .join(feeds, feeds.c.feed == box.feed)
    .where(box.state.in_(("ready", "claimed")), _sending)
)
_STREAM = sa.select(
    sa.func.count().label("queries"),
    sa.func.max(sa.case((feed_queries.c.query == NEWEST, feed_queries.c.checked_at))).label("checked_at"),
    sa.func.min(feed_queries.c.failing_since).label("failing_since"),
)


class PostedStore(Database):
    async def of(self, feed: int, thing: int) -> sa.Row[Any] | None:
        """(state, done_at, message, channel) of a design in a feed."""
        rows = await self._all(_OF, feed_=feed, thing_=thing)
        return rows[0] if rows else None

    async def sent_since(self, channel: int, since: datetime) -> int:
        """How many messages all feeds of a channel have posted since then."""
        return await self._value(_SENT_SINCE, channel_=channel, since_=since)

    async def capped_since(self, channel: int, since: datetime) -> int:
        """How many designs weren't posted since then because the channel had enough posts."""
        return await self._value(_CAPPED_SINCE, channel_=channel, since_=since)

    async def to_publish(self) -> Sequence[sa.Row[Any]]:
        """(post, message, channel, guild) of digests in announcement channels that aren't published yet."""
        return await self._all(_TO_PUBLISH)

    async def published(self, post: int, *, done: bool) -> None:
        await self._change(_PUBLISHED, post_=post, publish_="done" if done else "failed")

    async def forget(self, before: datetime) -> int:
        """Delete rows from before then. Returns how many."""
        return await self._change(_FORGET, before_=before)

    async def counts(self) -> FeedCounts:
        """Numbers for operators."""
        reading = (await self._all(_STREAM))[0]
        return FeedCounts(
            feeds={row.state: row.n for row in await self._all(_FEEDS_BY_STATE)},
            outbox={row.state: row.n for row in await self._all(_BOX_BY_STATE)},
            oldest_ready=await self._value(_OLDEST),
            queries=reading.queries,
            checked_at=reading.checked_at,
            failing_since=reading.failing_since,
        )
