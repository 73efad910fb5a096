"""Every question we ask the database, as the rest of the bot asks it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from storage import deeds as recording
from storage import questions as q
from storage import upgrade
from storage.addresses import describe
from storage.asking import Asking
from storage.community import Community
from storage.deeds import Deeds
from storage.engine import Engines, open_engines
from storage.failures import plain_errors
from storage.index import Index
from storage.ledger import Ledger
from storage.personal import PersonalData, Rows
from storage.quick import Quick
from storage.records import Attempt, Deed, Like, Link, Parked
from storage.rows import (
    attempt_of_row,
    link_of_row,
    values_of_attempt,
    values_of_like,
    values_of_link,
    values_of_parked,
)
from storage.seals import Seals


@asynccontextmanager
async def open_store(address: str) -> AsyncGenerator[Store]:
    """The store at `address`, its tables up to date. Raises StorageError."""
    async with open_engines(address) as engines:
        store = Store(engines)
        try:
            yield store
        finally:
            await asyncio.shield(store.settle(last=True))


class Store(Asking):
    """Raises StorageError from any method where the database fails. Cancelled, a method did all of it or nothing."""

    def __init__(self, engines: Engines) -> None:
        super().__init__(engines)
        self.seals = Seals(engines)
        self.deeds = Deeds(engines)
        self.personal = PersonalData(engines)
        self._inserts = q.Inserts(engines.reads.dialect.name)
        self._ledger = Ledger[tuple[int, int], Like]("likes", self._write_likes)
        self._deed_ledger = Ledger[tuple[int, datetime, int], Deed]("deeds", self._write_deeds)
        self.index = Index(engines, self._inserts)
        self.community = Community(engines, self._inserts, self.settle)
        self._link_of = Quick(engines, q.LINK_OF)
        self._link_and_like = Quick(engines, q.LINK_AND_LIKE)
        self._attempt_of = Quick(engines, q.ATTEMPT_OF)

    # -- links

    async def link_of(self, person: int) -> Link | None:
        row = await self._link_of.first(person_=person)
        return None if row is None else link_of_row(row)

    async def link_and_like(self, person: int, thing: int) -> tuple[Link | None, bool]:
        """The person's link, and whether a like of the thing is recorded: False where there is no link. One query."""
        before = self._ledger.pending((person, thing))
        row = await self._link_and_like.first(person_=person, thing_=thing)
        if row is None:
            return None, False
        after = self._ledger.pending((person, thing))
        noted = before if after is None else after  # it may have been written meanwhile, too late for this row
        return link_of_row(row), row[-1] is not None if noted is None else noted

    async def count_links(self) -> int:
        return await self._value(q.COUNT_LINKS)

    async def makers_linked(self, maker_id: int) -> list[int]:
        """The people who have linked this Thingiverse account, the earliest first."""
        return [row.person for row in await self._all(q.MAKERS_LINKED, maker_=maker_id)]

    async def mark_dead(self, person: int, token: bytes, at: datetime) -> bool:
        """Only if `token`, sealed, is still the link's: a newer one may have come meanwhile."""
        return await self._change(q.MARK_DEAD, person_=person, token_=token, at_=at) > 0

    async def unlink(self, person: int) -> bool:
        """Delete all that is kept about the person; True if they were linked."""
        return (await self.erase(person))["links"] > 0

    async def erase(self, person: int) -> dict[str, int]:
        """Delete all that is kept about the person, in one step; how many rows there were, by table."""
        await self.settle()
        async with self._ledger.without(person), self._deed_ledger.without(person):
            return await self.personal.erase(person)

    async def personal_of(self, person: int) -> dict[str, Rows]:
        """All that is kept about the person, by table; nothing secret."""
        await self.settle()
        return await self.personal.of(person)

    # -- attempts

    async def attempt_of(self, person: int) -> Attempt | None:
        """The person's attempt, also where it has expired."""
        row = await self._attempt_of.first(person_=person)
        return None if row is None else attempt_of_row(row)

    async def owner_of_state(self, state_hash: bytes) -> int | None:
        """Whose attempt has this state, also where it has expired."""
        return await self._value(q.OWNER_OF_STATE, state_hash_=state_hash)

    async def begin_attempt(self, attempt: Attempt) -> None:
        """The person's one open attempt, in place of any earlier one."""
        await self._change(self._inserts.put_attempt, **values_of_attempt(attempt))

    async def count_try(self, person: int) -> int:
        """One more wrong try; how many there are now, 0 where there is no attempt."""
        async with self._writing() as connection:
            return (await connection.execute(q.COUNT_TRY, {"person_": person})).scalar_one_or_none() or 0

    async def close_attempt(self, person: int) -> bool:
        return await self._change(q.CLOSE_ATTEMPT, person_=person) > 0

    async def park(
        self, person: int, state_hash: bytes, parked: Parked, *, uses_state_at: datetime | None = None
    ) -> bool:
        """Only if the attempt is still the same; False otherwise.

        With `uses_state_at` the state is used up in the same step: False, too, where it was before.
        """
        given = {"person_": person, "state_hash_": state_hash, **values_of_parked(parked)}
        if uses_state_at is None:
            return await self._change(q.PARK, **given) > 0
        return await self._change(q.PARK_ONCE, **given, used_at_=uses_state_at) > 0

    async def unpark(self, person: int) -> None:
        """The attempt goes on without the account that waited in it."""
        await self._change(q.UNPARK, person_=person)

    async def confirm(self, person: int, state_hash: bytes, link: Link) -> bool:
        """In one step the attempt is used up and the link replaces an older one.

        False if the attempt is gone, is another by now, or nothing waits in it.
        """

        async def work(connection: AsyncConnection) -> bool:
            used = await connection.execute(q.USE_UP_ATTEMPT, {"person_": person, "state_hash_": state_hash})
            if used.rowcount == 0:
                return False
            await connection.execute(self._inserts.put_link, {**values_of_link(link), "dead_at": None})
            return True

        return await self._together(work)

    async def drop_expired_attempts(self, before: datetime) -> int:
        """How many had expired before that. Accounts that were parked for less time are taken out of the others."""
        await self._change(q.UNPARK_EXPIRED, before_=before)
        return await self._change(q.DROP_EXPIRED, before_=before)

    # -- attempts whose answer arrived through the linking page; a browser is known by the digest of its secret

    async def owner_of_browser(self, browser_hash: bytes) -> int | None:
        """Who asked for the link whose answer arrived in that browser."""
        return await self._value(q.OWNER_OF_BROWSER, browser_hash_=browser_hash)

    async def prove(self, person: int, browser_hash: bytes) -> bool:
        """The person showed that the browser is theirs; False where another account is parked by now."""
        return await self._change(q.PROVE, person_=person, browser_hash_=browser_hash) > 0

    async def expect_sign_in(self, browser_hash: bytes, state_hash: bytes) -> bool:
        """The state that a sign-in in this browser has to come back with, in place of an earlier one."""
        return await self._change(q.EXPECT_SIGN_IN, browser_hash_=browser_hash, hash_=state_hash) > 0

    async def use_up_sign_in(self, browser_hash: bytes, state_hash: bytes) -> bool:
        """True for the first that comes with the state."""
        return await self._change(q.USE_UP_SIGN_IN, browser_hash_=browser_hash, sign_in_hash_=state_hash) > 0

    # -- likes

    def note_like(self, like: Like) -> None:
        """Record a like soon, or replace its record; from now on it is answered for (see `storage.ledger`)."""
        self._ledger.note((like.person, like.thing), like)

    def note_unlike(self, person: int, thing: int) -> None:
        """Forget the record of a like soon; from now on it is answered for."""
        self._ledger.note((person, thing), None)

    def note_deed(self, deed: Deed) -> None:
        """Record soon what was done in somebody's name; only of people who are linked."""
        self._deed_ledger.note((deed.person, deed.done_at, deed.thing), deed)

    async def settle(self, *, last: bool = False) -> None:
        """Write what was noted, now; with `last`, nothing more will be."""
        for ledger in (self._ledger, self._deed_ledger):
            await (ledger.close() if last else ledger.settle())
        if last:
            await self.index.close()

    async def likes_of(self, person: int, limit: int = 50) -> list[Like]:
        """Newest first."""
        await self.settle()
        return [Like(*row) for row in await self._all(q.LIKES_OF, person_=person, limit_=limit)]

    async def count_likes(self, person: int) -> int:
        await self.settle()
        return await self._value(q.COUNT_LIKES, person_=person)

    # -- notes of our own, and the database itself

    async def meta(self, name: str) -> str | None:
        return await self._value(q.META, name_=name)

    async def set_meta(self, name: str, value: str | None) -> None:
        """Keep a value under a name; None forgets it."""
        if value is None:
            await self._change(q.FORGET_META, name_=name)
        else:
            await self._change(self._inserts.put_meta, name=name, value=value)

    async def ping(self) -> None:
        await self._value(q.PING)

    async def schema_version(self) -> str | None:
        with plain_errors():
            async with self._engines.reads.connect() as connection:
                return await connection.run_sync(upgrade.schema_version)

    @property
    def where(self) -> str:
        """The file's path, or host and database; never a user or a password."""
        return describe(self._engines.reads.url)

    async def _write_likes(self, noted: list[Like], forgotten: list[tuple[int, int]]) -> None:
        async def work(connection: AsyncConnection) -> None:
            if noted:
                # in one order, or two processes might wait for each other
                in_order = sorted(noted, key=lambda like: (like.person, like.thing))
                await connection.execute(self._inserts.put_like, [values_of_like(like) for like in in_order])
            if forgotten:
                pairs = [{"person_": person, "thing_": thing} for person, thing in sorted(forgotten)]
                await connection.execute(q.FORGET_LIKE, pairs)

        await self._together(work)

    async def _write_deeds(self, done: list[Deed], _: object) -> None:
        await self._together(lambda connection: recording.write(connection, done))
