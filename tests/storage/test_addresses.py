"""What people write into DATABASE_URL."""

from __future__ import annotations

import pytest

from storage.addresses import describe, read_address
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
    assert read_address(given).render_as_string(hide_password=False) == read


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
    ],
)
def test_others_are_refused_in_a_sentence_that_does_not_repeat_them(given: str) -> None:
    with pytest.raises(StorageError) as caught:
        read_address(given)
    assert "canary" not in str(caught.value)
    assert caught.value.cause_kind == "other"
    assert "sqlite:///" in str(caught.value) or "option" in str(caught.value)


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
    assert describe(read_address(given)) == shown
