"""Makers whose designs are counted each day, and the counts."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from counts import CountedDay, DesignReport
from storage.database import Database, values_of
from storage.engine import Engines
from storage.tables import Moment, design_counts, design_reports, links

_person = sa.bindparam("person_", type_=sa.BigInteger)
_before = sa.bindparam("before_", type_=Moment)
_now = sa.bindparam("now_", type_=Moment)
_still_linked = sa.exists().where(links.c.person == sa.bindparam("person", type_=sa.BigInteger))
_counted_already = sa.exists().where(
    design_counts.c.person == sa.bindparam("person", type_=sa.BigInteger),
    design_counts.c.day == sa.bindparam("day", type_=Moment),
)

_REPORT_OF = sa.select(design_reports).where(design_reports.c.person == _person)
_DUE = (
    sa.select(design_reports)
    .where(design_reports.c.due_at <= _now)
    .order_by(design_reports.c.due_at)
    .limit(sa.bindparam("limit_", type_=sa.Integer))
)
_PUT_OFF = (
    sa.update(design_reports)
    .where(design_reports.c.person == _person, design_reports.c.due_at == sa.bindparam("was_due_", type_=Moment))
    .values(due_at=sa.bindparam("due_at", type_=Moment))
)
_CLOSE = sa.update(design_reports).where(design_reports.c.person == _person).values(daily=sa.false(), closed_at=_now)
_LOOKED = (
    sa.update(design_reports)
    .where(design_reports.c.person == _person)
    .values(locale=sa.bindparam("locale", type_=sa.Text), used_at=_now)
)
_DAYS_OF = (
    sa.select(design_counts)
    .where(design_counts.c.person == _person, design_counts.c.maker_id == sa.bindparam("maker_", type_=sa.BigInteger))
    .order_by(design_counts.c.day.desc())
)
_DROP_COUNTS = sa.delete(design_counts).where(design_counts.c.day < _before)
_DROP_UNUSED = sa.delete(design_reports).where(design_reports.c.daily.is_(False), design_reports.c.used_at < _before)


class DesignReports(Database):
    """Nothing is written about someone who isn't linked."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(engines)
        self._put = self._upsert(design_reports, only_if=_still_linked)
        self._put_day = self._upsert(design_counts, only_if=_still_linked & ~_counted_already)

    async def of(self, person: int) -> DesignReport | None:
        rows = await self._all(_REPORT_OF, person_=person)
        return DesignReport(*rows[0]) if rows else None

    async def keep(self, report: DesignReport) -> None:
        await self._change(self._put, **values_of(report))

    async def looked(self, person: int, locale: str, now: datetime) -> bool:
        """Note that the person looked. Returns False if they aren't counted yet."""
        return await self._change(_LOOKED, person_=person, locale=locale, now_=now) > 0

    async def due(self, now: datetime, limit: int) -> list[DesignReport]:
        """Those whose time has come, the longest waiting first."""
        return [DesignReport(*row) for row in await self._all(_DUE, now_=now, limit_=limit)]

    async def put_off(self, report: DesignReport, until: datetime) -> bool:
        """Make it due later. Returns False if another process did so since it was read."""
        return await self._change(_PUT_OFF, person_=report.person, was_due_=report.due_at, due_at=until) > 0

    async def close(self, person: int, now: datetime) -> None:
        """Turn the DM off, because it couldn't be sent."""
        await self._change(_CLOSE, person_=person, now_=now)

    async def keep_day(self, day: CountedDay) -> None:
        """Keep the first count of a day."""
        await self._change(self._put_day, **values_of(day))

    async def days_of(self, person: int, maker_id: int) -> list[CountedDay]:
        """The counts of an account, the latest day first."""
        return [CountedDay(*row) for row in await self._all(_DAYS_OF, person_=person, maker_=maker_id)]

    async def drop_counts(self, before: datetime) -> int:
        """Delete the counts of earlier days. Returns how many."""
        return await self._change(_DROP_COUNTS, before_=before)

    async def drop_unused(self, before: datetime) -> int:
        """Stop counting for those who get no DM and didn't look since then. Returns how many."""
        return await self._change(_DROP_UNUSED, before_=before)
