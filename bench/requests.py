"""How many requests Thingiverse sees for what people ask, counted at a Thingiverse of our own."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp

from actions.seen import Seen
from actions.showcase import NEWEST, Showcase
from demo.thingiverse import FakeThingiverse
from storage.store import open_store
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.models import Filters
from thingiverse.shelf import Shelf
from thingiverse.transport import Transport

PEOPLE = 50


async def print_requests() -> None:
    async with FakeThingiverse() as world, _showcase(world) as showcase:
        asked: dict[str, Callable[[], Awaitable[object]]] = {
            "/popular": lambda: showcase.popular(1),
            "/newest": lambda: showcase.search("", NEWEST, 1),
            "/search gear": lambda: showcase.search("gear", Filters(sort="makes"), 1),
            "/maker mira": lambda: showcase.designs("mira", 1),
            "/collection, its things": lambda: showcase.collected(16_001, 1),
            "a design's remixes": lambda: showcase.similar(1_001, 1),
            "a design": lambda: showcase.thing(1_001),
            "a design's pictures": lambda: showcase.pictures(1_001),
            "a design's files": lambda: showcase.files(1_001),
            "suggestions while typing": lambda: showcase.seen.suggestions("gear"),
        }
        for name, ask in asked.items():
            world.clear_requests()
            await asyncio.gather(*(ask() for _ in range(PEOPLE)))
            print(f"requests when {PEOPLE} people ask at once for {name}: {len(world.requests)}")


@asynccontextmanager
async def _showcase(world: FakeThingiverse) -> AsyncGenerator[Showcase]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with open_store(f"sqlite:///{folder}/bench.db") as store, aiohttp.ClientSession() as session:
            transport = Transport(session, user_agent="Thingamabot (bench)", budget=Budget(), timeout=10)
            client = Thingiverse(transport, api_url=world.api_url, www_url=world.www_url)
            shelf = Shelf()
            yield Showcase(client, shelf, Seen(store.index), app_token=world.app.app_token)
            await shelf.close()


if __name__ == "__main__":
    asyncio.run(print_requests())
