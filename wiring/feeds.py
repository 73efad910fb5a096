"""Build what reads and posts for feeds."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import discord

from actions.enough_likes import EnoughLikes
from actions.followers import Followers
from actions.polling import Poller
from desk.channels import Channels
from desk.feed_channels import FeedChannels
from desk.feed_messages import FeedMessages
from desk.feed_rules import FeedRules
from operations.feed_notices import FeedNotices
from operations.feed_publisher import FeedPublisher
from operations.feed_sender import FeedSender
from operations.feeds import USUAL, FeedJobs, Pace
from settings import Settings
from texts import Texts
from wiring.actions import Actions

SPARED = 0.3  # of the requests; with fewer left, people need them, and only the stream is read


def build_feeds(
    client: discord.Client,
    settings: Settings,
    actions: Actions,
    texts: Texts,
    channels: Channels,
    *,
    online: Callable[[], bool],
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    pace: Pace = USUAL,
    turn: Callable[[], Awaitable[None]] | None = None,
) -> FeedJobs:
    """`online` is whether messages can be sent. `turn` waits until this process may send one."""
    store, thingiverse, read_settings = actions.store, actions.thingiverse, actions.servers.settings
    every, cap = settings.feed_every, settings.feed_daily_cap

    def spare() -> bool:
        return thingiverse.requests_left >= settings.thingiverse_budget * SPARED

    messages = FeedMessages(texts, read_settings)
    posting = FeedChannels(client)
    notices = FeedNotices(store, posting, messages, read_settings)
    allows = FeedRules(client, channels, read_settings).allows
    followers = Followers(store.feeds, now)
    return FeedJobs(
        store=store,
        poller=Poller(
            actions.catalog, followers, store.feeds, store.seen, store.arrivals, every=every, spare=spare, now=now
        ),
        likes=EnoughLikes(actions.catalog, store.bundles, now),
        sender=FeedSender(
            store, posting, notices, render=messages.feed_message, allows=allows, cap=cap, turn=turn, now=now
        ),
        publisher=FeedPublisher(store, posting),
        notices=notices,
        online=online,
        now=now,
        pace=pace,
    )
