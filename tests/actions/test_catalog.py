"""The catalog of designs: how many requests it needs, and what it suggests."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest

from actions.catalog import FEATURED, LAST_PAGE, NEWEST, Catalog
from actions.known_things import KnownThings
from fakes.thingiverse import FakeThingiverse
from storage.store import open_store
from thingiverse.askers import asked_by
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.errors import Forbidden, ShareUsedUp
from thingiverse.filters import Filters
from thingiverse.shelf import Shelf
from thingiverse.transport import Transport

ANN, BEN = 101, 102
GEARS = 1_038


@asynccontextmanager
async def open_catalog(world: FakeThingiverse, budget: int = 300) -> AsyncGenerator[Catalog]:
    async with aiohttp.ClientSession() as session, open_store("sqlite://") as store:
        transport = Transport(session, user_agent="Thingamabot", budget=Budget(budget), timeout=2.0)
        thingiverse = Thingiverse(transport, api_url=world.api_url, www_url=world.www_url)
        shelf = Shelf()
        yield Catalog(thingiverse, shelf, KnownThings(store.designs), app_token=world.app.app_token)
        await shelf.close()


@pytest.fixture
async def catalog(world: FakeThingiverse) -> AsyncGenerator[Catalog]:
    async with open_catalog(world) as catalog:
        yield catalog


async def test_pages_past_the_end_are_not_asked_for(world: FakeThingiverse, catalog: Catalog) -> None:
    first = await catalog.popular()
    assert first.value.total is not None
    asked = len(world.requests)
    for page in (4, 77, 2**40, 2**63 - 1):
        assert (await catalog.popular(page)).value.things == ()
    assert len(world.requests) == asked
    assert (await catalog.popular(2)).value.things, "and what is there is read"


async def test_where_no_total_is_known_there_is_still_a_last_page(world: FakeThingiverse, catalog: Catalog) -> None:
    assert (await catalog.designs("mira", LAST_PAGE + 1)).value.things == ()
    assert (await catalog.search("gear", Filters(), 2**63 - 1)).value.things == ()
    assert world.requests == []


async def test_what_is_kept_and_what_is_under_way_costs_no_share(world: FakeThingiverse) -> None:
    async with open_catalog(world, budget=20) as catalog:
        with asked_by(ANN):
            for n in range(6):
                await catalog.search(f"gear {n}", Filters())
            with pytest.raises(ShareUsedUp):
                await catalog.search("one more", Filters())
            assert (await catalog.search("gear 0", Filters())).value is not None
        with asked_by(BEN):
            assert (await catalog.popular()).value.things
        with asked_by(ANN):
            assert (await catalog.popular()).value.things


async def test_lists_with_different_filters_are_kept_apart(world: FakeThingiverse, catalog: Catalog) -> None:
    for filters in (NEWEST, FEATURED, Filters(sort="newest", has_makes=True), Filters(sort="newest", remixes=True)):
        await catalog.search("", filters)
    assert len(world.requests) == 4


async def test_before_anything_is_typed_the_popular_ones_are_suggested_in_their_order(catalog: Catalog) -> None:
    listed = [thing.id for thing in (await catalog.popular()).value.things if not thing.is_nsfw]
    await catalog.thing(listed[7])
    catalog.seen.show([(await catalog.thing(listed[9])).value])
    assert [each.thing for each in await catalog.suggestions("")] == listed[:25]
    assert [each.thing for each in await catalog.suggestions("  ")] == listed[:25]


async def test_what_was_only_looked_at_in_private_is_never_suggested(world: FakeThingiverse, catalog: Catalog) -> None:
    world.add_thing(9_001, name="Zebra stand")
    private = (await catalog.thing(9_001)).value
    await catalog.search("zebra", Filters())
    assert await catalog.suggestions("zebra") == []
    assert await catalog.seen.makers("ada") == []
    catalog.seen.show([private])
    assert [each.thing for each in await catalog.suggestions("zebra")] == [9_001]


async def test_suggestions_do_not_tell_who_looked_last(catalog: Catalog) -> None:
    found = (await catalog.search("gear", Filters())).value.things
    catalog.seen.show(found)
    before = await catalog.suggestions("gear")
    for thing in found[-1:], found[:1], found[3:4]:
        catalog.seen.note(thing[0])
        catalog.seen.show(thing)
    assert await catalog.suggestions("gear") == before


@pytest.mark.parametrize("hidden", [{"is_published": 0}, {"is_published": False}, {"is_private": True}])
async def test_what_is_not_published_is_shown_to_nobody_and_never_suggested(
    world: FakeThingiverse, catalog: Catalog, hidden: dict[str, object]
) -> None:
    world.add_thing(9_002, name="Secret gearbox", **hidden)
    with pytest.raises(Forbidden):
        await catalog.thing(9_002)
    await catalog.search("gear", Filters())
    world.things[9_002].name = "Secret gearbox"
    listed = (await catalog.search("secret", Filters())).value.things
    catalog.seen.show(listed)
    assert [thing.id for thing in listed] == []
    assert await catalog.suggestions("secret") == []
    assert catalog.seen.known(9_002) is None
