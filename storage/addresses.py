"""DATABASE_URL: what people write there, and what may be shown of it."""

from __future__ import annotations

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from storage.errors import StorageError

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "postgres": "postgresql+asyncpg",
}
# What an address may ask of a driver; another word would reach it as an argument that it does not have.
_OPTIONS = {
    "sqlite+aiosqlite": {"timeout", "cached_statements"},
    "postgresql+asyncpg": {
        *("host", "port", "user", "password", "passfile", "ssl", "target_session_attrs"),
        *("prepared_statement_cache_size", "statement_cache_size"),
    },
}
_FORMS = "Two forms that work: sqlite:///data/thingamabot.db and postgresql://user:password@host/database"


def read_address(address: str) -> URL:
    """An address with the driver that we bring. Raises StorageError, which never repeats the address."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        raise StorageError(f"This is not the address of a database. {_FORMS}") from None
    url = url.set(drivername=_DRIVERS.get(url.drivername, url.drivername))
    if url.drivername not in _OPTIONS:
        raise StorageError(f"This kind of database or driver is not supported. {_FORMS}")
    return _with_known_options(url)


def is_memory(url: URL) -> bool:
    """As people write it, or as it is once it is open."""
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


def _with_known_options(url: URL) -> URL:
    """`sslmode`, as libpq and every host's panel have it, is asyncpg's `ssl`, with the same values."""
    renamed = {("ssl" if name == "sslmode" else name): value for name, value in url.query.items()}
    if url.get_backend_name() == "sqlite":
        renamed = dict(url.query)
    unknown = sorted(set(renamed) - _OPTIONS[url.drivername])
    if unknown:
        raise StorageError(f"The database's address has an option that is not known here: {', '.join(unknown)}")
    return url.set(query=renamed)
