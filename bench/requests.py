"""Count the requests Thingiverse gets for what people do, with the fake Thingiverse."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from actions.catalog import NEWEST, Catalog
from fakes.thingiverse import FakeThingiverse
from settings import Settings
from storage.vault import new_key
from thingiverse.filters import Filters
from wiring.actions import open_actions

PEOPLE = 50


async def print_requests() -> None:
    async with FakeThingiverse() as world, _catalog(world) as catalog:
        asked: dict[str, Callable[[], Awaitable[object]]] = {
            "/popular": lambda: catalog.popular(1),
            "/newest": lambda: catalog.search("", NEWEST, 1),
            "/search gear": lambda: catalog.search("gear", Filters(sort="makes"), 1),
            "/maker mira": lambda: catalog.designs("mira", 1),
            "/collection, its things": lambda: catalog.collected(16_001, 1),
            "a design's remixes": lambda: catalog.similar(1_001, 1),
            "a design": lambda: catalog.thing(1_001),
            "a design's pictures": lambda: catalog.pictures(1_001),
            "a design's files": lambda: catalog.files(1_001),
            "suggestions while typing": lambda: catalog.seen.suggestions("gear"),
        }
        for name, ask in asked.items():
            world.clear_requests()
            await asyncio.gather(*(ask() for _ in range(PEOPLE)))
            print(f"requests when {PEOPLE} people ask at once for {name}: {len(world.requests)}")


@asynccontextmanager
async def _catalog(world: FakeThingiverse) -> AsyncGenerator[Catalog]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        settings = Settings.model_validate(
            {
                "discord_token": "none",
                "thingiverse_client_id": world.app.client_id,
                "thingiverse_app_token": world.app.app_token,
                "thingiverse_api_url": world.api_url,
                "thingiverse_url": world.www_url,
                "token_keys": new_key(),
                "database_url": f"sqlite:///{folder}/bench.db",
            }
        )
        async with open_actions(settings) as actions:
            yield actions.catalog


if __name__ == "__main__":
    asyncio.run(print_requests())
