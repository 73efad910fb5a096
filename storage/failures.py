"""What SQLAlchemy and the drivers raise, turned into StorageError."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from storage.errors import Kind, StorageError

_Said = tuple[Kind, str]

_LOCKED: _Said = ("busy", "The database is locked by another process.")
_FULL: _Said = ("full", "The disk that the database is on is full.")
_READ_ONLY: _Said = ("readonly", "The database may not be written to. Check who owns it, its file and its folder.")
_GONE: _Said = ("unreachable", "The database cannot be reached.")
_REFUSED: _Said = ("other", "The database refused a request.")

# https://www.sqlite.org/rescode.html, the low byte
_SQLITE: dict[int, _Said] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: ("unreachable", "The database file cannot be opened. Check its folder's path and owner."),
    sqlite3.SQLITE_IOERR: ("other", "The disk that the database is on does not read or write."),
    sqlite3.SQLITE_NOTADB: ("other", "The file is not a database."),
    sqlite3.SQLITE_CORRUPT: ("other", "The database file is damaged. Put back a copy of it."),
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html; the first beginning that fits
_POSTGRESQL: dict[str, _Said] = {
    "53100": _FULL,
    "53": ("busy", "The database has no connection or memory left for us."),
    "25006": _READ_ONLY,
    "42501": _READ_ONLY,
    "40": _LOCKED,
    "55P03": _LOCKED,
    "57014": ("busy", "The database took too long and gave up."),
    "28": ("unreachable", "The database refuses the user or the password."),
    "3D": ("unreachable", "There is no database of that name."),
    "08": _GONE,
    "57P": _GONE,
}
_SYSTEM: dict[int, _Said] = {
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EROFS: _READ_ONLY,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
}


@contextmanager
def plain_errors() -> Generator[None]:
    """Let nothing of a driver's out: its texts hold SQL, values and addresses."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
        kind, sentence = _explain(error)
        raise StorageError(sentence, kind) from None


def _explain(error: BaseException) -> _Said:
    if isinstance(error, PoolTimeout):
        return "busy", "Every connection to the database is in use."
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0, _GONE)
    gone = isinstance(error, asyncpg.InterfaceError) or (isinstance(error, DBAPIError) and error.connection_invalidated)
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code: int = getattr(cause, "sqlite_errorcode", 0)
    state: str = getattr(cause, "sqlstate", None) or ""
    known = next((said for beginning, said in _POSTGRESQL.items() if state.startswith(beginning)), None)
    return _SQLITE.get(code & 0xFF) or known or (_GONE if gone else _REFUSED)
