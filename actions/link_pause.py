"""A pause after attempts that were closed for too many wrong tries, longer each time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from cachetools import TTLCache

from errors import BotError

FIRST = 60.0  # seconds; doubled each time
LONGEST = 60 * 60.0
FORGOTTEN_AFTER = 24 * 60 * 60.0  # seconds without another closed attempt
MOST_PEOPLE = 10_000


class LinkPause:
    """Counts are kept in memory only, for a day."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._closed: TTLCache[int, tuple[int, float]] = TTLCache(MOST_PEOPLE, ttl=FORGOTTEN_AFTER, timer=clock)

    def lengthen(self, person: int) -> None:
        """Count a closed attempt of this person, and start the pause."""
        times = self._closed.get(person, (0, 0.0))[0] + 1
        pause = min(FIRST * 2 ** min(times - 1, 10), LONGEST)
        self._closed[person] = (times, self._clock() + pause)

    def forgive(self, person: int) -> None:
        """End the pause, because the person linked an account."""
        self._closed.pop(person, None)

    def require_over(self, person: int) -> None:
        """Raises BotError, which says when to try again, during a pause."""
        left = self._closed.get(person, (0, 0.0))[1] - self._clock()
        if left > 0:
            raise BotError(
                "That link was closed after too many failed tries. You can start over {when}.",
                when=datetime.now(UTC) + timedelta(seconds=left),
            )
