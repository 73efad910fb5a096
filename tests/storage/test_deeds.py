"""The record of what was done in people's names."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage import deeds
from storage.records import Deed
from storage.store import Store
from tests.storage.records import ANN, BEN, LINK, NOW, linked


def deed(person: int, minute: int = 0, thing: int = 5) -> Deed:
    return Deed(person, NOW + timedelta(minutes=minute), thing, f"thing {thing}", minute % 2 == 0, 200)


async def kept(store: Store, person: int) -> list[Deed]:
    await store.settle()
    return await store.deeds.of(person)


async def test_a_deed_comes_back_as_it_was_newest_first(store: Store) -> None:
    await linked(store)
    store.note_deed(deed(ANN, 0))
    store.note_deed(deed(ANN, 2))
    store.note_deed(deed(ANN, 1))
    assert await kept(store, ANN) == [deed(ANN, 2), deed(ANN, 1), deed(ANN, 0)]
    assert await kept(store, BEN) == []


async def test_the_last_fifty_are_kept_of_each_person(store: Store) -> None:
    for person in (ANN, BEN):
        await linked(store, replace(LINK, person=person))
    store.note_deed(deed(BEN, -500))
    for minute in range(70):
        store.note_deed(deed(ANN, minute))
        if minute % 30 == 0:
            await store.settle()
    assert await kept(store, ANN) == [deed(ANN, minute) for minute in range(69, 19, -1)]
    assert await kept(store, BEN) == [deed(BEN, -500)], "whoever does little keeps it"


async def test_fifty_of_one_moment_are_told_apart_by_their_designs(store: Store) -> None:
    await linked(store)
    for thing in range(deeds.KEPT + 9):
        store.note_deed(deed(ANN, 0, thing))
    assert [each.thing for each in await kept(store, ANN)] == list(range(58, 8, -1))


async def test_who_is_not_linked_any_more_leaves_no_deed(store: Store) -> None:
    await linked(store)
    await linked(store, replace(LINK, person=BEN))
    await store.unlink(ANN)
    store.note_deed(deed(ANN))
    store.note_deed(deed(BEN))
    assert (await kept(store, ANN), await kept(store, BEN)) == ([], [deed(BEN)])


async def test_the_same_twice_is_one_and_spoils_nothing_beside_it(store: Store) -> None:
    await linked(store)
    store.note_deed(deed(ANN))
    await store.settle()
    store.note_deed(deed(ANN))
    store.note_deed(deed(ANN, 1))
    assert await kept(store, ANN) == [deed(ANN, 1), deed(ANN)]


async def test_old_deeds_are_dropped_by_their_time(store: Store) -> None:
    await linked(store)
    for minute in (0, 1, 2):
        store.note_deed(deed(ANN, minute))
    await store.settle()
    assert await store.deeds.drop_before(NOW + timedelta(minutes=1)) == 1
    assert [each.done_at for each in await kept(store, ANN)] == [NOW + timedelta(minutes=2), NOW + timedelta(minutes=1)]


async def test_deeds_and_likes_go_the_same_way_at_the_end(store: Store) -> None:
    await linked(store)
    store.note_deed(deed(ANN))
    await store.settle(last=True)
    assert await store.deeds.of(ANN) == [deed(ANN)]


@pytest.mark.parametrize("minutes", [0, 1])
async def test_an_unlike_keeps_what_it_was(store: Store, minutes: int) -> None:
    await linked(store)
    store.note_deed(deed(ANN, minutes))
    (only,) = await kept(store, ANN)
    assert only.liked is (minutes == 0)
