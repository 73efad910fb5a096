"""What every engine must answer alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.ext.asyncio import create_async_engine

from storage.engine import read_address
from storage.errors import StorageError
from storage.records import Attempt, Like, Link, Parked
from storage.store import Store, open_store
from storage.tables import metadata

NOW = datetime(2026, 5, 1, 12, 0, 0, 123000, tzinfo=UTC)
ANN, BEN = 2**62, 7  # Discord ids need 64 bits
LINK = Link(ANN, 200, "mira", "https://example.org/m.png", b"\x01keysSEALED", NOW)
PARKED = Parked(b"\x01keysPARKED", 200, "mira", None, True)
ATTEMPT = Attempt(ANN, b"digest", NOW, NOW + timedelta(minutes=10), then_like=5)


async def linked(store: Store, link: Link = LINK) -> None:
    await store.begin_attempt(replace(ATTEMPT, person=link.person, parked=PARKED))
    assert await store.confirm(link.person, b"digest", link)


async def test_nobody_is_linked_at_first(store: Store) -> None:
    assert await store.link_of(ANN) is None
    assert await store.link_and_like(ANN, 1) == (None, False)
    assert await store.attempt_of(ANN) is None
    assert await store.count_links() == 0
    assert await store.sealed_key_ids() == set()


async def test_a_link_comes_back_as_it_was(store: Store) -> None:
    await linked(store)
    assert await store.link_of(ANN) == LINK
    assert await store.link_of(BEN) is None
    assert await store.attempt_of(ANN) is None, "the attempt is used up"
    assert await store.count_links() == 1


async def test_an_attempt_comes_back_as_it_was_and_the_next_replaces_it(store: Store) -> None:
    await store.begin_attempt(replace(ATTEMPT, parked=PARKED, tries=3))
    assert await store.attempt_of(ANN) == replace(ATTEMPT, parked=PARKED, tries=3)
    await store.begin_attempt(replace(ATTEMPT, state_hash=b"other", then_like=None))
    assert await store.attempt_of(ANN) == replace(ATTEMPT, state_hash=b"other", then_like=None)


async def test_parking_and_confirming_need_the_same_attempt(store: Store) -> None:
    await store.begin_attempt(ATTEMPT)
    assert not await store.park(ANN, b"older", PARKED)
    assert not await store.confirm(ANN, b"digest", LINK), "nothing is parked yet"
    assert await store.park(ANN, b"digest", PARKED)
    assert not await store.confirm(ANN, b"older", LINK)
    assert await store.confirm(ANN, b"digest", LINK)
    assert not await store.confirm(ANN, b"digest", LINK), "once"


async def test_a_newer_link_replaces_the_older_and_is_alive(store: Store) -> None:
    await linked(store)
    assert await store.mark_dead(ANN, LINK.token, NOW)
    assert (await store.link_of(ANN)).dead_at == NOW
    newer = replace(LINK, maker_name="kumiko", token=b"\x01keysNEWER")
    await linked(store, newer)
    assert await store.link_of(ANN) == newer
    assert not await store.mark_dead(ANN, LINK.token, NOW), "an old token's death is not the new one's"


async def test_tries_are_counted(store: Store) -> None:
    assert await store.count_try(ANN) == 0
    await store.begin_attempt(ATTEMPT)
    assert [await store.count_try(ANN) for _ in range(3)] == [1, 2, 3]


async def test_attempts_are_closed_and_dropped_when_they_have_run_out(store: Store) -> None:
    await store.begin_attempt(ATTEMPT)
    assert await store.close_attempt(ANN)
    assert not await store.close_attempt(ANN)
    await store.begin_attempt(ATTEMPT)
    await store.begin_attempt(replace(ATTEMPT, person=BEN, expires_at=NOW + timedelta(hours=1)))
    assert await store.drop_expired_attempts(NOW + timedelta(minutes=11)) == 1
    assert await store.attempt_of(ANN) is None
    assert await store.attempt_of(BEN) is not None


async def test_likes_are_kept_once_newest_first(store: Store) -> None:
    for minute, thing in enumerate([1, 2, 3]):
        await store.record_like(Like(ANN, thing, f"thing {thing}", None, NOW + timedelta(minutes=minute)))
    await store.record_like(Like(ANN, 1, "renamed", 9, NOW + timedelta(hours=1)))
    assert [like.thing for like in await store.likes_of(ANN)] == [1, 3, 2]
    assert (await store.likes_of(ANN, limit=1))[0] == Like(ANN, 1, "renamed", 9, NOW + timedelta(hours=1))
    assert await store.count_likes(ANN) == 3
    await linked(store)
    assert await store.link_and_like(ANN, 2) == (LINK, True)
    assert await store.forget_like(ANN, 2)
    assert not await store.forget_like(ANN, 2)
    assert await store.link_and_like(ANN, 2) == (LINK, False)


async def test_unlinking_deletes_all_of_one_person_and_nothing_of_another(store: Store) -> None:
    await linked(store)
    await linked(store, replace(LINK, person=BEN))
    for person in (ANN, BEN):
        await store.record_like(Like(person, 1, "x", None, NOW))
        await store.begin_attempt(replace(ATTEMPT, person=person))
    assert await store.unlink(ANN)
    assert not await store.unlink(ANN)
    assert (await store.link_of(ANN), await store.attempt_of(ANN), await store.likes_of(ANN)) == (None, None, [])
    assert await store.link_of(BEN) is not None
    assert len(await store.likes_of(BEN)) == 1


async def test_which_keys_are_in_use(store: Store) -> None:
    await linked(store, replace(LINK, token=b"\x01aaaa" + b"x" * 40))
    await store.begin_attempt(replace(ATTEMPT, person=BEN, parked=replace(PARKED, token=b"\x01bbbb" + b"x" * 40)))
    assert await store.sealed_key_ids() == {b"aaaa", b"bbbb"}


async def test_meta_remembers_and_forgets(store: Store) -> None:
    await store.set_meta("a", "1")
    await store.set_meta("a", "2")
    assert await store.meta("a") == "2"
    await store.set_meta("a", None)
    assert await store.meta("a") is None


async def test_many_at_once_get_their_own_answers(store: Store) -> None:
    people = range(1, 40)
    await asyncio.gather(*(linked(store, replace(LINK, person=person, maker_id=person)) for person in people))
    found = await asyncio.gather(*(store.link_of(person) for person in people))
    assert [link.maker_id for link in found if link] == list(people)


async def test_what_a_cancelled_task_began_is_undone_and_the_store_goes_on(store: Store) -> None:
    """Cancelled after 0, 1, 2 … steps: the link is all there or not at all, and the next question is answered."""
    outcomes: set[bool] = set()
    for steps in range(60):
        await store.unlink(ANN)
        await store.begin_attempt(replace(ATTEMPT, parked=PARKED))
        task = asyncio.create_task(store.confirm(ANN, b"digest", LINK))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        is_linked = await store.link_of(ANN) is not None
        still_open = await store.attempt_of(ANN) is not None
        assert is_linked is not still_open
        outcomes.add(is_linked)
        await store.set_meta("works", str(steps))
    assert False in outcomes


async def test_the_migrations_make_the_tables_that_are_declared(address: str) -> None:
    async with open_store(address):
        pass
    engine = create_async_engine(read_address(address))
    async with engine.connect() as connection:
        differences = await connection.run_sync(
            lambda sync: compare_metadata(MigrationContext.configure(sync), metadata)
        )
    await engine.dispose()
    assert differences == []


async def test_opening_again_changes_nothing(address: str) -> None:
    async with open_store(address) as store:
        await linked(store)
    async with open_store(address) as store:
        assert await store.link_of(ANN) == LINK


async def test_a_database_from_the_future_is_refused(address: str) -> None:
    async with open_store(address):
        pass
    engine = create_async_engine(read_address(address))
    async with engine.begin() as connection:
        await connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    await engine.dispose()
    with pytest.raises(StorageError, match="newer version"):
        async with open_store(address):
            pass


async def test_two_may_open_an_empty_database_together(address: str) -> None:
    async def open_and_ask() -> int:
        async with open_store(address) as store:
            return await store.count_links()

    assert await asyncio.gather(*(open_and_ask() for _ in range(4))) == [0, 0, 0, 0]


async def test_records_and_errors_show_no_sealed_value(store: Store) -> None:
    shown = repr(LINK) + repr(PARKED) + repr(replace(ATTEMPT, parked=PARKED))
    assert "SEALED" not in shown
    assert "PARKED" not in shown
    assert "digest" not in shown
    with pytest.raises(StorageError) as caught:
        await store.set_meta("canary\x00name", object())  # type: ignore[arg-type]
    assert "canary" not in str(caught.value)
    assert Path(__file__).name not in str(caught.value)
