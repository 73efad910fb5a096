"""The record of what was done in people's names: the last fifty of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.asking import Asking
from storage.records import Deed
from storage.tables import deeds, links

KEPT = 50  # of each person

_person = sa.bindparam("person_", type_=sa.BigInteger)
_before = sa.bindparam("before_", type_=deeds.c.done_at.type)
_newest_first = (deeds.c.done_at.desc(), deeds.c.thing.desc())
_given = {column.name: sa.bindparam(column.name, type_=column.type) for column in deeds.c}

_OF = sa.select(deeds).where(deeds.c.person == _person).order_by(*_newest_first).limit(KEPT)
_same = sa.and_(*(column == _given[column.name] for column in deeds.primary_key))
# Whoever is unlinked meanwhile leaves nothing behind.
_PUT = sa.insert(deeds).from_select(
    list(_given),
    sa.select(*_given.values()).where(sa.exists().where(links.c.person == _given["person"]), ~sa.exists().where(_same)),
)
_TOO_MANY = (
    sa.select(deeds.c.person)
    .where(deeds.c.person.in_(sa.bindparam("people_", type_=sa.BigInteger, expanding=True)))
    .group_by(deeds.c.person)
    .having(sa.func.count() > KEPT)
    .order_by(deeds.c.person)
)
_oldest_kept = (
    sa.select(deeds.c.done_at, deeds.c.thing)
    .where(deeds.c.person == _person)
    .order_by(*_newest_first)
    .offset(KEPT - 1)
    .limit(1)
    .scalar_subquery()
)
_TRIM = sa.delete(deeds).where(deeds.c.person == _person, sa.tuple_(deeds.c.done_at, deeds.c.thing) < _oldest_kept)
_DROP_BEFORE = sa.delete(deeds).where(deeds.c.done_at < _before)


class Deeds(Asking):
    async def of(self, person: int) -> list[Deed]:
        """Newest first."""
        return [Deed(*row) for row in await self._all(_OF, person_=person)]

    async def drop_before(self, before: datetime) -> int:
        """How many there were."""
        return await self._change(_DROP_BEFORE, before_=before)


async def write(connection: AsyncConnection, done: Iterable[Deed]) -> None:
    """Record them, and forget what that makes superfluous; inside the caller's transaction."""
    in_order = sorted(done, key=lambda deed: (deed.person, deed.done_at, deed.thing))
    await connection.execute(_PUT, [asdict(deed) for deed in in_order])
    people = sorted({deed.person for deed in in_order})
    too_many = (await connection.execute(_TOO_MANY, {"people_": people})).scalars().all()
    if too_many:
        await connection.execute(_TRIM, [{"person_": person} for person in too_many])
