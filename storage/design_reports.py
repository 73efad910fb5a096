"""Makers whose designs are counted each day, and the counts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from counts import CountedDay, DesignReport
from storage.database import Database, values_of
from storage.links import STILL_LINKED
from storage.tables import design_counts, design_reports

_counted_already = sa.exists().where(
    design_counts.c.person == sa.bindparam("person"), design_counts.c.day == sa.bindparam("day")
)
_not_counted_yet = STILL_LINKED & ~_counted_already


class DesignReports(Database):
    """Nothing is written about someone who isn't linked."""

    async def of(self, person: int) -> DesignReport | None:
        rows = await self._all(sa.select(design_reports).where(design_reports.c.person == person))
        return DesignReport(*rows[0]) if rows else None

    async def keep(self, report: DesignReport) -> None:
        await self._change(self._upsert(design_reports, STILL_LINKED), **values_of(report))

    async def looked(self, person: int, locale: str, now: datetime) -> bool:
        """Note that the person looked. Returns False if they aren't counted yet."""
        theirs = sa.update(design_reports).where(design_reports.c.person == person)
        return await self._change(theirs.values(locale=locale, used_at=now)) > 0

    async def due(self, now: datetime, limit: int) -> list[DesignReport]:
        """Those whose time has come, the longest waiting first."""
        due = sa.select(design_reports).where(design_reports.c.due_at <= now).order_by(design_reports.c.due_at)
        return [DesignReport(*row) for row in await self._all(due.limit(limit))]

    async def put_off(self, report: DesignReport, until: datetime) -> bool:
        """Make it due later. Returns False if another process did so since it was read."""
        same = design_reports.c.person == report.person, design_reports.c.due_at == report.due_at
        return await self._change(sa.update(design_reports).where(*same).values(due_at=until)) > 0

    async def close(self, person: int, now: datetime) -> None:
        """Turn the DM off, because it couldn't be sent."""
        theirs = sa.update(design_reports).where(design_reports.c.person == person)
        await self._change(theirs.values(daily=False, closed_at=now))

    async def keep_day(self, day: CountedDay) -> None:
        """Keep the first count of a day."""
        await self._change(self._upsert(design_counts, _not_counted_yet), **values_of(day))

    async def days_of(self, person: int, maker_id: int) -> list[CountedDay]:
        """The counts of an account, the latest day first."""
        theirs = design_counts.c.person == person, design_counts.c.maker_id == maker_id
        rows = await self._all(sa.select(design_counts).where(*theirs).order_by(design_counts.c.day.desc()))
        return [CountedDay(*row) for row in rows]

    async def drop_unused(self, before: datetime) -> int:
        """Stop counting for those who get no DM and didn't look since then. Returns how many."""
        unused = design_reports.c.daily.is_(False), design_reports.c.used_at < before
        return await self._change(sa.delete(design_reports).where(*unused))
