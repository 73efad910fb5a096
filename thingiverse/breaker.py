"""So that an outage costs nobody thirty seconds twice.

Ours, because the breakers there are count every failure alike and let the trial call wait its full time: the
person whose call timed out would wait all over again as the trial. Here one time-out is enough, quick failures are
counted, and a trial is short.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import UTC, datetime

from thingiverse.errors import RateLimited, Unreachable

QUICK_FAILURES = 5
FIRST_PAUSE = 15.0  # seconds
LONGEST_PAUSE = 120.0
TRIAL_TIMEOUT = 4.0


class Slow(Unreachable):
    """The time ran out."""


class Away(Unreachable):
    """It said itself that it is not there, and for how many seconds."""

    def __init__(self, reason: str, pause: float) -> None:
        super().__init__(reason)
        self.pause = pause


class Breaker:
    """One origin's health. `call` guards a request and yields its time limit in seconds."""

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
        """When the outage began; None while there is none that we would call one."""
        return self._began if self._open_until is not None else None

    @contextmanager
    def call(self, timeout: float) -> Generator[float]:
        """Raises Unreachable at once while open. A failure inside counts only if it is Unreachable."""
        trial = self._open_until is not None
        if trial:
            if self._trying or self._clock() < (self._open_until or 0.0):
                raise Unreachable("known to be down", self.since)
            self._trying = True
        try:
            yield min(timeout, TRIAL_TIMEOUT) if trial else timeout
        except Unreachable as error:
            self._failed(error, trial=trial)
            error.since = self.since
            raise
        except RateLimited:
            raise  # our own budget may say so as well, which tells nothing of them
        except Exception:
            self.answered()  # if not as hoped
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
        """It is there: whatever was counted is forgotten, and a trial becomes the rule."""
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._open_until = None
