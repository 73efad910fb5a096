"""Requests about collections, where the API's description leaves several answers open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from fakes.thingiverse import FakeThingiverse
from thingiverse.answers import Answer, read
from thingiverse.client import Thingiverse
from thingiverse.errors import Forbidden, NotFound, Refused
from thingiverse.models import Collection

RECORDED = Path(__file__).parents[3] / "shared/research/thingiverse-json/http_GET_collections_16696069_200.json"


async def test_own_collections_come_page_by_page(client: Thingiverse, world: FakeThingiverse) -> None:
    for number in range(60):
        world.collect("mira", f"No. {number}")
    token = world.token_for("mira")
    first, more = await client.collecting.own(token=token)
    second, last = await client.collecting.own(2, token=token)
    assert (len(first), more, len(second), last) == (50, True, 11, False)
    with pytest.raises(NotFound):
        await client.collecting.own(token=world.token_for("bricole"))


@pytest.mark.parametrize("path", ["slash", "bare"])
async def test_a_collection_is_created_once_at_either_path(
    client: Thingiverse, world: FakeThingiverse, path: str
) -> None:
    world.settings.create_path = path  # pyright: ignore[reportAttributeAccessIssue]
    made = await client.collecting.create("To print", token=world.token_for("mira"))
    assert made is not None
    assert [each.name for each in world.collections_of("mira")].count("To print") == 1
    world.settings.create_says = "ok"
    assert await client.collecting.create("Another", token=world.token_for("mira")) is None


async def test_adding_and_removing(client: Thingiverse, world: FakeThingiverse) -> None:
    token, mine = world.token_for("mira"), world.collect("mira", "Mine")
    await client.collecting.add(mine.id, 1038, token=token)
    await client.collecting.remove(mine.id, 1038, token=token)
    assert mine.things == []
    with pytest.raises(NotFound):
        await client.collecting.remove(mine.id, 1038, token=token)
    with pytest.raises(NotFound):
        await client.collecting.add(99_999, 1038, token=token)
    with pytest.raises(Forbidden):
        await client.collecting.add(16_002, 1038, token=token)
    world.settings.double_save = "400"
    mine.things.append(1038)
    with pytest.raises(Refused):
        await client.collecting.add(mine.id, 1038, token=token)


@pytest.mark.skipif(not RECORDED.exists(), reason="the recorded responses aren't here")
def test_a_recorded_collection_is_read() -> None:
    body = json.loads(RECORDED.read_text(encoding="utf-8"))["response"]["body"]
    found = read(Answer(200, {"content-type": "application/json"}, json.dumps(body).encode()), Collection)
    assert (found.id, found.name, found.count) == (16_696_069, "Printer Upgrades", 47)
