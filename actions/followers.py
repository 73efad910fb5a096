"""Keep the matcher up to date with the feeds in the database, which any process may change."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from actions.matching import Follower, Matcher, Turns
from storage.feed_rows import options_of, source_of
from storage.feeds import FeedStore

BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
OVERLAP = timedelta(minutes=5)  # clocks of several processes differ
READ_ALL_EVERY = 60 * 60.0  # seconds; only that finds out which feeds were removed


class Followers:
    def __init__(self, feeds: FeedStore, now: Callable[[], datetime]) -> None:
        self.matcher = Matcher()
        self._feeds = feeds
        self._now = now
        self._since = BEGINNING
        self._read_all_at = -math.inf

    async def refresh(self) -> None:
        """Read what was changed since the last time. Raises StorageError."""
        now = self._now()
        all_of_them = time.monotonic() - self._read_all_at >= READ_ALL_EVERY or now < self._since
        rows = await self._feeds.changed(BEGINNING if all_of_them else self._since - OVERLAP)
        turns = Turns()
        for row in rows:
            if turns.due():
                await turns.give()
            if row.state == "paused":
                self.matcher.drop(row.feed)
            else:
                follower = Follower(row.feed, source_of(row.source), options_of(row.options), row.started_at)
                self.matcher.put(follower)
        if all_of_them:
            self.matcher.keep_only({row.feed for row in rows})
            self._read_all_at = time.monotonic()
        self._since = now
