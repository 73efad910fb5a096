"""Searching designs that were shown, on each engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from records import SeenThing
from storage.store import Store
from tests.storage.records import ANN, like, linked

VASE = SeenThing(1, "Twisted vase No. 4", "kumiko", False, "{}")
GEAR = SeenThing(2, "Herringbone gear set", "tobias.k", False, "{}")
ADULT = SeenThing(3, "Figure study", "Mira", True, "{}")
CAFE = SeenThing(4, "Café sign — größer", "mira", False, "{}")
EVERYTHING = (VASE, GEAR, ADULT, CAFE)


async def filled(store: Store, *seen: SeenThing) -> Store:
    for each in seen:
        store.designs.note(each)
    await store.designs.settle()
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
    assert sorted(await store.designs.things(text), key=lambda s: -s.thing) == found


async def test_a_changed_name_is_found_by_the_new_one_only(store: Store) -> None:
    await filled(store, VASE)
    await filled(store, SeenThing(1, "Straight pot", "kumiko", False, '{"a":1}'))
    assert await store.designs.things("vase") == []
    assert [seen.card for seen in await store.designs.things("pot")] == ['{"a":1}']


async def test_makers_by_how_their_name_begins(store: Store) -> None:
    await filled(store, *EVERYTHING)
    assert await store.designs.makers("M") in (["mira"], ["Mira"])
    assert [name.lower() for name in await store.designs.makers("")] == ["kumiko", "mira", "tobias.k"]
    assert await store.designs.makers("%") == []


async def test_what_was_seen_is_given_by_number(store: Store) -> None:
    await filled(store, *EVERYTHING)
    assert await store.designs.seen([1, 3, 99]) == {1: VASE, 3: ADULT}
    assert await store.designs.seen([]) == {}


async def test_old_designs_go_but_not_what_somebody_likes(store: Store) -> None:
    await linked(store)
    store.note_like(like(ANN, 2))
    await store.settle()
    await filled(store, *EVERYTHING)
    assert await store.designs.forget(datetime.now(UTC) - timedelta(days=1)) == 0
    assert await store.designs.forget(datetime.now(UTC) + timedelta(minutes=1)) == 3
    assert await store.designs.things("gear") == [GEAR]
    assert await store.designs.things("vase") == []
    await filled(store, VASE)
    assert await store.designs.things("vase") == [VASE], "and it may come back"


async def test_only_so_many_designs_are_kept_and_the_newest_of_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store.designs, "most", 2)
    await linked(store)
    store.note_like(like(ANN, VASE.thing))
    await store.settle()
    for each in EVERYTHING:
        await filled(store, each)
    assert await store.designs.forget(datetime.now(UTC) - timedelta(days=1)) == 1
    assert set(await store.designs.seen([1, 2, 3, 4])) == {VASE.thing, ADULT.thing, CAFE.thing}, "what is liked stays"
