"""How often something is done for one person: so many times in any ten minutes."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from errors import BotError

WINDOW = 10 * 60_000  # milliseconds
_MANY = 1_000  # people; above, those who have paused are forgotten


class Pace:
    """Kept in memory for the ten minutes it counts, and nowhere else."""

    def __init__(
        self,
        limit: int = 30,
        clock: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._limit = limit
        self._clock = clock
        self._now = now
        self._buckets: dict[int, InMemoryBucket] = {}
        self._tidy_at = 0

    def take(self, person: int) -> None:
        """Count one more. Raises BotError, which says when to go on; what is refused does not count."""
        now = self._clock()
        self._tidy(now)
        bucket = self._buckets.setdefault(person, InMemoryBucket([Rate(self._limit, WINDOW)]))
        bucket.leak(now)
        item = RateItem("action", now)
        if bucket.put(item):
            return
        wait = bucket.waiting(item)
        when = self._now() + timedelta(milliseconds=wait if isinstance(wait, int) else WINDOW)
        raise BotError(
            "I like and unlike {n} times in ten minutes for one person at most. Please go on {when}.",
            n=self._limit,
            when=when,
        )

    def _tidy(self, now: int) -> None:
        if len(self._buckets) < _MANY or now < self._tidy_at:
            return
        self._tidy_at = now + WINDOW
        for person, bucket in list(self._buckets.items()):
            bucket.leak(now)
            if bucket.count() == 0:
                del self._buckets[person]
