"""The controls for new designs on the panel of the demo's Thingiverse."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import aiohttp

from fakes.thingiverse import FakeThingiverse


async def press(world: FakeThingiverse, what: str, **fields: str) -> str:
    """Press a button, and return the page."""
    async with aiohttp.ClientSession() as session:
        url = f"{world.www_url}/panel/publish"
        async with session.post(url, data={"what": what, **fields}) as answer:
            return await answer.text()


async def test_a_design_is_published_with_its_name_and_tag(world: FakeThingiverse) -> None:
    before = max(world.things)
    page = await press(world, "publish", name="A <b>box</b>", tag="box")
    made = world.things[before + 1]
    assert (made.name, made.tags) == ("A <b>box</b>", ["box"])
    assert "A &lt;b&gt;box&lt;/b&gt;" in page


async def test_one_with_an_old_date_is_too_old_for_feeds(world: FakeThingiverse) -> None:
    await press(world, "old")
    published = world.things[max(world.things)].published
    assert published is not None
    assert published < datetime.now(UTC) - timedelta(days=30)


async def test_the_newest_is_taken_down(world: FakeThingiverse) -> None:
    before = set(world.things)
    await press(world, "publish")
    assert "Nothing published yet" in await press(world, "take_down")
    assert set(world.things) == before
    assert "nothing like that" in await press(world, "take_down")


async def test_pages_shift_while_they_are_read_and_then_no_more(world: FakeThingiverse) -> None:
    await press(world, "shift")
    before = len(world.things)
    headers = {"Authorization": f"Bearer {world.app.app_token}", "User-Agent": "Thingamabot-test/0"}
    async with aiohttp.ClientSession(headers=headers) as session:
        for page in range(1, 9):
            async with session.get(f"{world.api_url}/search/", params={"sort": "newest", "page": str(page)}):
                pass
    assert len(world.things) == before + 5
