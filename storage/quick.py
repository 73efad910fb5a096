"""The questions that every press of a button asks, put to the driver itself.

A cursor of SQLAlchemy's over aiosqlite goes to the database's thread and back four times; the driver's own call goes
once, and takes a fifth of the processor's time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from storage.failures import plain_errors

_Row = Sequence[Any]


class Quick:
    """A question with whole numbers for arguments, compiled once; rows come as the driver has them."""

    def __init__(self, engine: AsyncEngine, question: sa.Select[Any]) -> None:
        compiled = question.compile(dialect=engine.dialect)
        self._engine = engine
        self._text = str(compiled)
        self._order: Sequence[str] = compiled.positiontup or ()
        self._ask = _ask_postgresql if engine.dialect.name == "postgresql" else _ask_sqlite

    async def first(self, **given: int) -> _Row | None:
        with plain_errors():
            async with self._engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                return await self._ask(driver, self._text, [given[name] for name in self._order])


async def _ask_sqlite(driver: Any, text: str, given: list[int]) -> _Row | None:
    rows = list(await driver.execute_fetchall(text, given))
    return rows[0] if rows else None


async def _ask_postgresql(driver: Any, text: str, given: list[int]) -> _Row | None:
    row = await driver.fetchrow(text, *given)
    return None if row is None else tuple(row)
