"""The questions that every press of a button asks: one row, by its key.

On SQLite such a row is read in about ten microseconds. To have it read by another thread, as all else is, costs fifty
times that, nearly all of it spent waiting for the interpreter's lock; measured, it halved the likes a second. So these
few are read where they are asked, and only if the database is not free that instant does a thread wait for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from storage.engine import Engines
from storage.failures import plain_errors

_Row = Sequence[Any]


class Quick:
    """A question with whole numbers for arguments, compiled once; rows come as the driver has them."""

    def __init__(self, engines: Engines, question: sa.Select[Any]) -> None:
        compiled = question.compile(dialect=engines.reads.dialect)
        self._engine = engines.reads
        self._at_once = engines.at_once
        self._text = str(compiled)
        self._order: Sequence[str] = compiled.positiontup or ()
        self._ask = _ask_postgresql if engines.reads.dialect.name == "postgresql" else _ask_sqlite

    async def first(self, **given: int) -> _Row | None:
        values = [given[name] for name in self._order]
        if self._at_once is not None:
            try:
                return self._at_once.execute(self._text, values).fetchone()
            except sqlite3.OperationalError:  # busy, or worse: the patient way says which
                return await self._patiently(values)
        return await self._patiently(values)

    async def _patiently(self, values: list[int]) -> _Row | None:
        with plain_errors():
            async with self._engine.connect() as connection:
                driver = (await connection.get_raw_connection()).driver_connection
                return await self._ask(driver, self._text, values)


async def _ask_sqlite(driver: Any, text: str, given: list[int]) -> _Row | None:
    rows = list(await driver.execute_fetchall(text, given))
    return rows[0] if rows else None


async def _ask_postgresql(driver: Any, text: str, given: list[int]) -> _Row | None:
    row = await driver.fetchrow(text, *given)
    return None if row is None else tuple(row)
