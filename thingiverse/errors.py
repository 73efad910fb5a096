"""The errors of the client. None of their texts has a token, a body, or a query."""

from __future__ import annotations

from datetime import datetime


class ThingiverseError(Exception):
    """The base class of all failures of a call."""


class Unreachable(ThingiverseError):
    """No usable response: a timeout, no connection, a proxy's HTML, 5xx, too large, or a host that is down.

    `since` is when the outage began (aware, UTC), if that's known.
    """

    def __init__(self, reason: str, since: datetime | None = None) -> None:
        super().__init__(reason)
        self.since = since


class Blocked(Unreachable):
    """A page came instead of Thingiverse's response, such as a bot check. The request had no effect."""


class NotAsked(Unreachable):
    """Nothing was sent, because the host is known to be down."""


class Delayed(Unreachable):
    """We were too busy to notice a response in time, which says nothing about the host."""


class NotFound(ThingiverseError):
    """404 or 410: it doesn't exist, or not anymore."""


class Forbidden(ThingiverseError):
    """403 with JSON: it's private, or was taken down."""


class ListForbidden(Forbidden):
    """The same for a list of designs."""


class TokenRejected(ThingiverseError):
    """401: Thingiverse doesn't accept the token."""


class Refused(ThingiverseError):
    """400 or 409, such as for liking your own design; the caller finds out why."""


class RateLimited(ThingiverseError):
    """429; `retry_after` is in seconds."""

    def __init__(self, retry_after: float) -> None:
        super().__init__(f"for {retry_after:.0f} s")
        self.retry_after = retry_after


class BudgetUsedUp(RateLimited):
    """The bot's own limit of requests is reached. Nothing was sent."""


class ShareUsedUp(RateLimited):
    """A person has used up their share of the requests. Nothing was sent."""


class GroupShareUsedUp(ShareUsedUp):
    """The person's group has used up its share. Nothing was sent."""


class Unexpected(ThingiverseError):
    """Any other status, or JSON of an unexpected shape."""
