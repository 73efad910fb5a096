"""Count confirmed links whose reply from Thingiverse had a state."""

from __future__ import annotations

import sqlalchemy as sa

from storage.database import Database
from storage.tables import links

_MARK = sa.update(links).where(links.c.person == sa.bindparam("person_", type_=sa.BigInteger)).values(with_state=True)
_COUNT = sa.select(sa.func.count(links.c.maker_id.distinct())).where(links.c.with_state.is_(True))


class States(Database):
    async def mark(self, person: int) -> None:
        """Record that the reply for this person's link had a state."""
        await self._change(_MARK, person_=person)

    async def accounts(self) -> int:
        """How many different Thingiverse accounts have such a link."""
        return await self._value(_COUNT)
