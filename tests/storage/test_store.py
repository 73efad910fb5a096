"""The store works the same on every engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from records import Like
from storage.errors import StorageError
from storage.store import Store, open_store
from tests.storage.records import ANN, ATTEMPT, BEN, LINK, NOW, PARKED, attempt_of, like, link_people, linked, state_of
from tests.storage.schema import HEAD, version_of


async def test_nobody_is_known_at_first(store: Store) -> None:
    assert await store.link_of(ANN) is None
    assert await store.link_and_like(ANN, 1) == (None, False)
    assert await store.attempt_of(ANN) is None
    assert await store.attempt_with_state(b"digest") is None
    assert await store.likes_of(ANN) == []
    assert await store.others_linked(ANN, 200) == []
    assert (await store.count_links(), await store.count_likes(ANN)) == (0, 0)
    assert await store.seals.count_by_key() == {}
    assert await store.meta("a") is None


# -- links


async def test_a_link_comes_back_as_it_was(store: Store) -> None:
    await linked(store)
    assert await store.link_of(ANN) == LINK
    assert type((await store.link_of(ANN)).token) is bytes
    assert await store.link_of(BEN) is None
    assert await store.attempt_of(ANN) is None, "the attempt is used up"
    assert await store.count_links() == 1


async def test_a_newer_link_replaces_the_older_and_is_alive(store: Store) -> None:
    await linked(store)
    assert await store.mark_dead(ANN, LINK.token, NOW)
    assert (await store.link_of(ANN)).dead_at == NOW
    newer = replace(LINK, maker_name="kumiko", maker_picture=None, token=b"\x01keysNEWER")
    await linked(store, replace(newer, dead_at=NOW))
    assert await store.link_of(ANN) == newer
    assert not await store.mark_dead(ANN, LINK.token, NOW), "an old token's death is not the new one's"
    assert not await store.mark_dead(BEN, newer.token, NOW)


async def test_who_has_linked_an_account(store: Store) -> None:
    await linked(store)
    await linked(store, replace(LINK, person=BEN, linked_at=NOW - timedelta(days=1)))
    await linked(store, replace(LINK, person=8, maker_id=201))
    assert await store.others_linked(ANN, 200) == [BEN]
    assert await store.others_linked(9, 200) == [BEN, ANN]


async def test_unlinking_deletes_all_of_one_person_and_nothing_of_another(store: Store) -> None:
    for person in (ANN, BEN):
        await linked(store, replace(LINK, person=person))
        store.note_like(like(person, 1))
        await store.begin_attempt(attempt_of(person))
    assert await store.unlink(ANN)
    assert not await store.unlink(ANN)
    assert (await store.link_of(ANN), await store.attempt_of(ANN), await store.likes_of(ANN)) == (None, None, [])
    assert await store.link_of(BEN) is not None
    assert await store.attempt_of(BEN) is not None
    assert len(await store.likes_of(BEN)) == 1


async def test_unlinking_forgets_likes_and_attempts_of_the_unlinked_as_well(store: Store) -> None:
    store.note_like(like(ANN, 1))
    await store.begin_attempt(ATTEMPT)
    assert not await store.unlink(ANN)
    assert (await store.attempt_of(ANN), await store.likes_of(ANN)) == (None, [])


async def test_which_keys_are_in_use(store: Store) -> None:
    await linked(store, replace(LINK, token=b"\x01aaaa" + b"x" * 40))
    await linked(store, replace(LINK, person=8, token=b"\x01aaaa" + b"y" * 40))
    await store.begin_attempt(replace(attempt_of(BEN), parked=replace(PARKED, token=b"\x01\x00\xff\x00b" + b"x" * 40)))
    await store.begin_attempt(attempt_of(9))
    assert await store.seals.count_by_key() == {b"aaaa": 2, b"\x00\xff\x00b": 1}


# -- attempts


async def test_an_attempt_comes_back_as_it_was_and_the_next_replaces_it(store: Store) -> None:
    first = replace(ATTEMPT, parked=replace(PARKED, audience_checked=False), tries=3)
    await store.begin_attempt(first)
    assert await store.attempt_of(ANN) == first
    assert (await store.attempt_of(ANN)).parked.audience_checked is False
    second = replace(ATTEMPT, state_hash=b"other", then_like=None)
    await store.begin_attempt(second)
    assert await store.attempt_of(ANN) == second
    assert await store.attempt_with_state(b"digest") is None


async def test_a_state_has_one_owner(store: Store) -> None:
    await store.begin_attempt(replace(ATTEMPT, expires_at=NOW - timedelta(days=1)))
    assert (await store.attempt_with_state(b"digest")).person == ANN, "expired or not"
    with pytest.raises(StorageError):
        await store.begin_attempt(replace(ATTEMPT, person=BEN))
    assert (await store.attempt_with_state(b"digest")).person == ANN


async def test_parking_and_confirming_need_the_same_attempt(store: Store) -> None:
    await store.begin_attempt(ATTEMPT)
    assert not await store.park(ANN, b"older", PARKED)
    assert not await store.park(BEN, b"digest", PARKED)
    assert not await store.confirm(ANN, b"digest", LINK), "nothing is parked yet"
    assert await store.park(ANN, b"digest", PARKED)
    assert (await store.attempt_of(ANN)) == replace(ATTEMPT, parked=PARKED)
    assert not await store.confirm(ANN, b"older", LINK)
    assert not await store.confirm(BEN, b"digest", replace(LINK, person=BEN))
    assert await store.confirm(ANN, b"digest", LINK)
    assert not await store.confirm(ANN, b"digest", LINK), "once"


async def test_what_was_parked_can_be_taken_away_and_the_attempt_goes_on(store: Store) -> None:
    await store.begin_attempt(replace(ATTEMPT, parked=PARKED))
    await store.unpark(ANN)
    assert await store.attempt_of(ANN) == ATTEMPT
    assert not await store.confirm(ANN, b"digest", LINK)
    await store.unpark(BEN)


async def test_tries_are_counted(store: Store) -> None:
    assert await store.count_try(ANN) == 0
    await store.begin_attempt(ATTEMPT)
    assert sorted(await asyncio.gather(*(store.count_try(ANN) for _ in range(9)))) == list(range(1, 10))
    assert (await store.attempt_of(ANN)).tries == 9


async def test_attempts_are_closed_and_dropped_when_they_have_run_out(store: Store) -> None:
    await store.begin_attempt(ATTEMPT)
    assert await store.close_attempt(ANN)
    assert not await store.close_attempt(ANN)
    await store.begin_attempt(ATTEMPT)
    await store.begin_attempt(replace(attempt_of(BEN), expires_at=NOW + timedelta(minutes=11)))
    assert await store.drop_expired_attempts(NOW + timedelta(minutes=11)) == 1
    assert await store.attempt_of(ANN) is None
    assert await store.attempt_of(BEN) is not None


# -- likes


async def test_likes_are_kept_once_newest_first(store: Store) -> None:
    await link_people(store, [ANN, BEN])
    for thing in (1, 2, 3):
        store.note_like(like(ANN, thing, minute=thing))
    again = Like(ANN, 1, "renamed", 9, NOW + timedelta(hours=1))
    await store.settle()
    store.note_like(again)
    store.note_like(like(BEN, 4))
    assert [like.thing for like in await store.likes_of(ANN)] == [1, 3, 2]
    assert await store.likes_of(ANN, limit=1) == [again]
    assert await store.count_likes(ANN) == 3


async def test_the_link_and_the_like_come_in_one_answer(store: Store) -> None:
    store.note_like(like(ANN, 2))
    assert await store.link_and_like(ANN, 2) == (None, False), "who is not linked has nothing to undo"
    await linked(store)
    store.note_like(like(ANN, 2))
    assert await store.link_and_like(ANN, 2) == (LINK, True)
    assert await store.link_and_like(ANN, 3) == (LINK, False)
    await store.settle()
    assert await store.link_and_like(ANN, 2) == (LINK, True)
    store.note_unlike(ANN, 2)
    assert await store.link_and_like(ANN, 2) == (LINK, False), "before it is written"
    await store.settle()
    assert await store.link_and_like(ANN, 2) == (LINK, False)
    assert await store.likes_of(ANN) == []


async def test_a_like_that_is_written_while_it_is_asked_about_is_not_missed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await linked(store)
    store.note_like(like(ANN, 2))
    ask = store._row

    async def ask_and_settle(*given: Any, **values: int) -> object:
        row = await ask(*given, **values)
        await store.settle()
        return row

    monkeypatch.setattr(store, "_row", ask_and_settle)
    assert await store.link_and_like(ANN, 2) == (LINK, True)


async def test_the_last_word_on_a_like_counts(store: Store) -> None:
    await linked(store)
    for _ in range(3):
        store.note_like(like(ANN, 2))
        store.note_unlike(ANN, 2)
    assert await store.count_likes(ANN) == 0
    store.note_unlike(ANN, 2)
    store.note_like(like(ANN, 2))
    assert await store.count_likes(ANN) == 1


async def test_likes_are_written_a_moment_later_without_being_asked(store: Store) -> None:
    await link_people(store, range(100))
    for person in range(100):
        store.note_like(like(person, 1))
    await store._noted_likes._later
    rows = await store._all(sa.text("SELECT count(*) FROM likes"))
    assert rows[0][0] == 100


async def test_what_was_noted_is_there_after_closing(address: str) -> None:
    async with open_store(address) as store:
        await linked(store)
        store.note_like(like(ANN, 2))
    async with open_store(address) as store:
        assert await store.count_likes(ANN) == 1


async def test_closing_while_likes_are_being_written_loses_none(address: str) -> None:
    async with open_store(address) as store:
        await link_people(store, range(5_000))
        for person in range(5_000):
            store.note_like(like(person, 1))
        await asyncio.sleep(0.12)
    async with open_store(address) as store:
        assert (await store._all(sa.text("SELECT count(*) FROM likes")))[0][0] == 5_000


async def test_nothing_noted_comes_back_after_unlinking(store: Store) -> None:
    await linked(store)
    store.note_like(like(ANN, 2))
    later = store._noted_likes._later
    assert await store.unlink(ANN)
    await later
    assert await store.likes_of(ANN) == []


async def test_a_like_is_recorded_only_while_its_person_is_linked(store: Store) -> None:
    await linked(store, replace(LINK, person=BEN))
    for person in (ANN, BEN):
        store.note_like(like(person, 2))
    assert (await store.count_likes(ANN), await store.count_likes(BEN)) == (0, 1)
    again = replace(like(BEN, 2, minute=5), name="renamed")
    store.note_like(again)
    await store.settle()
    assert await store.likes_of(BEN) == [again]


# -- the rest


async def test_notes_are_kept_replaced_and_forgotten(store: Store) -> None:
    await store.set_meta("a", "1")
    await store.set_meta("a", "2")
    await store.set_meta("b", "")
    assert (await store.meta("a"), await store.meta("b")) == ("2", "")
    await store.set_meta("a", None)
    await store.set_meta("a", None)
    assert (await store.meta("a"), await store.meta("b")) == (None, "")


async def test_it_answers_and_knows_its_version(store: Store) -> None:
    await store.ping()
    assert await version_of(store) == HEAD


async def test_many_at_once_get_their_own_answers(store: Store) -> None:
    people = range(1, 40)
    await asyncio.gather(*(linked(store, replace(LINK, person=person, maker_id=person)) for person in people))
    found = await asyncio.gather(*(store.link_of(person) for person in people))
    assert [link.maker_id for link in found if link] == list(people)


async def test_of_two_who_confirm_at_once_one_does(store: Store) -> None:
    await store.begin_attempt(replace(ATTEMPT, parked=PARKED))
    done = await asyncio.gather(*(store.confirm(ANN, state_of(ANN), LINK) for _ in range(5)))
    assert sorted(done) == [False, False, False, False, True]


async def test_a_time_without_its_zone_is_refused(store: Store) -> None:
    with pytest.raises(StorageError):
        await store.begin_attempt(replace(ATTEMPT, began_at=datetime(2026, 5, 1)))


# -- attempts on the linking page

LANDED = replace(PARKED, browser_hash=b"browser", until=NOW + timedelta(minutes=5))


async def test_a_state_is_used_up_by_the_first_who_comes_with_it(store: Store) -> None:
    await store.begin_attempt(ATTEMPT)
    done = await asyncio.gather(*(store.park(ANN, b"digest", LANDED, uses_state_at=NOW) for _ in range(5)))
    assert sorted(done) == [False, False, False, False, True]
    assert await store.attempt_of(ANN) == replace(ATTEMPT, parked=LANDED, state_used_at=NOW)


async def test_what_landed_is_confirmed_only_once_it_is_proven(store: Store) -> None:
    await store.begin_attempt(replace(ATTEMPT, parked=LANDED))
    assert not await store.confirm(ANN, state_of(ANN), LINK)
    assert not await store.prove(ANN, b"another browser")
    assert not await store.prove(BEN, b"browser")
    assert not await store.confirm(ANN, state_of(ANN), LINK)
    assert await store.prove(ANN, b"browser")
    assert await store.confirm(ANN, state_of(ANN), LINK)


async def test_a_browser_is_found_and_a_sign_in_is_used_up_once(store: Store) -> None:
    attempt = replace(ATTEMPT, parked=LANDED, asked_as="ann")
    await store.begin_attempt(attempt)
    assert await store.attempt_in_browser(b"browser") == attempt
    assert await store.attempt_in_browser(b"another") is None
    assert await store.expect_sign_in(b"browser", b"first")
    assert await store.expect_sign_in(b"browser", b"second")
    assert not await store.use_up_sign_in(b"browser", b"first"), "it was replaced"
    assert await store.use_up_sign_in(b"browser", b"second")
    assert not await store.use_up_sign_in(b"browser", b"second")
    assert not await store.expect_sign_in(b"another", b"third")


async def test_a_parked_token_is_forgotten_in_time_and_its_attempt_goes_on(store: Store) -> None:
    await store.begin_attempt(replace(ATTEMPT, parked=LANDED))
    assert await store.drop_expired_attempts(NOW + timedelta(minutes=4)) == 0
    assert (await store.attempt_of(ANN)).parked == LANDED
    assert await store.drop_expired_attempts(NOW + timedelta(minutes=6)) == 0
    assert await store.attempt_of(ANN) == ATTEMPT
    assert await store.drop_expired_attempts(NOW + timedelta(minutes=11)) == 1


async def test_what_was_parked_late_may_wait_its_time(store: Store) -> None:
    await store.begin_attempt(replace(ATTEMPT, parked=replace(LANDED, until=NOW + timedelta(minutes=14))))
    assert await store.drop_expired_attempts(NOW + timedelta(minutes=11)) == 0
    assert await store.drop_expired_attempts(NOW + timedelta(minutes=15)) == 1
