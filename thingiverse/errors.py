"""What an API promises by its failures. No text here ever holds a token, a body or a query."""

from __future__ import annotations

from datetime import datetime


class ThingiverseError(Exception):
    """Any failure of a call."""


class Unreachable(ThingiverseError):
    """No usable answer: time-out, connection, a proxy's HTML, 5xx, too large, or the breaker is open.

    `since` is when the outage began (aware, UTC), where that is known.
    """

    def __init__(self, reason: str, since: datetime | None = None) -> None:
        super().__init__(reason)
        self.since = since


class NotFound(ThingiverseError):
    """404 or 410."""


class Forbidden(ThingiverseError):
    """403 as JSON: private, or taken down."""


class TokenRejected(ThingiverseError):
    """401."""


class Refused(ThingiverseError):
    """400 or 409, such as for liking one's own thing; the caller looks again to learn why."""


class RateLimited(ThingiverseError):
    """429, or our own budget is used up; `retry_after` in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"for {retry_after:.0f} s")
        self.retry_after = retry_after


class Unexpected(ThingiverseError):
    """Any other status, or JSON that is not what the endpoint promises."""
