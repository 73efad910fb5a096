"""Limit requests to 300 in any five minutes (Thingiverse's getting-started page), shared by everyone.

The window slides, because a leaky bucket would allow twice as many in its first window. Only pyrate-limiter's bucket
is used: its limiter sleeps and starts a thread.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from enum import IntEnum

from pyrate_limiter import Rate, RateItem

from thingiverse.askers import current_asker
from thingiverse.buckets import Bucket
from thingiverse.errors import BudgetUsedUp, RateLimited
from thingiverse.shares import Shares, Use, part_of

WINDOW = 300_000  # milliseconds


class Urgency(IntEnum):
    """What a request is for. Less urgent ones stop earlier, so that there's room for likes."""

    FEEDS = 0
    BACKGROUND = 1
    READ = 2
    LINKING = 3  # checking keys and codes, which anyone can make up, and /account
    ACTION = 4


# the part of the budget for an urgency and all that are less urgent
UP_TO = {Urgency.FEEDS: 0.4, Urgency.BACKGROUND: 0.6, Urgency.READ: 0.8, Urgency.LINKING: 0.9, Urgency.ACTION: 1.0}
LINKING_ALONE = 0.2

USES = {
    Urgency.FEEDS: Use.READING,
    Urgency.BACKGROUND: Use.READING,
    Urgency.READ: Use.READING,
    Urgency.LINKING: Use.LINKING,
    Urgency.ACTION: Use.ACTING,
}


class Budget:
    def __init__(
        self,
        limit: int = 300,
        window: int = WINDOW,
        clock: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
    ) -> None:
        self._clock = clock
        self._shares = Shares(limit, window, clock)
        self._buckets = {urgency: Bucket([Rate(part_of(limit, share), window)]) for urgency, share in UP_TO.items()}
        self._linking = Bucket([Rate(part_of(limit, LINKING_ALONE), window)])

    def take(self, urgency: Urgency) -> None:
        """Count one request. Raises ShareUsedUp or BudgetUsedUp, with the time to wait, if there's no room."""
        now = self._clock()
        item = RateItem("request", now)
        counted = list(self._counted(urgency))
        for bucket, _ in counted:
            bucket.leak(now)
        # check all of them before counting: a request that isn't sent must not count
        full = [(bucket, error) for bucket, error in counted if bucket.count() >= bucket.rates[0].limit]
        if full:
            error = full[0][1]
            raise error(max(1.0, max(_wait(bucket, item) for bucket, _ in full)))
        for bucket, _ in counted:
            bucket.put(item)

    async def spend(self, urgency: Urgency) -> None:
        """The same as `take`, for a budget that has to ask others."""
        self.take(urgency)

    @property
    def left(self) -> int:
        """Requests left for the most urgent in this window."""
        bucket = self._buckets[Urgency.ACTION]
        bucket.leak(self._clock())
        return bucket.rates[0].limit - bucket.count()

    def _counted(self, urgency: Urgency) -> Iterator[tuple[Bucket, type[RateLimited]]]:
        """Each bucket a request counts in, and the error if it's full; the person's own come first."""
        asker = current_asker()
        if asker is not None:
            yield from self._shares.of(asker, USES[urgency])
        if urgency is Urgency.LINKING:
            yield self._linking, BudgetUsedUp
        yield from ((bucket, BudgetUsedUp) for level, bucket in self._buckets.items() if level >= urgency)


def _wait(full: Bucket, item: RateItem) -> float:
    """Seconds until there's room; the bucket knows only after it rejected an item."""
    full.put(item)
    wait = full.waiting(item)
    return wait / 1000 if isinstance(wait, int) else 0.0
