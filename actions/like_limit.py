"""Limit likes and unlikes, and saves, per person in any ten minutes."""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from cachetools import TTLCache
from pyrate_limiter import Rate, RateItem

from errors import N_, BotError
from thingiverse.buckets import Bucket

WINDOW = 10 * 60_000  # milliseconds
LIKES = N_("You've reached the limit of {n} likes and unlikes in ten minutes. Try again {when}.")
SAVES = N_("You've reached the limit of {n} saves in ten minutes. Try again {when}.")


# Count one more for a person, at most so many. Returns the seconds to wait if there were as many.
Counting = Callable[[int, int], Awaitable[float]]


class LikeLimit:
    """Counts are kept in memory only, for ten minutes. `together` counts for all processes, if there are several."""

    def __init__(
        self,
        limit: int = 30,
        clock: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sentence: str = LIKES,
        together: Counting | None = None,
    ) -> None:
        self._limit = limit
        self._rates = [Rate(limit, WINDOW)]
        self._sentence = sentence
        self._clock = clock
        self._now = now
        self._together = together
        # not bounded: dropping anyone's bucket would reset their limit
        self._buckets: TTLCache[int, Bucket, int] = TTLCache(math.inf, WINDOW, clock)

    async def spend(self, person: int) -> None:
        """The same as `take`, for all processes."""
        wait = 0.0 if self._together is None else await self._together(person, self._limit)
        if wait > 0:
            raise self._reached(timedelta(seconds=wait))
        self.take(person)

    def take(self, person: int) -> None:
        """Count one more. Raises BotError, which says when to try again, if it's over the limit; that doesn't count."""
        now = self._clock()
        bucket = self._buckets.get(person) or Bucket(self._rates)
        bucket.leak(now)
        item = RateItem("action", now)
        if bucket.put(item):
            self._buckets[person] = bucket  # for ten more minutes
            return
        wait = bucket.waiting(item)
        raise self._reached(timedelta(milliseconds=wait if isinstance(wait, int) else WINDOW))

    def _reached(self, wait: timedelta) -> BotError:
        return BotError(self._sentence, n=self._limit, when=self._now() + wait)
