"""Build what runs the feeds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import discord

from actions.catalog import Catalog
from actions.enough_likes import EnoughLikes
from actions.followers import Followers
from actions.polling import Poller
from config import Settings
from desk.channels import Channels
from desk.feed_channels import FeedChannels
from desk.feed_messages import FeedMessages, ReadSettings
from desk.feed_rules import FeedRules
from operations.feed_notices import FeedNotices
from operations.feed_publisher import FeedPublisher
from operations.feed_sender import FeedSender
from operations.feeds import USUAL, FeedJobs, Pace
from storage.store import Store
from thingiverse.client import Thingiverse

SPARED = 0.3  # of the requests; with fewer left, people need them, and only the stream is read


def build_feeds(
    client: discord.Client,
    settings: Settings,
    store: Store,
    catalog: Catalog,
    thingiverse: Thingiverse,
    channels: Channels,
    read_settings: ReadSettings,
    messages: FeedMessages,
    *,
    online: Callable[[], bool],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    pace: Pace = USUAL,
    turn: Callable[[], Awaitable[None]] | None = None,
) -> FeedJobs:
    """`online` is whether messages can be sent."""

    def spare() -> bool:
        return thingiverse.requests_left >= settings.thingiverse_budget * SPARED

    posting = FeedChannels(client)
    notices = FeedNotices(store, posting, messages, read_settings)
    rules = FeedRules(client, channels, read_settings)
    followers, cap = Followers(store.feeds, now), settings.feed_daily_cap
    return FeedJobs(
        store=store,
        poller=Poller(
            catalog, followers, store.feeds, store.seen, store.arrivals, every=settings.feed_every, spare=spare, now=now
        ),
        likes=EnoughLikes(catalog, store.bundles, now),
        sender=FeedSender(
            store, posting, notices, render=messages.feed_message, allows=rules.allows, cap=cap, turn=turn, now=now
        ),
        publisher=FeedPublisher(store, posting),
        notices=notices,
        online=online,
        now=now,
        pace=pace,
    )
