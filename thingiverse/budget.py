"""How many requests may be sent: 300 in any five minutes (Thingiverse's getting-started page), shared by all.

A sliding window, because a leaky bucket would let twice as many through in its first window. pyrate-limiter's
bucket is used without its limiter, which would sleep, and without its thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from enum import IntEnum

from pyrate_limiter import InMemoryBucket, Rate, RateItem

from thingiverse.errors import RateLimited

WINDOW = 300_000  # milliseconds


class Urgency(IntEnum):
    """Who waits for the answer; the less urgent stop earlier, so that there is room for people's own actions."""

    BACKGROUND = 0
    READ = 1
    ACTION = 2


_SHARE = {Urgency.BACKGROUND: 0.6, Urgency.READ: 0.9, Urgency.ACTION: 1.0}


class Budget:
    def __init__(
        self,
        limit: int = 300,
        window: int = WINDOW,
        clock: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
    ) -> None:
        self._clock = clock
        # the bucket of an urgency holds its own requests and those of all that are less urgent
        self._buckets = {
            urgency: InMemoryBucket([Rate(max(1, int(limit * share)), window)]) for urgency, share in _SHARE.items()
        }

    def take(self, urgency: Urgency) -> None:
        """Count one request. Raises RateLimited, with the time to wait, where there is no room."""
        now = self._clock()
        item = RateItem("request", now)
        buckets = [bucket for level, bucket in self._buckets.items() if level >= urgency]
        for bucket in buckets:
            bucket.leak(now)
        # all are looked at before any is filled: what is not sent must not count
        if full := [bucket for bucket in buckets if bucket.count() >= bucket.rates[0].limit]:
            raise RateLimited(max(1.0, max(_wait(bucket, item) for bucket in full)))
        for bucket in buckets:
            bucket.put(item)


def _wait(full: InMemoryBucket, item: RateItem) -> float:
    """Seconds until there is room; the bucket reckons it when it refuses."""
    full.put(item)
    wait = full.waiting(item)
    return wait / 1000 if isinstance(wait, int) else 0.0
