"""When a feed posts: right away, after its quiet hours, or in its next digest. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

import structlog

from feed_records import FeedOptions

log = structlog.get_logger("actions.schedule")

DAY, WEEK = 1, 7


def digest_at(options: FeedOptions, now: datetime) -> datetime | None:
    """When what's found now is posted together; None for right away."""
    zone = zone_of(options.zone)
    if options.every == "design":
        return _end_of_quiet(options, now.astimezone(zone))
    local = now.astimezone(zone).replace(hour=options.hour, minute=0, second=0, microsecond=0)
    days = (options.weekday - local.weekday()) % WEEK if options.every == "week" else 0
    local += timedelta(days=days)
    if local <= now:
        local += timedelta(days=WEEK if options.every == "week" else DAY)
    return local.astimezone(UTC)


def _end_of_quiet(options: FeedOptions, local: datetime) -> datetime | None:
    begin, end = options.quiet_from, options.quiet_until
    if begin is None or end is None or begin == end:
        return None
    quiet = begin <= local.hour < end if begin < end else local.hour >= begin or local.hour < end
    if not quiet:
        return None
    ends = local.replace(hour=end, minute=0, second=0, microsecond=0)
    return (ends if ends > local else ends + timedelta(days=1)).astimezone(UTC)


@lru_cache(maxsize=1_000)
def zone_of(name: str) -> tzinfo:
    """The time zone; UTC for one that this machine doesn't know."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        log.warning("unknown time zone, using UTC", zone=name[:64], fix="install tzdata")
        return UTC
