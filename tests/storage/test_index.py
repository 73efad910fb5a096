"""Designs that were shown, found by their words; on each engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.records import SeenThing
from storage.store import Store
from tests.storage.records import ANN, like, linked

VASE = SeenThing(1, "Twisted vase No. 4", "kumiko", False, "{}")
GEAR = SeenThing(2, "Herringbone gear set", "tobias.k", False, "{}")
ADULT = SeenThing(3, "Figure study", "Mira", True, "{}")
CAFE = SeenThing(4, "Café sign — größer", "mira", False, "{}")
EVERYTHING = (VASE, GEAR, ADULT, CAFE)


async def filled(store: Store, *seen: SeenThing) -> Store:
    for each in seen:
        store.index.note(each)
    await store.index.settle()
    return store


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("vase", [VASE]),
        ("VAS", [VASE]),
        ("gear herring", [GEAR]),
        ("gear vase", []),
        ("tobias", [GEAR]),
        ("figure", []),
        ("café", [CAFE]),
        ("no. 4", [VASE]),
        ('"; DROP TABLE things; --', []),
        ("AND OR NOT NEAR(", []),
        ("vase & !", [VASE]),
        ("*", [CAFE, GEAR, VASE]),
    ],
)
async def test_every_word_begins_one_of_its(store: Store, text: str, found: list[SeenThing]) -> None:
    await filled(store, *EVERYTHING)
    assert sorted(await store.index.things(text), key=lambda s: -s.thing) == found


async def test_a_changed_name_is_found_by_the_new_one_only(store: Store) -> None:
    await filled(store, VASE)
    await filled(store, SeenThing(1, "Straight pot", "kumiko", False, '{"a":1}'))
    assert await store.index.things("vase") == []
    assert [seen.card for seen in await store.index.things("pot")] == ['{"a":1}']


async def test_makers_by_how_their_name_begins(store: Store) -> None:
    await filled(store, *EVERYTHING)
    assert await store.index.makers("M") in (["mira"], ["Mira"])
    assert [name.lower() for name in await store.index.makers("")] == ["kumiko", "mira", "tobias.k"]
    assert await store.index.makers("%") == []


async def test_what_was_seen_is_given_by_number(store: Store) -> None:
    await filled(store, *EVERYTHING)
    assert await store.index.seen([1, 3, 99]) == {1: VASE, 3: ADULT}
    assert await store.index.seen([]) == {}


async def test_old_designs_go_but_not_what_somebody_likes(store: Store) -> None:
    await linked(store)
    store.note_like(like(ANN, 2))
    await store.settle()
    await filled(store, *EVERYTHING)
    assert await store.index.forget(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await store.index.forget(datetime.now(UTC) + timedelta(minutes=1)) == 3
    assert await store.index.things("gear") == [GEAR]
    assert await store.index.things("vase") == []
    await filled(store, VASE)
    assert await store.index.things("vase") == [VASE], "and it may come back"
