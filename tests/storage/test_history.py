"""Each person's history of likes and unlikes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from records import HistoryEntry
from storage.likes import HISTORY_KEPT
from storage.store import Store
from tests.storage.records import ANN, BEN, LINK, NOW, linked


def entry(person: int, minute: int = 0, thing: int = 5) -> HistoryEntry:
    return HistoryEntry(person, NOW + timedelta(minutes=minute), thing, f"thing {thing}", minute % 2 == 0, 200)


async def kept(store: Store, person: int) -> list[HistoryEntry]:
    return await store.history_of(person)


async def test_an_entry_comes_back_as_it_was_newest_first(store: Store) -> None:
    await linked(store)
    store.note_history(entry(ANN, 0))
    store.note_history(entry(ANN, 2))
    store.note_history(entry(ANN, 1))
    assert await kept(store, ANN) == [entry(ANN, 2), entry(ANN, 1), entry(ANN, 0)]
    assert await kept(store, BEN) == []


async def test_an_entry_may_be_about_a_collection(store: Store) -> None:
    await linked(store)
    saved = replace(entry(ANN), collection=2**40, collection_name="To print")
    store.note_history(saved)
    assert await kept(store, ANN) == [saved]


async def test_what_was_begun_is_found_again_until_it_is_ended(store: Store) -> None:
    await linked(store)
    begun = replace(entry(ANN), collection=7, collection_name="To print")
    later = replace(begun, done_at=begun.done_at + timedelta(minutes=1))
    await store.begin_history(begun)
    assert await kept(store, ANN) == [], "nobody knows if it was done"
    assert await store.begun_history(later, NOW - timedelta(days=1)) == replace(begun, unsure=True)
    assert await store.begun_history(later, NOW) is None, "that's too long ago"
    for other in (replace(later, collection=8), replace(later, liked=False), replace(later, maker_id=201)):
        assert await store.begun_history(other, NOW - timedelta(days=1)) is None
    store.note_history(begun)
    assert await kept(store, ANN) == [begun]
    assert await store.begun_history(later, NOW - timedelta(days=1)) is None
    await store.begin_history(later)
    store.forget_history(later)
    assert await store.begun_history(later, NOW - timedelta(days=1)) is None
    assert await kept(store, ANN) == [begun]


async def test_the_last_fifty_are_kept_of_each_person(store: Store) -> None:
    for person in (ANN, BEN):
        await linked(store, replace(LINK, person=person))
    store.note_history(entry(BEN, -500))
    for minute in range(70):
        store.note_history(entry(ANN, minute))
        if minute % 30 == 0:
            await store.settle()
    assert await kept(store, ANN) == [entry(ANN, minute) for minute in range(69, 19, -1)]
    assert await kept(store, BEN) == [entry(BEN, -500)], "whoever does little keeps it"


async def test_fifty_of_one_moment_are_told_apart_by_their_designs(store: Store) -> None:
    await linked(store)
    for thing in range(HISTORY_KEPT + 9):
        store.note_history(entry(ANN, 0, thing))
    assert [each.thing for each in await kept(store, ANN)] == list(range(58, 8, -1))


async def test_people_who_unlinked_get_no_entry(store: Store) -> None:
    await linked(store)
    await linked(store, replace(LINK, person=BEN))
    await store.unlink(ANN)
    store.note_history(entry(ANN))
    store.note_history(entry(BEN))
    assert (await kept(store, ANN), await kept(store, BEN)) == ([], [entry(BEN)])


async def test_the_same_twice_is_one_and_spoils_nothing_beside_it(store: Store) -> None:
    await linked(store)
    store.note_history(entry(ANN))
    await store.settle()
    store.note_history(entry(ANN))
    store.note_history(entry(ANN, 1))
    assert await kept(store, ANN) == [entry(ANN, 1), entry(ANN)]


async def test_old_entries_are_dropped_by_their_time(store: Store) -> None:
    await linked(store)
    for minute in (0, 1, 2):
        store.note_history(entry(ANN, minute))
    await store.settle()
    assert await store.personal.drop_older("deeds", NOW + timedelta(minutes=1)) == 1
    assert [each.done_at for each in await kept(store, ANN)] == [NOW + timedelta(minutes=2), NOW + timedelta(minutes=1)]


async def test_closing_the_store_writes_what_was_noted(store: Store) -> None:
    await linked(store)
    store.note_history(entry(ANN))
    await store.close()
    assert await store.history_of(ANN) == [entry(ANN)]


@pytest.mark.parametrize("minutes", [0, 1])
async def test_an_unlike_keeps_what_it_was(store: Store, minutes: int) -> None:
    await linked(store)
    store.note_history(entry(ANN, minutes))
    (only,) = await kept(store, ANN)
    assert only.liked is (minutes == 0)
