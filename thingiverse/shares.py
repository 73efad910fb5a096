"""How much of the budget one person and one group can use in any five minutes.

The counts are kept in memory only.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from enum import Enum

from cachetools import TTLCache
from pyrate_limiter import Rate

from thingiverse.askers import Asker
from thingiverse.buckets import Bucket
from thingiverse.errors import GroupShareUsedUp, ShareUsedUp

MOST_ASKERS = 10_000  # counted at a time; beyond that, the least recent are forgotten
LEAST = 6  # requests that even a small share allows: linking needs three, /thing two


class Use(Enum):
    """What a request is for. There's a separate share for each."""

    READING = "reading"
    LINKING = "linking"
    ACTING = "acting"


@dataclass(frozen=True)
class Fractions:
    """Parts of the whole budget, from 0 to 1."""

    person: float
    group: float


FRACTIONS = {
    Use.READING: Fractions(person=0.13, group=0.5),
    Use.LINKING: Fractions(person=0.05, group=0.1),
    Use.ACTING: Fractions(person=0.3, group=0.5),
}


def part_of(limit: int, fraction: float) -> int:
    """The number of requests in a part of the budget."""
    return max(min(limit, LEAST), int(limit * fraction))


class Shares:
    def __init__(self, limit: int, window: int, clock: Callable[[], int]) -> None:
        self._rates = {
            part: [Rate(part_of(limit, part), window)]
            for each in FRACTIONS.values()
            for part in (each.person, each.group)
        }
        self._buckets: TTLCache[Hashable, Bucket] = TTLCache(MOST_ASKERS, ttl=window + 1, timer=clock)

    def of(self, asker: Asker, use: Use) -> Iterator[tuple[Bucket, type[ShareUsedUp]]]:
        """Each bucket a request counts in, and the error if it's full."""
        fractions = FRACTIONS[use]
        yield self._bucket((use, asker.person), fractions.person), ShareUsedUp
        if asker.group is not None:
            yield self._bucket((use, "group", asker.group), fractions.group), GroupShareUsedUp

    def _bucket(self, key: Hashable, fraction: float) -> Bucket:
        bucket = self._buckets[key] = self._buckets.get(key) or Bucket(self._rates[fraction])  # restarts its time
        return bucket
