"""Read DATABASE_URL, and describe it without its password."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import IS_FOLDER, StorageError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
# The options that a URL may set. Any other would reach the driver as an unknown argument.
_OPTIONS = {
    "sqlite+aiosqlite": {"timeout", "cached_statements"},
    "postgresql+asyncpg": {
        *("host", "port", "user", "password", "passfile", "ssl", "sslrootcert", "target_session_attrs"),
        *("prepared_statement_cache_size", "statement_cache_size"),
    },
}
_MODES = {"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}
_SESSIONS = {"any", "primary", "standby", "read-write", "read-only", "prefer-standby"}
# The drivers don't check these, and would fail on wrong values.
_CHECKS: dict[str, Callable[[str], bool]] = {
    "timeout": lambda text: text.replace(".", "", 1).isdecimal(),
    "cached_statements": lambda text: text.isdecimal() and len(text) < 7,
    "port": lambda text: text.isdecimal() and 0 < int(text) < 65536,
    "prepared_statement_cache_size": str.isdecimal,
    "statement_cache_size": str.isdecimal,
    "ssl": _MODES.__contains__,
    "target_session_attrs": _SESSIONS.__contains__,
}
_FORMS = "Examples: sqlite:///data/thingamabot.db or postgresql://user:password@host/database"


def read_url(database_url: str) -> URL:
    """The URL with the driver that the bot installs. Raises StorageError, whose text never has the URL."""
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise StorageError(f"This isn't a valid database URL. {_FORMS}") from None
    if "\0" in (url.database or ""):
        raise StorageError(f"This isn't a valid database URL. {_FORMS}")
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.drivername not in _OPTIONS:
        raise StorageError(f"This database or driver isn't supported. {_FORMS}")
    if url.get_backend_name() == "sqlite":
        _refuse_other_file(url)
    return _with_known_options(url)


def _refuse_other_file(url: URL) -> None:
    """Raises StorageError for a path that SQLite would take for another one than people mean."""
    path = url.database or ""
    if url.host:  # it would be dropped
        raise StorageError("The path of the database file comes after three slashes: sqlite:///data/thingamabot.db")
    if path.startswith(("~", "$")):
        raise StorageError(f"{path.partition('/')[0]} isn't replaced in the database's path. Write the whole path.")
    if path.endswith("/"):
        raise StorageError(IS_FOLDER)


def is_memory(url: URL) -> bool:
    """Whether it's SQLite in memory, as people write it or as `open_engines` does."""
    if url.get_backend_name() != "sqlite":
        return False
    return url.database in {None, "", ":memory:"} or url.query.get("mode") == "memory"


def describe(url: URL) -> str:
    """The file's path, or host and database; never a user or a password."""
    if is_memory(url):
        return "in memory"
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    host = url.host or url.query.get("host", "localhost")
    return f"{host}{f':{url.port}' if url.port else ''}/{url.database or ''}"


def sends_in_the_open(url: URL) -> bool:
    """Whether someone between here and the database server could read the traffic or pose as the server."""
    if url.get_backend_name() == "sqlite" or url.query.get("ssl") in {"verify-ca", "verify-full"}:
        return False
    host = url.host or url.query.get("host", "localhost")
    hosts = [host] if isinstance(host, str) else list(host)
    return not all(_is_here(each) for each in hosts)


def _is_here(host: str) -> bool:
    """Whether the host is this machine, or a socket in its file system."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.partition(":")[0] == "localhost" or host.startswith("/")


def _with_known_options(url: URL) -> URL:
    """Rename libpq's `sslmode` to asyncpg's `ssl`, which takes the same values. Raises StorageError."""
    renamed = {("ssl" if name == "sslmode" else name): value for name, value in url.query.items()}
    if url.get_backend_name() == "sqlite":
        renamed = dict(url.query)
    unknown = sorted(set(renamed) - _OPTIONS[url.drivername])
    if unknown:
        raise StorageError(f"The database URL has an unknown option: {', '.join(unknown)}. Remove it.")
    wrong = sorted(
        "sslmode" if name == "ssl" and name not in url.query else name
        for name, value in renamed.items()
        if not _is_possible(name, value)
    )
    if wrong:
        raise StorageError(f"The database URL has an option with an impossible value: {', '.join(wrong)}")
    return url.set(query=renamed)


def _is_possible(name: str, value: str | tuple[str, ...]) -> bool:
    if not isinstance(value, str):  # given more than once, which only works with several servers
        return name in {"host", "port"}
    return bool(value.isascii() and _CHECKS[name](value)) if name in _CHECKS else True
