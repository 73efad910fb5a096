"""Tell a channel why its feed stopped, and post tests."""

from __future__ import annotations

import secrets

from desk.discord_errors import FAILED, note
from desk.feed_channels import FeedChannels, Outgoing
from desk.feed_messages import Delivery, Notice, Render
from errors import BotError
from feed_records import Reason, Subscription
from operations.leases import FEEDS
from storage.outbox import post_of
from storage.store import Store
from thingiverse.models import Thing


class FeedNotices:
    def __init__(self, store: Store, channels: FeedChannels, *, render: Render, notice: Notice) -> None:
        self._store = store
        self._channels = channels
        self._render = render
        self._notice = notice

    async def tell_due(self, epoch: int) -> None:
        """Tell each channel once. Where that fails, moderators see it in /feeds. Raises StorageError."""
        for subscription in await self._store.feeds.untold():
            if not await self._store.leases.holds(FEEDS, epoch):
                return
            since = subscription.since or subscription.started_at
            post = post_of(subscription.feed, int(since.timestamp()), "notice")
            message = await self._notice(subscription, subscription.reason or "refused")
            try:
                await self._channels.send(Outgoing(post, subscription, message))
            except FAILED as error:
                note("channel not told", error)
            await self._store.feeds.told(subscription.feed)

    async def post_test(self, subscription: Subscription, thing: Thing, /) -> Reason | None:
        """Post a design beside the outbox. Returns why Discord refused, or None. Raises BotError if it's unclear."""
        message = await self._render(Delivery(subscription, (thing,)))
        out = Outgoing(secrets.randbits(62), subscription, message)
        try:
            await self._channels.send(out)
        except FAILED as error:
            note("test not posted", error)
            verdict = await self._channels.verdict(error, subscription)
            if verdict.reason is None:
                raise BotError("I couldn't post a test right now. Try again.") from None
            return verdict.reason
        return None
