"""How far to read back in a list whose pages shift, and when to look again. Pure."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from actions.feed_filters import TOO_OLD
from feed_records import NEWEST
from storage.seen import Query
from thingiverse.models import Thing

PAGES = 4  # per poll
MOST_BACK = 40  # pages; what's further back stays unread
LONGEST = 6 * 3_600  # seconds between two polls
EMPTY = 3  # polls without anything new until the next ones are further apart


@dataclass(frozen=True, slots=True)
class Place:
    """Where a catch-up continues.

    `until` is read in any case: while several pages were read, designs may have moved to one that was read already.
    """

    page: int = 0
    until: int = 0
    deepest: int = 0
    complete: bool = True

    @classmethod
    def of(cls, query: Query) -> Place:
        return cls(query.page, query.until, query.deepest, complete=False)

    def after(self, page: int, *, new: bool, end: bool) -> tuple[Place, int]:
        """The place once a page is read, and the page to read next."""
        deepest = max(self.deepest, page) if new else self.deepest
        if end or (not new and page >= max(self.page, self.until)):
            again = deepest if deepest > 1 and not end else 0
            return Place(until=again), 0
        # what's between is known; one page is read again, because designs that were taken down shift the others
        following = self.page - 1 if not new and page < self.page - 1 else page + 1
        return replace(self, deepest=deepest), following


def is_end(page: int, things: Sequence[Thing], *, more: bool, reference: datetime) -> bool:
    """Whether nothing further back can be posted."""
    dates = [thing.published_at for thing in things]
    old = bool(dates) and all(date is not None and date < reference - TOO_OLD for date in dates)
    return not more or page >= MOST_BACK or old


def reference_of(query: str, things: Iterable[Thing], now: datetime) -> datetime:
    """What counts as now: in the stream, Thingiverse's newest date, in case our clock is ahead."""
    dates = [date for thing in things if (date := thing.published_at) is not None and date <= now]
    return max(dates) if query == NEWEST and dates else now


def published(things: Sequence[Thing], known: set[int], reference: datetime) -> list[datetime]:
    """When each was published. Without a date, that's guessed from where it is in the list, the newest first."""
    given = [date if date is not None and date <= reference else None for date in (t.published_at for t in things)]
    last_known = max((at for at, thing in enumerate(things) if thing.id in known), default=len(things))
    return [date or _guess(given, at, reference, below=at > last_known) for at, date in enumerate(given)]


def _guess(given: Sequence[datetime | None], at: int, reference: datetime, *, below: bool) -> datetime:
    """A design below all known ones moved up when another was taken down, so it's old."""
    if below:
        return reference - TOO_OLD - timedelta(days=1)
    older = next((date for date in given[at:] if date is not None), None)
    newer = next((date for date in reversed(given[:at]) if date is not None), None)
    return older or newer or reference


def next_interval(interval: int, shortest: int, empty: int, *, found: bool) -> tuple[int, int]:
    """Seconds until the next poll, and polls in a row without anything new."""
    if found:
        return max(shortest, interval // 2), 0
    if empty + 1 < EMPTY:
        return interval, empty + 1
    return min(LONGEST, interval * 2), 0


def next_slot(query: str, interval: int, now: datetime) -> datetime:
    """The next time that is the query's own, so that polls are spread evenly. At least half an interval from now."""
    offset = zlib.crc32(query.encode()) % interval
    earliest = now.timestamp() + interval / 2
    passed = (earliest - offset) % interval
    return datetime.fromtimestamp(earliest - passed + interval, now.tzinfo)
