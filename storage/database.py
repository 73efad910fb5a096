"""Run statements on the database. Each subject's class builds on this."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import cache
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from storage.engine import Engines
from storage.errors import plain_errors

_T = TypeVar("_T")


class WouldWait(Exception):
    """It can't be read on the event loop."""


class Database:
    """Every method raises StorageError when the database fails.

    Statements that every press runs, or that run once per row, are constants. In them, a parameter's name ends in an
    underscore; a column's new value has the column's name.
    """

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    async def _all(self, statement: sa.Executable, **given: Any) -> list[sa.Row[Any]]:
        with plain_errors():
            async with self._engines.reads.connect() as connection:
                return list((await connection.execute(statement, given)).all())

    async def _value(self, statement: sa.Executable, **given: Any) -> Any:
        """The first column of the first row, or None."""
        rows = await self._all(statement, **given)
        return rows[0][0] if rows else None

    async def _row(self, statement: sa.Select[Any], **given: int | bytes) -> Sequence[Any] | None:
        """One row, by its key. Every button press reads one.

        On SQLite this takes about ten microseconds on the event loop. In a thread, like all other reads, it takes
        fifty times that, mostly to get the interpreter's lock, which halved the likes per second when measured. It
        uses a thread only if the database is locked. `statement` is a constant, because it's compiled once.
        """
        try:
            return self._row_now(statement, **given)
        except WouldWait:
            rows = await self._all(statement, **given)
            return rows[0] if rows else None

    def _row_now(self, statement: sa.Select[Any], **given: int | bytes) -> Sequence[Any] | None:
        """The same. Raises WouldWait if that takes a thread."""
        if self._engines.on_loop is None:
            raise WouldWait
        text, order, readers = _compiled(statement, type(self._engines.reads.dialect))
        try:
            row = self._engines.on_loop.execute(text, [given[name] for name in order]).fetchone()
        except sqlite3.OperationalError:  # locked or broken: the read in a thread waits, or raises the right error
            raise WouldWait from None
        return None if row is None else [read(value) for read, value in zip(readers, row, strict=True)]

    async def _change(self, statement: sa.Executable, **given: Any) -> int:
        """Run one statement, and return how many rows it changed."""
        async with self._writing() as connection:
            return (await connection.execute(statement, given)).rowcount

    async def _change_all(self, *statements: sa.Executable) -> list[int]:
        """Run statements in one transaction. Returns how many rows each changed."""

        async def work(connection: AsyncConnection) -> list[int]:
            return [(await connection.execute(each)).rowcount for each in statements]

        return await self._together(work)

    @asynccontextmanager
    async def _writing(self) -> AsyncGenerator[AsyncConnection]:
        with plain_errors():
            async with self._engines.writes.connect() as connection:
                yield connection

    async def _together(self, work: Callable[[AsyncConnection], Awaitable[_T]]) -> _T:
        """Run `work` in one transaction.

        If the caller is canceled, it still waits for the end: a connection dropped in the middle of a transaction keeps
        SQLite's lock until it's garbage-collected.
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

    def _upsert(self, table: sa.Table, only_if: sa.ColumnElement[bool] | None = None) -> sa.Executable:
        """Insert a row, or replace the one with the same key. With `only_if`, do nothing unless that is true."""
        return _upsert(self._engines.dialect, table, only_if)

    def _insert_unless_there(self, table: sa.Table, values: dict[str, Any] | None = None) -> sa.Executable:
        """Insert a row, or many given as parameters, and leave those as they are whose key is there."""
        insert: Any = _insert_of(self._engines.dialect)(table)
        return (insert if values is None else insert.values(values)).on_conflict_do_nothing()


@cache
def _upsert(dialect: str, table: sa.Table, only_if: sa.ColumnElement[bool] | None) -> sa.Executable:
    insert: Any = _insert_of(dialect)(table)
    if only_if is not None:
        given = [sa.bindparam(column.name, type_=column.type) for column in table.c]
        insert = insert.from_select(list(table.c.keys()), sa.select(*given).where(only_if))
    others = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
    return insert.on_conflict_do_update(index_elements=table.primary_key.columns, set_=others)


def _insert_of(dialect: str) -> Callable[[sa.Table], sa.Insert]:
    """SQLAlchemy's own INSERT for a database, which alone has ON CONFLICT."""
    if dialect == "postgresql":
        from sqlalchemy.dialects.postgresql import insert
    else:
        from sqlalchemy.dialects.sqlite import insert
    return insert


@cache
def _compiled(
    statement: sa.Select[Any], dialect: type[sa.Dialect]
) -> tuple[str, Sequence[str], list[Callable[[Any], Any]]]:
    """The text, its parameters' order, and what reads each column. It takes a millisecond."""
    compiled = statement.compile(dialect=dialect())
    types = [column.type.dialect_impl(compiled.dialect) for column in statement.selected_columns]
    readers = [each.result_processor(compiled.dialect, None) or _as_it_is for each in types]
    return str(compiled), compiled.positiontup or (), readers


def _as_it_is(value: Any) -> Any:
    return value


def values_of(record: Any) -> dict[str, Any]:
    """A record's values by column. dataclasses.asdict copies each of them, which takes ten times as long."""
    return {name: getattr(record, name) for name in record.__slots__}


def columns_of(row: sa.Row[Any]) -> dict[str, Any]:
    """A row's values by column."""
    return dict(row._mapping)  # pyright: ignore[reportPrivateUsage]
