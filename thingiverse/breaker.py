"""Stop sending requests to a host that is down, so nobody waits for the same timeout twice.

Existing libraries count every failure the same, and the trial request waits for the full timeout. Here, one timeout
is enough, quick failures are counted, and a trial is short.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from thingiverse.errors import Delayed, NotAsked, RateLimited, Unreachable

QUICK_FAILURES = 5
FIRST_PAUSE = 15.0  # seconds
LONGEST_PAUSE = 120.0
TRIAL_TIMEOUT = 4.0


@dataclass(frozen=True, slots=True)
class Outage:
    """`left` is how many seconds requests stay stopped, and `pause` how many after the next failure."""

    left: float
    pause: float
    began: datetime


class Slow(Unreachable):
    """A request timed out."""


class Away(Unreachable):
    """The server said it's unavailable, and for how many seconds."""

    def __init__(self, reason: str, pause: float) -> None:
        super().__init__(reason)
        self.pause = pause


class Breaker:
    """The state of one host. `call` guards a request and yields its time limit in seconds."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._clock = clock
        self._now = now
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._open_until: float | None = None
        self._trying = False
        self._began: datetime | None = None

    @property
    def since(self) -> datetime | None:
        """When the outage began; None if there isn't one."""
        return self._began if self._open_until is not None else None

    @property
    def outage(self) -> Outage | None:
        """What other processes should know; None if requests aren't stopped."""
        if self._open_until is None or self._began is None:
            return None
        return Outage(max(0.0, self._open_until - self._clock()), self._pause, self._began)

    def adopt(self, outage: Outage) -> None:
        """Stop requests because another process found out that the host is down."""
        self._failures = max(self._failures, 1)
        self._pause, self._began = outage.pause, outage.began
        self._open_until = self._clock() + outage.left

    @contextmanager
    def call(self, timeout: float) -> Generator[float]:
        """Guard a request. Raises Unreachable right away while requests are stopped. Only the host's failures count."""
        trial = self._open_until is not None
        if trial:
            if self._trying or self._clock() < (self._open_until or 0.0):
                raise NotAsked("known to be down", self.since)
            self._trying = True
        try:
            yield min(timeout, TRIAL_TIMEOUT) if trial else timeout
        except (Delayed, RateLimited):
            raise  # we may have been too busy, or have used up our own budget, which says nothing about the host
        except Unreachable as error:
            self._failed(error, trial=trial)
            error.since = self.since
            raise
        except Exception:
            self.answered()  # an error response is a response
            raise
        else:
            self.answered()
        finally:
            if trial:
                self._trying = False

    def _failed(self, error: Unreachable, *, trial: bool) -> None:
        if self._failures == 0:
            self._began = self._now()
        self._failures += 1
        if trial:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        pause = error.pause if isinstance(error, Away) else self._pause
        if trial or isinstance(error, (Slow, Away)) or self._failures >= QUICK_FAILURES:
            self._open_until = max(self._open_until or 0.0, self._clock() + pause)

    def answered(self) -> None:
        """The host responded: reset the counts, and send requests normally again."""
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._open_until = None
