"""Searches with filters, makers, collections, and details of a design."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.thingiverse import FakeThingiverse
from thingiverse.answers import Answer, read, read_each
from thingiverse.client import Thingiverse
from thingiverse.details import Details, File, Picture
from thingiverse.errors import Forbidden, NotFound, Unexpected
from thingiverse.filters import Filters
from thingiverse.models import Collection, Maker

CAPTURED = Path(__file__).parent.parent.parent.parent / "shared" / "research" / "thingiverse-json"


def captured(name: str) -> Any:
    path = CAPTURED / name
    if not path.exists():
        pytest.skip("the captured answers are not here")
    found = json.loads(path.read_text())
    return found["response"]["body"] if isinstance(found, dict) and "response" in found else found


async def test_filters_are_sent_as_the_search_takes_them(client: Thingiverse, world: FakeThingiverse) -> None:
    everything = Filters(
        sort="makes", license="ccsa", category=62, days=30, has_makes=True, remixes=False, featured=True
    )
    await client.search("vase", token=world.app.app_token, filters=everything)
    assert world.requests[-1].query == {
        "page": "1",
        "per_page": "30",
        "type": "things",
        "sort": "makes",
        "license": "ccsa",
        "category_id": "62",
        "posted_after": "now-30d",
        "has_makes": "1",
        "is_derivative": "0",
        "is_featured": "1",
    }
    await client.search("vase", token=world.app.app_token)
    assert set(world.requests[-1].query) == {"page", "per_page", "type", "sort"}


async def test_a_makers_designs(client: Thingiverse, world: FakeThingiverse) -> None:
    token = world.app.app_token
    designs = await client.designs("mira", token=token)
    assert {thing.maker and thing.maker.name for thing in designs.things} == {"mira"}
    assert designs.things[0].maker is not None
    assert designs.things[0].maker.count_of_designs == len(designs.things)
    assert (await client.maker("mira", token=token)).name == "mira"
    with pytest.raises(NotFound):
        await client.designs("nobody", token=token)
    assert (await client.designs("mira", 9, token=token)).things == (), "past the end there is nothing, and no error"


@pytest.mark.parametrize("name", ["..", ".", "a/b", "x?y#z", "%2e%2e"])
async def test_no_name_leads_elsewhere(client: Thingiverse, world: FakeThingiverse, name: str) -> None:
    with pytest.raises(NotFound):
        await client.designs(name, token=world.app.app_token)
    assert all(seen.path.startswith("/api/users/") for seen in world.requests)


async def test_collections(client: Thingiverse, world: FakeThingiverse) -> None:
    token = world.app.app_token
    assert (await client.collection(16_001, token=token)).name == "Gears that teach"
    assert (await client.collected(16_001, token=token)).things
    assert (await client.collected(16_003, token=token)).things == ()
    with pytest.raises(NotFound):
        await client.collected(99, token=token)


async def test_pictures_files_remixes_and_a_draw(client: Thingiverse, world: FakeThingiverse) -> None:
    token = world.app.app_token
    assert next(picture.url for picture in await client.pictures(1519, token=token)) == (
        f"{world.www_url}/pictures/1519.png"
    )
    files = await client.files(1519, token=token)
    assert [(file.name.rpartition(".")[2], file.size) for file in files] == [
        ("stl", 1_284_084),
        ("3mf", 412_877),
        ("txt", None),
    ]
    assert [thing.id for thing in (await client.remixes(1001, token=token)).things] == [1519]
    assert len(await client.random_ids(token=token)) == 5
    assert {category.name for category in await client.categories(token=token)} >= {"Household", "Hobby"}


@pytest.mark.parametrize("what", ["pictures", "files"])
async def test_of_what_is_not_there(client: Thingiverse, world: FakeThingiverse, what: str) -> None:
    ask: Callable[..., Awaitable[object]] = getattr(client, what)
    with pytest.raises(NotFound):
        await ask(424242, token=world.app.app_token)
    with pytest.raises(Forbidden):
        await ask(5006, token=world.app.app_token)


async def test_details_of_a_design(client: Thingiverse, world: FakeThingiverse) -> None:
    thing = await client.thing(1519, token=world.app.app_token)
    assert [parent.id for parent in thing.ancestors] == [1001]
    assert thing.settings["infill"] == "15 %"
    assert thing.settings["filament material"] == "PLA"
    assert thing.text_html.startswith("<div>")
    listed = thing.as_listed()
    assert not isinstance(listed, Details)
    assert (listed.id, listed.name, listed.like_count) == (thing.id, thing.name, thing.like_count)
    assert listed.is_liked is None


def test_captured_answers_are_understood() -> None:
    thing = msgspec.convert(captured("things_922740.json"), Details, strict=False)
    assert [parent.id for parent in thing.ancestors] == [608169]
    assert thing.large_picture is not None
    assert "Compatibility" in thing.text_html
    other = msgspec.convert(captured("http_GET_things_4049220_200.json"), Details, strict=False)
    assert other.ancestors == ()
    assert other.settings == {}
    pictures = msgspec.convert(captured("things_922740_images.json"), list[Picture], strict=False)
    assert all(picture.url and "display" in picture.url for picture in pictures)
    collection = msgspec.convert(captured("http_GET_collections_16696069_200.json"), Collection, strict=False)
    assert (collection.name, collection.count) == ("Printer Upgrades", 47)
    maker = msgspec.convert(captured("http_GET_users_floppy_uk_200.json"), Maker, strict=False)
    assert (maker.name, maker.count_of_followers, maker.location) == ("floppy_uk", 32, "UK")


nested = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
fields = ["description", "description_html", "details_parts", "ancestors", "default_image"]


@given(st.dictionaries(st.sampled_from(fields), nested))
def test_what_is_odd_in_details_costs_only_that(given_: dict[str, Any]) -> None:
    thing = read(Answer(200, {}, json.dumps({"id": 1, "name": "kept", **given_}).encode()), Details)
    assert thing.name == "kept"
    assert isinstance(thing.ancestors, tuple)
    assert isinstance(thing.settings, dict)
    assert isinstance(thing.text_html + thing.text, str)
    assert thing.large_picture is None or thing.large_picture.startswith("http")


@pytest.mark.parametrize(
    ("body", "names"),
    [
        (b"null", []),
        (b"[]", []),
        (b'[{"name": "a"}, 5, null, {"name": 7, "size": "x"}, {"name": "b"}]', ["a", "b"]),
    ],
)
def test_one_broken_item_costs_only_itself(body: bytes, names: list[str]) -> None:
    assert [file.name for file in read_each(Answer(200, {}, body), File)] == names


@pytest.mark.parametrize("body", [b'{"a": 1}', b"[5, 6]", b"nonsense", b""])
def test_what_is_no_list_of_them_is_unexpected(body: bytes) -> None:
    with pytest.raises(Unexpected):
        read_each(Answer(200, {}, body), File)
