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


class Breaker:
    """One origin's health. `call` guards a request and yields its time limit in seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
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
            self._failed(slow=isinstance(error, Slow), trial=trial)
            error.since = self.since
            raise
        except RateLimited:
            raise  # our own budget may say so as well, which tells nothing of them
        except Exception:
            self._succeeded()  # it answered, if not as hoped
            raise
        else:
            self._succeeded()
        finally:
            if trial:
                self._trying = False

    def _failed(self, *, slow: bool, trial: bool) -> None:
        if self._failures == 0:
            self._began = datetime.now(UTC)
        self._failures += 1
        if trial:
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        if trial or slow or self._failures >= QUICK_FAILURES:
            self._open_until = self._clock() + self._pause

    def _succeeded(self) -> None:
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._open_until = None
