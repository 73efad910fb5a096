"""Records about a maker's own designs: what Thingiverse counts, day by day. Times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec


class DesignCounts(msgspec.Struct, frozen=True, array_like=True):
    """What Thingiverse counts of a design, or of several; or how much that changed. None if it doesn't say."""

    likes: int | None = None
    makes: int | None = None
    comments: int | None = None
    saves: int | None = None


@dataclass(frozen=True, slots=True)
class DesignReport:
    """A maker whose designs are counted each day; with `daily`, they get a DM about it."""

    person: int
    locale: str  # one of Discord's
    daily: bool
    due_at: datetime
    used_at: datetime
    closed_at: datetime | None = None  # when the DM was turned off because it couldn't be sent


@dataclass(frozen=True, slots=True)
class CountedDay:
    """The counts of an account's designs on a day (midnight in UTC); `counts` are JSON."""

    person: int
    day: datetime
    maker_id: int
    counts: str


@dataclass(frozen=True)
class Changes:
    """What changed since a day, in all and by design."""

    since: datetime
    total: DesignCounts
    of: dict[int, DesignCounts]


@dataclass(frozen=True)
class Counted:
    """The counts of a maker's designs now, and what changed since yesterday and last week where that's known.

    `whole` is False if there are more designs than are counted.
    """

    maker: str
    whole: bool
    total: DesignCounts
    day: Changes | None
    week: Changes | None
    read_at: datetime | None = None  # set if the counts now are an old copy
