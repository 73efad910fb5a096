"""Turn database failures into sentences for operators."""

from __future__ import annotations

import errno
import sqlite3
import ssl
import sys
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StorageError(Exception):
    """The database failed. The text has no SQL, values, or passwords."""


_LOCKED = "The database is locked by another process."
_FULL = "The database's disk is full."
_READ_ONLY = "The database can't be written to. Check the owner and permissions of its file and folder."
_GONE = "Can't reach the database."
_OUT_OF_FILES = (
    "The bot isn't allowed to open enough files. Raise the limit: `ulimit -n 1024`, or LimitNOFILE=1024 in systemd."
)
_UNTRUSTED = (
    "The database server's certificate isn't trusted. Name its CA file with ?sslrootcert=, or set SSL_CERT_FILE."
)
_OTHER_TIME = (
    "The database server's certificate isn't valid at this machine's time. Check the clock, then the certificate."
)
_OTHER_HOST = "The database server's certificate is for another host. Use the host that it names."
# OpenSSL's codes for what's wrong with a certificate (its x509_vfy.h)
NOT_NOW = {9, 10}  # it begins later, or has ended
OTHER_HOST = {62, 64}  # it has another name, or another IP address
_CERTIFICATE = dict.fromkeys(NOT_NOW, _OTHER_TIME) | dict.fromkeys(OTHER_HOST, _OTHER_HOST)
IS_FOLDER = "That's a folder. Add the database file's name, such as /thingamabot.db."
_IN_A_FILE = "A part of that path is a file, where a folder should be. Check the path."
NO_SHARING = (
    "The database file's drive can't be shared between processes; network drives often can't. Move the file to a "
    "local disk, or use PostgreSQL."
)
NO_DATABASE = "The file isn't a database."
DAMAGED = "The database file is damaged. Restore it from a backup."
_REFUSED = "The database rejected a request."

# https://www.sqlite.org/rescode.html, the low byte
_SQLITE: dict[int, str] = {
    sqlite3.SQLITE_BUSY: _LOCKED,
    sqlite3.SQLITE_LOCKED: _LOCKED,
    sqlite3.SQLITE_FULL: _FULL,
    sqlite3.SQLITE_READONLY: _READ_ONLY,
    sqlite3.SQLITE_PERM: _READ_ONLY,
    sqlite3.SQLITE_CANTOPEN: "Can't open the database file. Check its folder's path and owner.",
    sqlite3.SQLITE_IOERR: "The database's disk has read or write errors.",
    sqlite3.SQLITE_NOTADB: NO_DATABASE,
    sqlite3.SQLITE_PROTOCOL: NO_SHARING,
    sqlite3.SQLITE_NOMEM: "There isn't enough memory for the database.",
    sqlite3.SQLITE_CORRUPT: DAMAGED,
}
# The same page, all bytes: the write-ahead log needs shared memory and locks, which network drives lack.
_SQLITE_EXTENDED: dict[int, str] = {
    sqlite3.SQLITE_IOERR_SHMOPEN: NO_SHARING,
    sqlite3.SQLITE_IOERR_SHMSIZE: NO_SHARING,
    sqlite3.SQLITE_IOERR_SHMLOCK: NO_SHARING,
    sqlite3.SQLITE_IOERR_SHMMAP: NO_SHARING,
    sqlite3.SQLITE_IOERR_LOCK: NO_SHARING,
    sqlite3.SQLITE_IOERR_RDLOCK: NO_SHARING,
    sqlite3.SQLITE_CANTOPEN_ISDIR: IS_FOLDER,
    sqlite3.SQLITE_READONLY_DBMOVED: "The database file was moved or deleted while the bot ran. Restart it.",
}
# https://www.postgresql.org/docs/current/errcodes-appendix.html; the first prefix that matches counts
_POSTGRESQL: dict[str, str] = {
    "53100": _FULL,
    "53": "The database is out of connections or memory.",
    "25006": _READ_ONLY,
    "42501": _READ_ONLY,
    "40": _LOCKED,
    "55P03": _LOCKED,
    "57014": "The database timed out.",
    "25P03": "The database timed out.",
    "28": "The database rejected the user name or password.",
    "3D": "There's no database with that name.",
    "08": _GONE,
    "57P": _GONE,
}
_SYSTEM: dict[int, str] = {
    errno.EACCES: _READ_ONLY,
    errno.EPERM: _READ_ONLY,
    errno.EROFS: _READ_ONLY,
    errno.EISDIR: IS_FOLDER,
    errno.ENOTDIR: _IN_A_FILE,
    errno.EEXIST: _IN_A_FILE,
    errno.ENAMETOOLONG: "That path is too long.",
    errno.ELOOP: "A link in that path leads back to itself. Check the path.",
    errno.EMFILE: _OUT_OF_FILES,
    errno.ENFILE: _OUT_OF_FILES,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
}


@contextmanager
def plain_errors() -> Generator[None]:
    """Turn errors of SQLAlchemy and the drivers into StorageError, because their texts have SQL, values, and URLs."""
    try:
        yield
    except (
        SQLAlchemyError,
        sqlite3.Error,
        *_of_asyncpg("PostgresError", "InterfaceError"),
        OSError,
        UnicodeError,  # an invalid host name
    ) as error:
        raise StorageError(_explain(error)) from None


def _of_asyncpg(*names: str) -> tuple[type[Exception], ...]:
    """Its errors; none if the database isn't PostgreSQL, because importing it takes 3 MB."""
    asyncpg = sys.modules.get("asyncpg")
    return tuple(getattr(asyncpg, name) for name in names) if asyncpg is not None else ()


def _explain(error: BaseException) -> str:
    if isinstance(error, PoolTimeout):
        return "All database connections are in use."
    if isinstance(error, ssl.SSLCertVerificationError):
        return _CERTIFICATE.get(getattr(error, "verify_code", 0), _UNTRUSTED)
    if isinstance(error, _of_asyncpg("ClientConfigurationError")):
        return "The database URL has an option that doesn't fit. Check the part after the question mark."
    if isinstance(error, UnicodeError):
        return _GONE
    if isinstance(error, OSError):
        return _SYSTEM.get(error.errno or 0, _GONE)
    invalidated = isinstance(error, DBAPIError) and error.connection_invalidated
    gone = invalidated or isinstance(error, _of_asyncpg("InterfaceError"))
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    code: int = getattr(cause, "sqlite_errorcode", 0)
    state: str = getattr(cause, "sqlstate", None) or ""
    known = next((sentence for beginning, sentence in _POSTGRESQL.items() if state.startswith(beginning)), None)
    return _SQLITE_EXTENDED.get(code) or _SQLITE.get(code & 0xFF) or known or (_GONE if gone else _REFUSED)
