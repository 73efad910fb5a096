"""The part of `check` that looks at feeds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from feed_records import FeedCounts
from operations.checks import Finding

LATE = timedelta(minutes=15)
WAITING = ("ready", "claimed")


def of_feeds(counts: FeedCounts, now: datetime | None = None) -> Finding | None:
    """None if there are no feeds."""
    now = now or datetime.now(UTC)
    total = sum(counts.feeds.values())
    if total == 0:
        return None
    waiting = sum(counts.outbox.get(state, 0) for state in WAITING)
    said = f"{total} feeds, {counts.feeds.get('suspended', 0)} of them suspended; {waiting} posts waiting"
    if counts.outbox.get("uncertain"):
        said += f"; {counts.outbox['uncertain']} posts may not have arrived"
    if counts.failing_since is not None:
        return Finding("warning", f"{said}; Thingiverse hasn't answered for feeds since {_time(counts.failing_since)}")
    if counts.checked_at is not None and now - counts.checked_at > LATE:
        fix = "That's normal if the bot is stopped. What was missed comes as one digest."
        return Finding("warning", f"{said}; new designs were last read at {_time(counts.checked_at)}", fix)
    if counts.oldest_ready is not None and now - counts.oldest_ready > LATE:
        return Finding("warning", f"{said}; the oldest since {_time(counts.oldest_ready)}", "See the log for reasons.")
    return Finding("well", said)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
