"""How questions are put to the database: the four ways that all of storage's subjects share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import Engines
from storage.failures import plain_errors

T = TypeVar("T")


class Asking:
    """Raises StorageError from any method where the database fails. Cancelled, a method did all of it or nothing."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def all(self, question: sa.Executable, **given: Any) -> list[sa.Row[Any]]:
        with plain_errors():
            async with self._engines.reads.connect() as connection:
                return list((await connection.execute(question, given)).all())

    async def value(self, question: sa.Executable, **given: Any) -> Any:
        rows = await self.all(question, **given)
        return rows[0][0] if rows else None

    async def change(self, statement: sa.Executable, **given: Any) -> int:
        """How many rows one statement changed."""
        async with self.writing() as connection:
            return (await connection.execute(statement, given)).rowcount

    @asynccontextmanager
    async def writing(self) -> AsyncGenerator[AsyncConnection]:
        with plain_errors():
            async with self._engines.writes.connect() as connection:
                yield connection

    async def together(self, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
        """All of `work`, or nothing. Who is cancelled meanwhile is so once it is done: a connection that is dropped in
        the middle keeps SQLite's lock until the garbage collector finds it.
        """

        async def done() -> T:
            async with self._engines.transactions.begin() as connection:
                return await work(connection)

        task = asyncio.create_task(done())
        with plain_errors():
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                await asyncio.gather(task, return_exceptions=True)
                raise
