"""Put designs that wait into one message: digests, what an outage kept back, and what couldn't be sent for long."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.database import Database
from storage.feed_tables import feed_outbox, feed_queries, feed_things, feeds
from storage.outbox import box, may_post, post_of
from storage.tables import Moment

MOST = 25  # designs in a digest; a select has no more options
FURTHEST = timedelta(days=8)
LATE = timedelta(hours=1)  # posts that wait longer go out together

_now = sa.bindparam("now_", type_=Moment)
_feed = sa.bindparam("feed_", type_=sa.BigInteger)
# A digest further away than a week was planned before the clock was set back.
_DUE = sa.select(feeds.c.feed).where(
    may_post, (feeds.c.digest_at <= _now) | (feeds.c.digest_at > sa.bindparam("beyond_"))
)
_MISSED = (
    sa.select(box.feed)
    .distinct()
    .join(feeds, feeds.c.feed == box.feed)
    .join(feed_queries, feed_queries.c.query == feeds.c.query)
    .where(box.state == "missed", feed_queries.c.missed.is_(False), may_post)
)
_suspended = sa.exists().where(feeds.c.feed == box.feed, feeds.c.state == "suspended").correlate(feed_outbox)
_untried = (box.state == "ready") & box.first_try_at.is_(None)
_is_late = _untried & ((box.created_at < sa.bindparam("late_")) | _suspended)
_LATE = (
    sa.select(box.feed)
    .join(feeds, feeds.c.feed == box.feed)
    .where(_is_late, may_post)
    .group_by(box.feed)
    .having(sa.func.count(box.post.distinct()) > 1)
)
_WAITING = {"collected": box.state == "collected", "missed": box.state == "missed", "late": _is_late}
_newest_first = (feed_things.c.published_at.desc(), box.thing.desc())
# Another process may have bundled, and sent it, since it was read.
_waits = (box.state == "collected") | (box.state == "missed") | _untried
_still_waits = _waits & (box.feed == _feed) & (box.thing == sa.bindparam("thing_"))
_BUNDLE = (
    sa.update(feed_outbox)
    .where(_still_waits)
    .values(
        state="ready",
        post=sa.bindparam("post_"),
        digest=sa.bindparam("digest_"),
        left_out=sa.bindparam("left_out_"),
        created_at=_now,
        due_at=_now,
    )
)
_LEAVE_OUT = sa.update(feed_outbox).where(_still_waits).values(state="left_out", done_at=_now)
_FEW = (
    sa.select(box.feed, box.thing, feeds.c.options)
    .join(feeds, feeds.c.feed == box.feed)
    .where(box.state == "few", box.due_at <= _now, feeds.c.state != "paused")
    .order_by(box.due_at, box.thing)
    .limit(20)
)


class BundleStore(Database):
    async def bundle(self, now: datetime) -> int:
        """Make messages of all that's due to be posted together. Returns how many feeds had some."""
        late = now - LATE
        feeds_of = {
            "collected": await self._all(_DUE, now_=now, beyond_=now + FURTHEST),
            "missed": await self._all(_MISSED, now_=now),
            "late": await self._all(_LATE, now_=now, late_=late),
        }
        for kind, rows in feeds_of.items():
            for row in rows:
                await self._bundle(row.feed, kind, now, late)
        return sum(map(len, feeds_of.values()))

    async def few_likes(self, now: datetime) -> Sequence[sa.Row[Any]]:
        """(feed, thing, options) of up to twenty designs to look at again, the longest due first."""
        return await self._all(_FEW, now_=now)

    async def judge(self, feed: int, thing: int, now: datetime, *, enough: bool, digest_at: datetime | None) -> None:
        """Post a design that has enough likes by now, or leave it out. `digest_at` is when, if not right away."""
        few = sa.update(feed_outbox).where(box.feed == feed, box.thing == thing, box.state == "few")
        theirs = sa.update(feeds).where(feeds.c.feed == feed)
        if not enough:
            left_out = few.values(state="likes", done_at=now)
            await self._change_all(left_out, theirs.values(filtered=feeds.c.filtered + 1))
        elif digest_at is None:
            await self._change(few.values(state="ready", post=post_of(feed, thing), due_at=now, created_at=now))
        else:
            collected = few.values(state="collected", due_at=now, created_at=now)
            await self._change_all(collected, theirs.where(feeds.c.digest_at.is_(None)).values(digest_at=digest_at))

    async def _bundle(self, feed: int, kind: str, now: datetime, late: datetime) -> None:
        waiting = (
            sa.select(box.thing, box.left_out)
            .join(feed_things, feed_things.c.thing == box.thing)
            .where(box.feed == _feed, _WAITING[kind])
            .order_by(*_newest_first)
        )

        async def work(connection: AsyncConnection) -> None:
            given: dict[str, Any] = {"feed_": feed} | ({"late_": late} if kind == "late" else {})
            rows = (await connection.execute(waiting, given)).all()
            if rows:
                await _write(connection, feed, rows, now)
            if kind == "collected":
                await connection.execute(sa.update(feeds).where(feeds.c.feed == feed).values(digest_at=None))

        await self._together(work)


async def _write(connection: AsyncConnection, feed: int, rows: Sequence[Any], now: datetime) -> None:
    shown, left = rows[:MOST], rows[MOST:]
    together = len(shown) > 1
    given: dict[str, Any] = {
        "feed_": feed,
        "now_": now,
        "post_": post_of(feed, shown[0].thing, "digest" if together else ""),
        "digest_": together,
        "left_out_": len(left) + max((row.left_out for row in rows), default=0),
    }
    await connection.execute(_BUNDLE, [{**given, "thing_": row.thing} for row in shown])
    if left:
        await connection.execute(_LEAVE_OUT, [{"feed_": feed, "now_": now, "thing_": row.thing} for row in left])
