"""What changed about a maker's own designs, from the counts of earlier days.

Designs are read with the app's own token, so only what everyone can see is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
import structlog

from actions.accounts import Accounts
from actions.catalog import Catalog
from counts import Changes, Counted, CountedDay, DesignCounts, DesignReport
from errors import BotError, LinkNeeded
from records import Link
from storage.design_reports import DesignReports
from thingiverse.budget import Urgency
from thingiverse.errors import NotFound, ThingiverseError, Unreachable
from thingiverse.models import Thing

log = structlog.get_logger("actions.own_designs")

MOST_LISTS = 10  # requests, of 28 designs each
DAY, WEEK = timedelta(days=1), timedelta(days=7)
AGAIN_AFTER = timedelta(hours=1)  # if Thingiverse fails
MOST_DUE = 20  # in one round

_NONE_YET = DesignCounts(0, 0, 0, 0)
_counts = msgspec.json.Decoder(dict[int, DesignCounts])


@dataclass(frozen=True)
class OwnDesigns:
    """A maker's designs, and their counts."""

    things: tuple[Thing, ...]
    counted: Counted


class DesignCounting:
    def __init__(
        self, reports: DesignReports, accounts: Accounts, catalog: Catalog, now: Callable[[], datetime]
    ) -> None:
        self._reports = reports
        self._accounts = accounts
        self._catalog = catalog
        self._now = now

    async def look(self, person: int, locale: str) -> tuple[OwnDesigns, DesignReport]:
        """The person's own designs. From now on, they're counted each day. Raises LinkNeeded or ThingiverseError."""
        link = await self._accounts.link_of(person)
        if link is None:
            raise LinkNeeded("You haven't linked a Thingiverse account yet. Let's do that first.")
        counted = await self._count(link, Urgency.READ)
        now = self._now()
        if not await self._reports.looked(person, locale, now):
            await self._reports.keep(_new(person, locale, now))
        return counted, await self._reports.of(person) or _new(person, locale, now)

    async def send_daily(self, person: int, daily: bool) -> None:
        """Turn the daily DM on, from this time tomorrow, or off."""
        known = await self._reports.of(person)
        now = self._now()
        if known is not None:
            due_at = now + DAY if daily and not known.daily else known.due_at
            await self._reports.keep(replace(known, daily=daily, due_at=due_at, closed_at=None))

    async def due(self) -> list[DesignReport]:
        return await self._reports.due(self._now(), MOST_DUE)

    async def count_due(self, report: DesignReport) -> OwnDesigns | None:
        """Count once for whoever is due; None if another process does it, or they aren't linked anymore.

        Raises ThingiverseError if it can't be counted now; it's due again in an hour.
        """
        now = self._now()
        tomorrow = report.due_at + DAY if report.due_at + DAY > now else now + DAY
        if not await self._reports.put_off(report, tomorrow):
            return None
        link = await self._accounts.link_of(report.person)
        try:
            counted = None if link is None else await self._count(link, Urgency.BACKGROUND)
            if counted is not None and counted.counted.read_at is not None:
                raise Unreachable("only an old copy")
            return counted
        except ThingiverseError:
            await self._reports.put_off(replace(report, due_at=tomorrow), now + AGAIN_AFTER)
            raise

    async def close(self, person: int) -> None:
        """Turn the daily DM off, because it couldn't be sent."""
        log.info("daily DM turned off, because it couldn't be sent", person=person)
        await self._reports.close(person, self._now())

    async def _count(self, link: Link, urgency: Urgency) -> OwnDesigns:
        """Count the designs now, and keep the first count of the day, unless it's an old copy."""
        things, whole, read_at = await self._designs(link.maker_name, urgency)
        counts = {thing.id: counts_of(thing) for thing in things}
        today = self._now().replace(hour=0, minute=0, second=0, microsecond=0)
        days = [day for day in await self._reports.days_of(link.person, link.maker_id) if day.day < today]
        if read_at is None:
            kept = msgspec.json.encode(counts).decode()
            await self._reports.keep_day(CountedDay(link.person, today, link.maker_id, kept))
        last = days[0] if days else None
        earliest = min((day for day in days if day.day >= today - WEEK), key=lambda day: day.day, default=None)
        week = _since(earliest, things) if earliest is not last else None
        total = _sum(counts.values())
        return OwnDesigns(things, Counted(link.maker_name, whole, total, _since(last, things), week, read_at))

    async def _designs(self, maker: str, urgency: Urgency) -> tuple[tuple[Thing, ...], bool, datetime | None]:
        """The designs, whether they're all, and when they were read if it's an old copy."""
        found: dict[int, Thing] = {}
        read_at: datetime | None = None
        for page in range(1, MOST_LISTS + 1):
            try:
                shelved = await self._catalog.designs(maker, page, urgency=urgency)
            except NotFound:
                raise BotError("I couldn't find {name} on Thingiverse. Link your account again.", name=maker) from None
            if shelved.stale:
                read_at = min(read_at or shelved.fetched_at, shelved.fetched_at)
            found |= {thing.id: thing for thing in shelved.value.things}
            if not shelved.value.more:
                return tuple(found.values()), True, read_at
        return tuple(found.values()), False, read_at


def _new(person: int, locale: str, now: datetime) -> DesignReport:
    return DesignReport(person, locale, daily=False, due_at=now + DAY, used_at=now)


def counts_of(thing: Thing) -> DesignCounts:
    return DesignCounts(thing.like_count, thing.make_count, thing.comment_count, thing.collect_count)


def _since(day: CountedDay | None, things: tuple[Thing, ...]) -> Changes | None:
    """What changed since a day. All counts of a design published since are new; deleted ones aren't lost likes."""
    if day is None:
        return None
    try:
        before = _counts.decode(day.counts)
    except msgspec.DecodeError:
        log.error("counts unreadable", person=day.person)
        return None
    before |= {thing.id: _NONE_YET for thing in things if thing.id not in before and _is_newer(thing, day.day)}
    changed = {thing.id: _change(before[thing.id], counts_of(thing)) for thing in things if thing.id in before}
    return Changes(day.day, _sum(changed.values()), changed)


def _is_newer(thing: Thing, day: datetime) -> bool:
    """Whether it was published since then. If Thingiverse doesn't say, it may only have been missing from a list."""
    return thing.published_at is not None and thing.published_at >= day


def _change(before: DesignCounts, now: DesignCounts) -> DesignCounts:
    return DesignCounts(
        *(None if a is None or b is None else b - a for a, b in zip(_all(before), _all(now), strict=True))
    )


def _sum(counts: Iterable[DesignCounts]) -> DesignCounts:
    """The sum of what's known; None where nothing is."""
    known = [[count for count in each if count is not None] for each in zip(*map(_all, counts), strict=True)]
    return DesignCounts(*(sum(each) if each else None for each in known))


def _all(counts: DesignCounts) -> tuple[int | None, ...]:
    return msgspec.structs.astuple(counts)
