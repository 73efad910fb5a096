"""Every question we ask the database, written once. Rows become records here and nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from storage.engine import open_engine, plain_errors, transactional
from storage.records import Attempt, Like, Link, Parked
from storage.tables import attempts, likes, links, meta
from storage.vault import key_id_of

T = TypeVar("T")

_HEAD = 5  # bytes of a sealed value that name its key

_LINK_OF = sa.select(links).where(links.c.person == sa.bindparam("p"))
_LINK_AND_LIKE = (
    sa.select(links, likes.c.thing)
    .outerjoin(likes, (likes.c.person == links.c.person) & (likes.c.thing == sa.bindparam("t")))
    .where(links.c.person == sa.bindparam("p"))
)
_ATTEMPT_OF = sa.select(attempts).where(attempts.c.person == sa.bindparam("p"))


@asynccontextmanager
async def open_store(address: str) -> AsyncGenerator[Store]:
    """The store at `address`, its tables up to date. Raises StorageError."""
    async with open_engine(address) as engine:
        yield Store(engine)


class Store:
    """Raises StorageError from any method where the database fails."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._transactional = transactional(engine)

    @property
    def where(self) -> str:
        """Which database, without a password."""
        return self._engine.url.render_as_string(hide_password=True)

    # -- links

    async def link_of(self, person: int) -> Link | None:
        row = await self._one(_LINK_OF, p=person)
        return _link(row) if row is not None else None

    async def link_and_like(self, person: int, thing: int) -> tuple[Link | None, bool]:
        """The person's link, and whether a like of the thing is recorded, in one question."""
        row = await self._one(_LINK_AND_LIKE, p=person, t=thing)
        return (_link(row), row.thing is not None) if row is not None else (None, False)

    async def count_links(self) -> int:
        return int(await self._value(sa.select(sa.func.count()).select_from(links)))

    async def mark_dead(self, person: int, token: bytes, at: datetime) -> bool:
        """Only if `token` is still the link's: a newer one may have come meanwhile."""
        where = (links.c.person == person) & (links.c.token == token)
        return await self._changed(sa.update(links).where(where).values(dead_at=at)) > 0

    async def unlink(self, person: int) -> bool:
        """Delete all that is kept about the person; True if they were linked."""

        async def work(connection: AsyncConnection) -> bool:
            await connection.execute(sa.delete(attempts).where(attempts.c.person == person))
            await connection.execute(sa.delete(likes).where(likes.c.person == person))
            gone = await connection.execute(sa.delete(links).where(links.c.person == person))
            return gone.rowcount > 0

        return await self._together(work)

    async def sealed_key_ids(self) -> set[bytes]:
        """The keys that sealed values were sealed with."""
        ids: set[bytes] = set()
        for column in (links.c.token, attempts.c.parked_token):
            heads = sa.select(sa.func.substr(column, 1, _HEAD)).where(column.is_not(None)).distinct()
            ids |= {key_id_of(bytes(row[0])) for row in await self._all(heads)}
        return ids

    # -- attempts

    async def attempt_of(self, person: int) -> Attempt | None:
        row = await self._one(_ATTEMPT_OF, p=person)
        return _attempt(row) if row is not None else None

    async def begin_attempt(self, attempt: Attempt) -> None:
        """The person's one open attempt, in place of any earlier one."""
        values = {
            "person": attempt.person,
            "state_hash": attempt.state_hash,
            "began_at": attempt.began_at,
            "expires_at": attempt.expires_at,
            "tries": attempt.tries,
            "then_like": attempt.then_like,
            **_parked_values(attempt.parked),
        }
        await self._changed(self._upsert(attempts, values, "person"))

    async def count_try(self, person: int) -> int:
        """One more wrong try; how many there are now."""
        more = sa.update(attempts).where(attempts.c.person == person).values(tries=attempts.c.tries + 1)
        return int(await self._value(more.returning(attempts.c.tries)) or 0)

    async def close_attempt(self, person: int) -> bool:
        return await self._changed(sa.delete(attempts).where(attempts.c.person == person)) > 0

    async def park(self, person: int, state_hash: bytes, parked: Parked) -> bool:
        """Only if the attempt is still the same; False otherwise."""
        where = (attempts.c.person == person) & (attempts.c.state_hash == state_hash)
        return await self._changed(sa.update(attempts).where(where).values(**_parked_values(parked))) > 0

    async def confirm(self, person: int, state_hash: bytes, link: Link) -> bool:
        """In one step: the attempt is used up and the link replaces an older one. False if the attempt is gone."""
        same = (attempts.c.person == person) & (attempts.c.state_hash == state_hash)
        values = {
            "person": link.person,
            "maker_id": link.maker_id,
            "maker_name": link.maker_name,
            "maker_picture": link.maker_picture,
            "token": link.token,
            "linked_at": link.linked_at,
            "dead_at": None,
        }

        async def work(connection: AsyncConnection) -> bool:
            used = await connection.execute(sa.delete(attempts).where(same & attempts.c.parked_token.is_not(None)))
            if used.rowcount == 0:
                return False
            await connection.execute(self._upsert(links, values, "person"))
            return True

        return await self._together(work)

    async def drop_expired_attempts(self, before: datetime) -> int:
        return await self._changed(sa.delete(attempts).where(attempts.c.expires_at < before))

    # -- likes

    async def record_like(self, like: Like) -> None:
        values = {
            "person": like.person,
            "thing": like.thing,
            "name": like.name,
            "guild": like.guild,
            "liked_at": like.liked_at,
        }
        await self._changed(self._upsert(likes, values, "person", "thing"))

    async def forget_like(self, person: int, thing: int) -> bool:
        return await self._changed(sa.delete(likes).where((likes.c.person == person) & (likes.c.thing == thing))) > 0

    async def likes_of(self, person: int, limit: int = 50) -> list[Like]:
        """Newest first."""
        newest = sa.select(likes).where(likes.c.person == person).order_by(likes.c.liked_at.desc()).limit(limit)
        return [Like(r.person, r.thing, r.name, r.guild, r.liked_at) for r in await self._all(newest)]

    async def count_likes(self, person: int) -> int:
        return int(await self._value(sa.select(sa.func.count()).select_from(likes).where(likes.c.person == person)))

    # -- meta

    async def meta(self, name: str) -> str | None:
        return await self._value(sa.select(meta.c.value).where(meta.c.name == name))

    async def set_meta(self, name: str, value: str | None) -> None:
        """Keep a value under a name; None forgets it."""
        if value is None:
            await self._changed(sa.delete(meta).where(meta.c.name == name))
        else:
            await self._changed(self._upsert(meta, {"name": name, "value": value}, "name"))

    async def ping(self) -> None:
        await self._value(sa.select(sa.literal(1)))

    # -- how questions are put

    async def _one(self, question: sa.Executable, **values: int) -> sa.Row[Any] | None:
        return (await self._ask(question, values)).one_or_none()

    async def _all(self, question: sa.Executable) -> list[sa.Row[Any]]:
        return list((await self._ask(question)).all())

    async def _value(self, question: sa.Executable) -> Any:
        return (await self._ask(question)).scalar_one_or_none()

    async def _changed(self, statement: sa.Executable) -> int:
        """How many rows one statement changed."""
        return int((await self._ask(statement)).rowcount)

    async def _ask(self, question: sa.Executable, values: dict[str, int] | None = None) -> sa.CursorResult[Any]:
        async def asked() -> sa.CursorResult[Any]:
            async with self._engine.connect() as connection:
                return await connection.execute(question, values or {})  # pyright: ignore[reportReturnType]

        return await _finished(asked())

    async def _together(self, work: Callable[[AsyncConnection], Awaitable[bool]]) -> bool:
        """Do all of `work`, or nothing."""

        async def done() -> bool:
            async with self._transactional.begin() as connection:
                return await work(connection)

        return await _finished(done())

    def _upsert(self, table: sa.Table, values: dict[str, Any], *key: str) -> sa.Executable:
        insert = postgresql.insert if self._engine.dialect.name == "postgresql" else sqlite.insert
        others = {name: value for name, value in values.items() if name not in key}
        return insert(table).values(values).on_conflict_do_update(index_elements=list(key), set_=others)


async def _finished(work: Coroutine[Any, Any, T]) -> T:
    """The outcome of `work`, which is always brought to its end: SQLAlchemy loses a connection whose user is
    cancelled while getting it. Who is cancelled here is so a moment later.
    """
    task = asyncio.create_task(work)
    with plain_errors():
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            await asyncio.gather(task, return_exceptions=True)
            raise


def _link(row: sa.Row[Any]) -> Link:
    return Link(
        person=row.person,
        maker_id=row.maker_id,
        maker_name=row.maker_name,
        maker_picture=row.maker_picture,
        token=bytes(row.token),
        linked_at=row.linked_at,
        dead_at=row.dead_at,
    )


def _attempt(row: sa.Row[Any]) -> Attempt:
    parked = None
    if row.parked_token is not None:
        parked = Parked(
            token=bytes(row.parked_token),
            maker_id=row.parked_maker_id,
            maker_name=row.parked_maker_name,
            maker_picture=row.parked_maker_picture,
            audience_checked=row.parked_audience_checked,
        )
    return Attempt(
        person=row.person,
        state_hash=bytes(row.state_hash),
        began_at=row.began_at,
        expires_at=row.expires_at,
        tries=row.tries,
        then_like=row.then_like,
        parked=parked,
    )


def _parked_values(parked: Parked | None) -> dict[str, Any]:
    return {
        "parked_token": parked.token if parked else None,
        "parked_maker_id": parked.maker_id if parked else None,
        "parked_maker_name": parked.maker_name if parked else None,
        "parked_maker_picture": parked.maker_picture if parked else None,
        "parked_audience_checked": parked.audience_checked if parked else None,
    }
