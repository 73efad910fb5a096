"""Notices about feeds, where a server wants them, and tests of feeds."""

from __future__ import annotations

import secrets
from dataclasses import replace

from desk.discord_errors import FAILED, note
from desk.feed_channels import FeedChannels, Outgoing
from desk.feed_messages import Delivery, FeedMessages
from desk.requests import ReadSettings
from errors import BotError
from feed_records import AS_USUAL, Reason, Subscription
from operations.leases import FEEDS
from storage.outbox import post_of
from storage.store import Store
from thingiverse.models import Thing


class FeedNotices:
    """A notice is tried once: moderators see in /feeds how each feed is."""

    def __init__(self, store: Store, channels: FeedChannels, messages: FeedMessages, settings: ReadSettings) -> None:
        self._store = store
        self._channels = channels
        self._messages = messages
        self._settings = settings

    async def tell_due(self, epoch: int) -> None:
        """Tell why feeds stopped, once for each reason, as long as the lease is held. Raises StorageError."""
        for subscription in await self._store.feeds.untold():
            if not await self._store.leases.holds(FEEDS, epoch):
                return
            await self._tell_stopped(subscription, subscription.reason or "refused")
            await self._store.feeds.told(subscription.feed)

    async def tell_capped(self, subscription: Subscription, post: int, cap: int) -> None:
        """Tell that the channel got the most posts of a day. `post` is the one that is left out."""
        if (there := await self._elsewhere(subscription)) is not None:
            await self._send(Outgoing(post, there, await self._messages.capped(subscription, cap)))

    async def tell_caught_up(self, subscription: Subscription, post: int, left_out: int) -> None:
        """Tell that what was missed came as one digest, which is `post`."""
        if (there := await self._elsewhere(subscription)) is not None:
            number = post_of(subscription.feed, post, "notice")
            await self._send(Outgoing(number, there, await self._messages.caught_up(subscription, left_out)))

    async def post_test(self, subscription: Subscription, thing: Thing, /) -> Reason | None:
        """Post a design beside the outbox. Returns why Discord refused, or None. Raises BotError if it's unclear."""
        message = await self._messages.feed_message(Delivery(subscription, (thing,)))
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

    async def _tell_stopped(self, subscription: Subscription, reason: Reason) -> None:
        """In the server's channel for notices, or else in the feed's own if Discord still takes posts there."""
        since = subscription.since or subscription.started_at
        post = post_of(subscription.feed, int(since.timestamp()), "notice")
        there = await self._elsewhere(subscription)
        if there is not None:
            message = await self._messages.stopped(subscription, reason, here=False)
            if await self._send(Outgoing(post, there, message)):
                return
        if reason == "source_gone":
            message = await self._messages.stopped(subscription, reason, here=True)
            await self._send(Outgoing(post, subscription, message))

    async def _elsewhere(self, subscription: Subscription) -> Subscription | None:
        """The feed as if it posted in the server's channel for notices; None if there's none."""
        channel = (await self._settings(subscription.guild)).notices
        return replace(subscription, channel=channel, target="channel", options=AS_USUAL) if channel else None

    async def _send(self, out: Outgoing) -> bool:
        try:
            await self._channels.send(out)
        except FAILED as error:
            note("notice not posted", error)
            return False
        return True
