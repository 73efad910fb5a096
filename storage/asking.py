"""How questions are put to the database, for all who put any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import Engines
from storage.failures import plain_errors

_T = TypeVar("_T")


class Asking:
    """Raises StorageError from any method where the database fails."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def _all(self, question: sa.Executable, **given: Any) -> list[sa.Row[Any]]:
        with plain_errors():
            async with self._engines.reads.connect() as connection:
                return list((await connection.execute(question, given)).all())

    async def _value(self, question: sa.Executable, **given: Any) -> Any:
        rows = await self._all(question, **given)
        return rows[0][0] if rows else None

    async def _change(self, statement: sa.Executable, **given: Any) -> int:
        """How many rows one statement changed."""
        async with self._writing() as connection:
            return (await connection.execute(statement, given)).rowcount

    @asynccontextmanager
    async def _writing(self) -> AsyncGenerator[AsyncConnection]:
        with plain_errors():
            async with self._engines.writes.connect() as connection:
                yield connection

    async def _together(self, work: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        """All of `work`, or nothing. Who is cancelled meanwhile is so once it is done: a connection that is dropped in
        the middle keeps SQLite's lock until the garbage collector finds it.
        """

        async def done() -> _T:
            async with self._engines.transactions.begin() as connection:
                return await work(connection)

        task = asyncio.create_task(done())
        with plain_errors():
            try:
                return await asyncio.shield(task)
            except asyncio.CancelledError:
                await asyncio.gather(task, return_exceptions=True)
                raise
