"""Links, and attempts to link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from records import Attempt, Link, Parked
from storage.database import Database, PointRead
from storage.engine import Engines
from storage.tables import Moment, attempts, from_milliseconds, links

_person = sa.bindparam("person_", type_=sa.BigInteger)
_state_hash = sa.bindparam("state_hash_", type_=sa.LargeBinary)
_before = sa.bindparam("before_", type_=Moment)

_LINK_OF = sa.select(links).where(links.c.person == _person)
_PENDING = sa.select(sa.func.count()).select_from(attempts).scalar_subquery()
_COUNT_STATES = sa.select(sa.func.count(), sa.func.count(links.c.dead_at), _PENDING).select_from(links)
_COUNT_LINKS = sa.select(sa.func.count()).select_from(links)
_MAKERS_LINKED = (
    sa.select(links.c.person)
    .where(links.c.maker_id == sa.bindparam("maker_"), links.c.dead_at.is_(None))
    .order_by(links.c.linked_at)
)
_MARK_DEAD = (
    sa.update(links)
    .where(links.c.person == _person, links.c.token == sa.bindparam("token_"))
    .values(dead_at=sa.bindparam("at_"))
)

_that_attempt = (attempts.c.person == _person) & (attempts.c.state_hash == _state_hash)
_that_browser = attempts.c.parked_browser_hash == sa.bindparam("browser_hash_", type_=sa.LargeBinary)
_that_sign_in = attempts.c.parked_sign_in_hash == sa.bindparam("sign_in_hash_", type_=sa.LargeBinary)
_parked_columns = [column.name for column in attempts.c if column.name.startswith("parked_")]

_ATTEMPT_OF = sa.select(attempts).where(attempts.c.person == _person)
_ATTEMPT_WITH_STATE = sa.select(attempts).where(attempts.c.state_hash == _state_hash)
_ATTEMPT_IN_BROWSER = sa.select(attempts).where(_that_browser)
_CHANGE_ATTEMPT = sa.update(attempts).where(attempts.c.person == _person)
_COUNT_TRY = _CHANGE_ATTEMPT.values(tries=attempts.c.tries + 1).returning(attempts.c.tries)
_CLOSE_ATTEMPT = sa.delete(attempts).where(attempts.c.person == _person)
_USE_UP_ATTEMPT = sa.delete(attempts).where(
    _that_attempt,
    attempts.c.parked_token.is_not(None),
    attempts.c.parked_browser_hash.is_(None) | attempts.c.parked_proven,
)
_PARK = sa.update(attempts).where(_that_attempt).values({name: sa.bindparam(name) for name in _parked_columns})
_PARK_ONCE = _PARK.where(attempts.c.state_used_at.is_(None)).values(state_used_at=sa.bindparam("used_at_"))
_UNPARK = _CHANGE_ATTEMPT.values(dict.fromkeys(_parked_columns))
_DROP_EXPIRED = sa.delete(attempts).where(
    attempts.c.expires_at < _before, attempts.c.parked_until.is_(None) | (attempts.c.parked_until < _before)
)
_UNPARK_EXPIRED = sa.update(attempts).where(attempts.c.parked_until < _before).values(dict.fromkeys(_parked_columns))
_PROVE = sa.update(attempts).where(attempts.c.person == _person, _that_browser).values(parked_proven=True)
_EXPECT_SIGN_IN = sa.update(attempts).where(_that_browser).values(parked_sign_in_hash=sa.bindparam("hash_"))
_USE_UP_SIGN_IN = sa.update(attempts).where(_that_browser, _that_sign_in).values(parked_sign_in_hash=None)


class LinkStore(Database):
    """Links by person, and each person's one open attempt. Of states and browser secrets, only digests are kept."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(engines)
        self._put_link = self._upsert(links)
        self._put_attempt = self._upsert(attempts)
        self._link_of = PointRead(engines, _LINK_OF)
        self._attempt_of = PointRead(engines, _ATTEMPT_OF)
        self._attempt_with_state = PointRead(engines, _ATTEMPT_WITH_STATE)
        self._attempt_in_browser = PointRead(engines, _ATTEMPT_IN_BROWSER)

    # -- links

    async def link_of(self, person: int) -> Link | None:
        return None if (row := await self._link_of.first(person_=person)) is None else link_of_row(row)

    def link_now(self, person: int) -> Link | None:
        """The same, without waiting. Raises WouldWait if that isn't possible."""
        return None if (row := self._link_of.first_now(person_=person)) is None else link_of_row(row)

    async def count_links(self) -> int:
        return await self._value(_COUNT_LINKS)

    async def count_links_by_state(self) -> dict[str, int]:
        """How many links work, how many Thingiverse no longer accepts, and how many are being made."""
        counts: list[int] = list((await self._all(_COUNT_STATES))[0])
        every, dead, pending = counts
        return {"active": every - dead, "dead": dead, "pending": pending}

    async def others_linked(self, person: int, maker_id: int) -> list[int]:
        """Other people whose working links are to this Thingiverse account, the earliest first."""
        rows = await self._all(_MAKERS_LINKED, maker_=maker_id)
        return [row.person for row in rows if row.person != person]

    async def mark_dead(self, person: int, token: bytes, at: datetime) -> bool:
        """Mark the link dead, if it still has this encrypted token and not a newer one."""
        return await self._change(_MARK_DEAD, person_=person, token_=token, at_=at) > 0

    # -- attempts

    async def attempt_of(self, person: int) -> Attempt | None:
        """The person's attempt, expired or not."""
        return _attempt_of_row(await self._attempt_of.first(person_=person))

    async def attempt_with_state(self, state_hash: bytes) -> Attempt | None:
        """The attempt with this state, expired or not."""
        return _attempt_of_row(await self._attempt_with_state.first(state_hash_=state_hash))

    async def attempt_in_browser(self, browser_hash: bytes) -> Attempt | None:
        """The attempt whose reply arrived in this browser through the linking page."""
        return _attempt_of_row(await self._attempt_in_browser.first(browser_hash_=browser_hash))

    async def begin_attempt(self, attempt: Attempt) -> None:
        """Store the attempt in place of the person's earlier one."""
        await self._change(self._put_attempt, **_attempt_values(attempt))

    async def count_try(self, person: int) -> int:
        """Count one more wrong try. Returns how many there are now, 0 without an attempt."""
        async with self._writing() as connection:
            return (await connection.execute(_COUNT_TRY, {"person_": person})).scalar_one_or_none() or 0

    async def close_attempt(self, person: int) -> bool:
        return await self._change(_CLOSE_ATTEMPT, person_=person) > 0

    async def park(
        self, person: int, state_hash: bytes, parked: Parked, *, uses_state_at: datetime | None = None
    ) -> bool:
        """Store an account that waits for Confirm. Returns False if the attempt was replaced or closed.

        With `uses_state_at`, the same statement uses up the state, and it returns False if it was already used.
        """
        given = {"person_": person, "state_hash_": state_hash, **_parked_values(parked)}
        if uses_state_at is None:
            return await self._change(_PARK, **given) > 0
        return await self._change(_PARK_ONCE, **given, used_at_=uses_state_at) > 0

    async def unpark(self, person: int) -> None:
        """Delete the waiting account from the attempt, which stays open."""
        await self._change(_UNPARK, person_=person)

    async def confirm(self, person: int, state_hash: bytes, link: Link) -> bool:
        """Delete the attempt and store the link in place of an older one, in one transaction.

        Returns False if the attempt was replaced or closed, or no account is waiting.
        """

        async def work(connection: AsyncConnection) -> bool:
            used = await connection.execute(_USE_UP_ATTEMPT, {"person_": person, "state_hash_": state_hash})
            if used.rowcount == 0:
                return False
            await connection.execute(self._put_link, {**asdict(link), "dead_at": None})
            return True

        return await self._together(work)

    async def drop_expired_attempts(self, before: datetime) -> int:
        """Delete attempts that expired before then, and expired waiting accounts. Returns how many attempts."""
        await self._change(_UNPARK_EXPIRED, before_=before)
        return await self._change(_DROP_EXPIRED, before_=before)

    # -- attempts on the linking page

    async def prove(self, person: int, browser_hash: bytes) -> bool:
        """Record that the browser is the person's. Returns False if another account is waiting by now."""
        return await self._change(_PROVE, person_=person, browser_hash_=browser_hash) > 0

    async def expect_sign_in(self, browser_hash: bytes, state_hash: bytes) -> bool:
        """Store the state of a sign-in with Discord in this browser, in place of an earlier one."""
        return await self._change(_EXPECT_SIGN_IN, browser_hash_=browser_hash, hash_=state_hash) > 0

    async def use_up_sign_in(self, browser_hash: bytes, state_hash: bytes) -> bool:
        """Use up the state of a sign-in. Returns False if it was already used."""
        return await self._change(_USE_UP_SIGN_IN, browser_hash_=browser_hash, sign_in_hash_=state_hash) > 0


def link_of_row(row: Sequence[Any]) -> Link:
    """Make a Link from a row of PointRead that begins with the columns of `links`."""
    person, maker_id, name, picture, token, linked_at, dead_at, *_ = row
    return Link(person, maker_id, name, picture, token, from_milliseconds(linked_at), _moment(dead_at))


def _attempt_of_row(row: Sequence[Any] | None) -> Attempt | None:
    if row is None:
        return None
    values: dict[str, Any] = dict(zip(attempts.c.keys(), row, strict=True))
    values |= {name: _moment(values[name]) for name in ("began_at", "expires_at", "state_used_at", "parked_until")}
    values |= {name: bool(values[name]) for name in ("parked_audience_checked", "parked_proven")}
    parked = {each.name: values.pop(f"parked_{each.name}") for each in fields(Parked)}
    return Attempt(**values, parked=None if parked["token"] is None else Parked(**parked))


def _attempt_values(attempt: Attempt) -> dict[str, Any]:
    values = asdict(attempt)
    del values["parked"]
    return values | _parked_values(attempt.parked)


def _parked_values(parked: Parked | None) -> dict[str, Any]:
    """Column values for the waiting account; all None if there is none."""
    return {f"parked_{each.name}": getattr(parked, each.name, None) for each in fields(Parked)}


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_milliseconds(milliseconds)
