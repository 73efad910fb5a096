"""Links, and attempts to link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from records import Attempt, Link, Parked
from storage.database import Database, values_of
from storage.tables import attempts, links

_LINK_OF = sa.select(links).where(links.c.person == sa.bindparam("person_"))
_ATTEMPT_OF = sa.select(attempts).where(attempts.c.person == sa.bindparam("person_"))
_ATTEMPT_WITH_STATE = sa.select(attempts).where(attempts.c.state_hash == sa.bindparam("state_hash_"))
_ATTEMPT_IN_BROWSER = sa.select(attempts).where(attempts.c.parked_browser_hash == sa.bindparam("browser_hash_"))

# For inserts: what's about someone who was unlinked meanwhile isn't written.
STILL_LINKED = sa.exists().where(links.c.person == sa.bindparam("person"))


class LinkStore(Database):
    """Links by person, and each person's one open attempt. Of states and browser secrets, only digests are kept."""

    # -- links

    async def link_of(self, person: int) -> Link | None:
        return None if (row := await self._row(_LINK_OF, person_=person)) is None else link_of_row(row)

    def link_now(self, person: int) -> Link | None:
        """The same, without waiting. Raises WouldWait if that isn't possible."""
        return None if (row := self._row_now(_LINK_OF, person_=person)) is None else link_of_row(row)

    async def count_links(self) -> int:
        return await self._value(sa.select(sa.func.count()).select_from(links))

    async def count_links_by_state(self) -> dict[str, int]:
        """How many links work, how many Thingiverse no longer accepts, and how many are being made."""
        pending = sa.select(sa.func.count()).select_from(attempts).scalar_subquery()
        counted = sa.select(sa.func.count(), sa.func.count(links.c.dead_at), pending).select_from(links)
        counts: list[int] = list((await self._all(counted))[0])
        every, dead, being_made = counts
        return {"active": every - dead, "dead": dead, "pending": being_made}

    async def others_linked(self, person: int, maker_id: int) -> list[int]:
        """Other people whose working links are to this Thingiverse account, the earliest first."""
        theirs = links.c.maker_id == maker_id, links.c.dead_at.is_(None), links.c.person != person
        rows = await self._all(sa.select(links.c.person).where(*theirs).order_by(links.c.linked_at))
        return [row.person for row in rows]

    async def mark_dead(self, person: int, token: bytes, at: datetime) -> bool:
        """Mark the link dead, if it still has this encrypted token and not a newer one."""
        that = links.c.person == person, links.c.token == token
        return await self._change(sa.update(links).where(*that).values(dead_at=at)) > 0

    async def mark_with_state(self, person: int) -> None:
        """Record that Thingiverse's reply for this person's link had a state."""
        await self._change(sa.update(links).where(links.c.person == person).values(with_state=True))

    async def accounts_with_state(self) -> int:
        """How many different Thingiverse accounts have such a link."""
        accounts = sa.func.count(links.c.maker_id.distinct())
        return await self._value(sa.select(accounts).where(links.c.with_state.is_(True)))

    # -- attempts

    async def attempt_of(self, person: int) -> Attempt | None:
        """The person's attempt, expired or not."""
        return _attempt_of_row(await self._row(_ATTEMPT_OF, person_=person))

    async def attempt_with_state(self, state_hash: bytes) -> Attempt | None:
        """The attempt with this state, expired or not."""
        return _attempt_of_row(await self._row(_ATTEMPT_WITH_STATE, state_hash_=state_hash))

    async def attempt_in_browser(self, browser_hash: bytes) -> Attempt | None:
        """The attempt whose reply arrived in this browser through the linking page."""
        return _attempt_of_row(await self._row(_ATTEMPT_IN_BROWSER, browser_hash_=browser_hash))

    async def begin_attempt(self, attempt: Attempt) -> None:
        """Store the attempt in place of the person's earlier one."""
        values = values_of(attempt)
        await self._change(self._upsert(attempts), **parked_values(values.pop("parked")), **values)

    async def count_try(self, person: int) -> int:
        """Count one more wrong try. Returns how many there are now, 0 without an attempt."""
        counting = sa.update(attempts).where(attempts.c.person == person).values(tries=attempts.c.tries + 1)
        async with self._writing() as connection:
            return (await connection.execute(counting.returning(attempts.c.tries))).scalar_one_or_none() or 0

    async def close_attempt(self, person: int) -> bool:
        return await self._change(sa.delete(attempts).where(attempts.c.person == person)) > 0

    async def park(
        self, person: int, state_hash: bytes, parked: Parked, *, uses_state_at: datetime | None = None
    ) -> bool:
        """Store an account that waits for Confirm. Returns False if the attempt was replaced or closed.

        With `uses_state_at`, the same statement uses up the state, and it returns False if it was already used.
        """
        that = attempts.c.person == person, attempts.c.state_hash == state_hash
        if uses_state_at is None:
            return await self._change_attempt(*that, **parked_values(parked))
        unused = attempts.c.state_used_at.is_(None)
        return await self._change_attempt(*that, unused, **parked_values(parked), state_used_at=uses_state_at)

    async def unpark(self, person: int) -> None:
        """Delete the waiting account from the attempt, which stays open."""
        await self._change_attempt(attempts.c.person == person, **parked_values(None))

    async def confirm(self, person: int, state_hash: bytes, link: Link) -> bool:
        """Delete the attempt and store the link in place of an older one, in one transaction.

        Returns False if the attempt was replaced or closed, or no account is waiting.
        """
        waiting = (
            attempts.c.person == person,
            attempts.c.state_hash == state_hash,
            attempts.c.parked_token.is_not(None),
            attempts.c.parked_browser_hash.is_(None) | attempts.c.parked_proven,
        )

        async def work(connection: AsyncConnection) -> bool:
            used = await connection.execute(sa.delete(attempts).where(*waiting))
            if used.rowcount == 0:
                return False
            await connection.execute(self._upsert(links), {**values_of(link), "dead_at": None})
            return True

        return await self._together(work)

    async def drop_expired_attempts(self, before: datetime) -> int:
        """Delete attempts that expired before then, and expired waiting accounts. Returns how many attempts."""
        await self._change_attempt(attempts.c.parked_until < before, **parked_values(None))
        over = attempts.c.expires_at < before, attempts.c.parked_until.is_(None) | (attempts.c.parked_until < before)
        return await self._change(sa.delete(attempts).where(*over))

    # -- attempts on the linking page

    async def prove(self, person: int, browser_hash: bytes) -> bool:
        """Record that the browser is the person's. Returns False if another account is waiting by now."""
        here = attempts.c.parked_browser_hash == browser_hash
        return await self._change_attempt(attempts.c.person == person, here, parked_proven=True)

    async def expect_sign_in(self, browser_hash: bytes, state_hash: bytes) -> bool:
        """Store the state of a sign-in with Discord in this browser, in place of an earlier one."""
        here = attempts.c.parked_browser_hash == browser_hash
        return await self._change_attempt(here, parked_sign_in_hash=state_hash)

    async def use_up_sign_in(self, browser_hash: bytes, state_hash: bytes) -> bool:
        """Use up the state of a sign-in. Returns False if it was already used."""
        that = attempts.c.parked_browser_hash == browser_hash, attempts.c.parked_sign_in_hash == state_hash
        return await self._change_attempt(*that, parked_sign_in_hash=None)

    async def _change_attempt(self, *conditions: sa.ColumnElement[bool], **values: Any) -> bool:
        return await self._change(sa.update(attempts).where(*conditions).values(**values)) > 0


def link_of_row(row: Sequence[Any]) -> Link:
    """Make a Link from a row that begins with the columns of `links`, of which the last isn't in it."""
    return Link(*row[:7])


def _attempt_of_row(row: Sequence[Any] | None) -> Attempt | None:
    if row is None:
        return None
    values: dict[str, Any] = dict(zip(attempts.c.keys(), row, strict=True))
    parked = {name.removeprefix("parked_"): values.pop(name) for name in parked_values(None)}
    return Attempt(**values, parked=None if parked["token"] is None else Parked(**parked))


def parked_values(parked: Parked | None) -> dict[str, Any]:
    """Column values for the waiting account; all None if there is none."""
    return {f"parked_{each.name}": getattr(parked, each.name, None) for each in fields(Parked)}
