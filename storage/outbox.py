"""Posts on their way to Discord. A row is a design in a feed; rows with the same post are one message.

States: "collected" waits for a digest, "missed" for the end of a catch-up, "few" for more likes, and "ready" for the
sender, who makes it "claimed" and then "sent". All others are closed: "uncertain" may have arrived, and "cap",
"left_out", "adult", "hidden", and "likes" say why it wasn't posted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from feed_records import Subscription
from storage.database import Database
from storage.feed_rows import subscription_of
from storage.feed_tables import feed_outbox, feed_things, feeds
from storage.tables import Moment

LEASE = timedelta(seconds=90)  # for one post
_CLAIMS = 7_204_551  # an arbitrary number for PostgreSQL's advisory lock

box = feed_outbox.c
_now = sa.bindparam("now_", type_=Moment)
_epoch = sa.bindparam("epoch_", type_=sa.BigInteger)

# A claimed row is free again when its lease ran out, or its owner isn't the one who may send.
_free = (box.state == "ready") & (box.due_at <= _now) | (box.state == "claimed") & (
    (box.lease_until < _now) | (box.epoch != _epoch)
)
_busy = sa.alias(feed_outbox, "busy")
_in_flight = (
    sa.exists()
    .where(
        _busy.c.channel == box.channel,
        _busy.c.state == "claimed",
        _busy.c.epoch == _epoch,
        _busy.c.lease_until >= _now,
    )
    .correlate(feed_outbox)
)
may_post = (feeds.c.state == "ok") | (feeds.c.state == "suspended") & (feeds.c.again_at <= _now)
_turn = sa.func.row_number().over(partition_by=box.channel, order_by=(box.created_at, box.thing)).label("turn")
_each = (
    sa.select(box.post, box.created_at, _turn)
    .join(feeds, feeds.c.feed == box.feed)
    .where(box.post.is_not(None), _free, ~_in_flight, may_post)
    .subquery()
)
_FREE = (
    sa.select(_each.c.post)
    .where(_each.c.turn == 1)
    .order_by(_each.c.created_at, _each.c.post)
    .limit(sa.bindparam("limit_", type_=sa.Integer))
)
_CLAIM = (
    sa.update(feed_outbox)
    .where(box.post == sa.bindparam("post_"), _free)
    .values(
        state="claimed",
        epoch=_epoch,
        lease_until=sa.bindparam("until_"),
        tries=box.tries + 1,
        first_try_at=sa.func.coalesce(box.first_try_at, _now),
    )
)
_ROWS_OF = (
    sa.select(feed_outbox, feed_things.c.card)
    .join(feed_things, feed_things.c.thing == box.thing)
    .where(box.post.in_(sa.bindparam("posts_", expanding=True)))
    .order_by(feed_things.c.published_at.desc(), box.thing.desc())
)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message to send: its designs as JSON, the newest first. `uncertain` if it may have been sent since then."""

    post: int
    subscription: Subscription
    channel: int
    things: tuple[int, ...]
    cards: tuple[str, ...]
    digest: bool
    left_out: int
    tries: int
    uncertain: datetime | None
    suspensions: int


def post_of(feed: int, thing: int, kind: str = "") -> int:
    """The number of the message that a design of a feed leads to; the same however often it's asked."""
    return int.from_bytes(hashlib.sha256(f"{feed}:{thing}:{kind}".encode()).digest()[:8]) >> 1


class OutboxStore(Database):
    async def claim(self, now: datetime, epoch: int, limit: int = 30) -> list[Claimed]:
        """Claim messages, at most one per channel, the oldest first, for the holder of the lease with this epoch."""

        async def work(connection: AsyncConnection) -> list[Claimed]:
            if self._engines.dialect == "postgresql":
                await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CLAIMS)))
            given = {"now_": now, "epoch_": epoch}
            posts = [row.post for row in await connection.execute(_FREE, {**given, "limit_": limit})]
            if not posts:
                return []
            rows = (await connection.execute(_ROWS_OF, {"posts_": posts})).all()
            await connection.execute(_CLAIM, [{"post_": post, **given, "until_": now + LEASE} for post in posts])
            theirs = sa.select(feeds).where(feeds.c.feed.in_({row.feed for row in rows}))
            known = {row.feed: row for row in await connection.execute(theirs)}
            messages = [[row for row in rows if row.post == post] for post in posts]
            return [_claimed(own, known[own[0].feed]) for own in messages]

        return await self._together(work)

    async def sent(self, claimed: Claimed, message: int, now: datetime, epoch: int, *, publish: bool = False) -> bool:
        """Record the message. Returns False if another process has taken the post over."""
        publishing = "wanted" if publish else None
        sent = _held(claimed, epoch).values(state="sent", message=message, done_at=now, publish=publishing)
        posted = sa.update(feeds).where(feeds.c.feed == claimed.subscription.feed).values(posted_at=now)
        return (await self._change_all(sent, posted))[0] > 0

    async def close_as(self, claimed: Claimed, state: str, now: datetime, epoch: int) -> None:
        """Never send it; `state` says why."""
        await self._change(_held(claimed, epoch).values(state=state, done_at=now))

    async def later(self, claimed: Claimed, due: datetime, epoch: int, *, unsent: bool) -> None:
        """Try again then. `unsent` if Discord said that it wasn't posted."""
        untried = {"first_try_at": None} if unsent else {}
        await self._change(_held(claimed, epoch).values(state="ready", due_at=due, **untried))


def _held(claimed: Claimed, epoch: int) -> sa.Update:
    """Change its rows, unless another process has taken the post over."""
    return sa.update(feed_outbox).where(box.post == claimed.post, box.state == "claimed", box.epoch == epoch)


def _claimed(rows: Sequence[sa.Row[Any]], feed: sa.Row[Any]) -> Claimed:
    """The message of a post, by its rows before they were claimed, the newest design first."""
    newest = rows[0]
    return Claimed(
        post=newest.post,
        subscription=subscription_of(feed),
        channel=newest.channel,
        things=tuple(row.thing for row in rows),
        cards=tuple(row.card for row in rows),
        digest=newest.digest,
        left_out=newest.left_out,
        tries=newest.tries + 1,
        uncertain=newest.first_try_at,
        suspensions=feed.tries,
    )
