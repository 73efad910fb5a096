"""Data from older versions is still there and means the same."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.ext.asyncio import create_async_engine

from storage.database_url import read_url
from storage.store import open_store
from tests.storage.records import ANN, LINK, NOW

MIGRATIONS = Path(__file__).parent.parent.parent / "storage/migrations"


def to_the_first(connection: sa.Connection) -> None:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS))
    command.upgrade(config, "0001")


async def test_links_and_open_attempts_of_the_first_version_live_on(address: str) -> None:
    engine = create_async_engine(read_url(address))
    at = round(NOW.timestamp() * 1000)
    if read_url(address).get_backend_name() == "sqlite":
        Path(str(read_url(address).database)).parent.mkdir(parents=True)
    async with engine.begin() as connection:
        await connection.run_sync(to_the_first)
        await connection.execute(
            sa.text("INSERT INTO links VALUES (:person, 200, 'mira', :picture, :token, :at, NULL)"),
            {"person": ANN, "picture": LINK.maker_picture, "token": LINK.token, "at": at},
        )
        await connection.execute(
            sa.text(
                "INSERT INTO attempts VALUES (:person, :hash, :at, :at, 2, 5, :token, 200, 'mira', NULL, :checked)"
            ),
            {"person": ANN, "hash": b"digest", "at": at, "token": b"\x01keysPARKED", "checked": True},
        )
    await engine.dispose()
    async with open_store(address) as store:
        assert await store.link_of(ANN) == LINK
        attempt = await store.attempt_of(ANN)
        assert attempt is not None
        assert (attempt.tries, attempt.then_like, attempt.asked_as, attempt.state_used_at) == (2, 5, None, None)
        assert attempt.parked is not None
        assert not attempt.parked.waits_for_proof, "it was pasted"
        assert await store.confirm(ANN, b"digest", LINK)
