"""Values that people set DATABASE_URL to."""

from __future__ import annotations

import ssl

import pytest

from storage.database_url import describe, read_url, sends_in_the_open
from storage.engine import tls_of
from storage.errors import StorageError


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("sqlite:///data/x.db", "sqlite+aiosqlite:///data/x.db"),
        ("sqlite+aiosqlite:////srv/x.db", "sqlite+aiosqlite:////srv/x.db"),
        ("sqlite:///x.db?timeout=9", "sqlite+aiosqlite:///x.db?timeout=9"),
        ("sqlite://", "sqlite+aiosqlite://"),
        ("postgresql://u:p@h/d", "postgresql+asyncpg://u:p@h/d"),
        ("postgres://u:p@h:5433/d", "postgresql+asyncpg://u:p@h:5433/d"),
        ("postgresql+asyncpg://u:p%40@h/d", "postgresql+asyncpg://u:p%40@h/d"),
        ("postgres://u:p@h/d?sslmode=require", "postgresql+asyncpg://u:p@h/d?ssl=require"),
        ("postgresql:///d?host=/run/postgresql", "postgresql+asyncpg:///d?host=%2Frun%2Fpostgresql"),
    ],
)
def test_addresses_get_the_driver_that_we_bring(given: str, read: str) -> None:
    assert read_url(given).render_as_string(hide_password=False) == read


@pytest.mark.parametrize(
    "given",
    [
        "",
        "data/canary.db",
        "mysql://u:canary@h/d",
        "postgresql+psycopg://u:canary@h/d",
        "postgresql://u:canary@h:notaport/d",
        "canary://x",
        "postgresql://u:p@h/d?sslmod=canary",
        "sqlite:///file:x?uri=true",
        "sqlite:///x.db?timeout=canary",
        "sqlite:///x.db?timeout=1&timeout=2",
        "postgresql://u:p@h/d?statement_cache_size=canary",
        "postgresql://u:p@h/d?sslmode=canary",
        "postgresql://u:p@h/d?target_session_attrs=canary",
        "postgresql://u:p@h/d?port=canary",
        "sqlite://canary/x.db",
        "sqlite:///x.db?cached_statements=99999999999",
    ],
)
def test_others_are_refused_in_a_sentence_that_does_not_repeat_them(given: str) -> None:
    with pytest.raises(StorageError) as caught:
        read_url(given)
    assert "canary" not in str(caught.value)
    assert "sqlite:///" in str(caught.value) or "option" in str(caught.value)
    for written in ("sslmode", "ssl"):
        with pytest.raises(StorageError, match=f"impossible value: {written}$"):
            read_url(f"postgresql://u:p@h/d?{written}=no-verify")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("sqlite:///~/bot.db", "~ isn't replaced"),
        ("sqlite:///$HOME/bot.db", "$HOME isn't replaced"),
        ("sqlite:///data/", "That's a folder"),
        ("sqlite://data/bot.db", "three slashes"),
    ],
)
def test_no_file_is_made_where_nobody_looks_for_it(given: str, said: str) -> None:
    with pytest.raises(StorageError) as caught:
        read_url(given)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("sqlite:////srv/bot.db", "/srv/bot.db"),
        ("sqlite:///:memory:", "in memory"),
        ("postgresql://ann:canary@db.example.org:5433/bot?ssl=require", "db.example.org:5433/bot"),
        ("postgresql://h/bot?user=ann&password=canary", "h/bot"),
        ("postgresql:///bot?host=/run/postgresql&password=canary", "/run/postgresql/bot"),
    ],
)
def test_what_is_shown_of_an_address_has_no_password(given: str, shown: str) -> None:
    assert describe(read_url(given)) == shown


@pytest.mark.parametrize(
    ("given", "open_to_others"),
    [
        ("sqlite:///x.db", False),
        ("postgresql://u:p@localhost/d", False),
        ("postgresql://u:p@127.0.0.1:5433/d", False),
        ("postgresql:///d?host=/run/postgresql", False),
        ("postgresql://u:p@db.example.org/d", True),
        ("postgresql://u:p@db.example.org/d?sslmode=require", True),
        ("postgresql://u:p@db.example.org/d?sslmode=verify-full", False),
    ],
)
def test_a_connection_that_others_could_read_along_is_known(given: str, open_to_others: bool) -> None:
    assert sends_in_the_open(read_url(given)) is open_to_others


def test_verified_tls_trusts_what_this_machine_trusts() -> None:
    context = tls_of(read_url("postgresql://u:p@h/d?sslmode=verify-full"))
    assert context is not None
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert tls_of(read_url("postgresql://u:p@h/d?sslmode=require")) is None
    with pytest.raises(StorageError, match="sslrootcert"):
        tls_of(read_url("postgresql://u:p@h/d?sslmode=verify-ca&sslrootcert=/nonexistent"))
