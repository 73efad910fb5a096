"""Key rotation while people link, values are damaged, and the process is interrupted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog.testing

from operations import keys, rotation
from operations.failures import StartError
from records import Link
from storage.store import Store, open_store
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, Unopenable, Vault, new_key
from tests.storage.records import ANN, ATTEMPT, LINK, PARKED, linked

OLD, NEW = new_key(), new_key()
OLDER, BOTH, NEWER = (Vault.from_text(text) for text in (OLD, f"{NEW},{OLD}", NEW))
PEOPLE = range(100, 130)


@pytest.fixture
def address(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'bot.db'}"


@pytest.fixture
async def store(address: str) -> AsyncGenerator[Store]:
    async with open_store(address) as store:
        yield store


def link_of(person: int, vault: Vault = OLDER, *, of: int | None = None) -> Link:
    """The person's link; with `of`, it has another person's encrypted token."""
    return replace(LINK, person=person, token=vault.seal(f"token {person}", person=of or person, column=LINK_TOKEN))


async def opened(store: Store, person: int, vault: Vault) -> str:
    link = await store.link_of(person)
    assert link is not None
    return vault.open(link.token, person=person, column=LINK_TOKEN)


async def fill(store: Store) -> None:
    for person in PEOPLE:
        await linked(store, link_of(person))
    parked = replace(PARKED, token=OLDER.seal("parked", person=ANN, column=ATTEMPT_TOKEN))
    await store.begin_attempt(replace(ATTEMPT, parked=parked))


async def rotate(store: Store, batch: int = 4) -> rotation.Rotation:
    return await rotation.rotate(store, BOTH, lambda _: None, batch=batch)


async def test_afterwards_the_new_key_alone_opens_everything(store: Store) -> None:
    await fill(store)
    counted: list[int] = []
    done = await rotation.rotate(store, BOTH, counted.append, batch=4)
    assert (done.sealed, sum(counted), max(counted)) == (31, 31, 4)
    assert await opened(store, 100, NEWER) == "token 100"
    attempt = await store.attempt_of(ANN)
    assert NEWER.open(attempt.parked.token, person=ANN, column=ATTEMPT_TOKEN) == "parked"
    said = rotation.report(done, await store.seals.count_by_key(), BOTH.key_ids)
    assert said == ["✓ Re-encrypted 31. The first key now encrypts 31.", "✓ You can remove key 2 from TOKEN_KEYS."]
    assert (await rotate(store)).sealed == 0, "once is enough"


async def test_a_key_that_still_seals_something_must_be_kept() -> None:
    said = rotation.report(rotation.Rotation(), {OLDER.key_ids[0]: 2}, BOTH.key_ids)
    assert said[-1] == "✗ Key 2 in TOKEN_KEYS still encrypts 2. Keep it and run this again."


async def test_swapped_altered_and_cut_values_cost_only_their_own_links(store: Store) -> None:
    await fill(store)
    await linked(store, link_of(100, of=101))
    await linked(store, link_of(101, of=100))
    altered = bytearray(link_of(102).token)
    altered[-1] ^= 1
    await linked(store, replace(LINK, person=102, token=bytes(altered)))
    await linked(store, replace(LINK, person=103, token=link_of(103).token[:9]))
    await linked(store, replace(LINK, person=104, token=b"\x01\x02"))
    done = await rotate(store)
    assert done.damaged == {100, 101, 102, 103, 104}
    for person in done.damaged:
        link = await store.link_of(person)
        assert (link.token, link.dead_at is not None) == (b"", True)
    for person in PEOPLE:
        if person not in done.damaged:
            assert await opened(store, person, NEWER) == f"token {person}"
    said = "\n".join(rotation.report(done, await store.seals.count_by_key(), BOTH.key_ids))
    assert "have to link again" in said
    assert "You can remove key 2 from TOKEN_KEYS" in said, "nobody can open the damaged ones anyway"


async def test_a_value_whose_key_is_not_here_is_left_as_it_is(store: Store) -> None:
    foreign = link_of(100, Vault.from_text(new_key()))
    await linked(store, foreign)
    done = await rotate(store)
    assert (done.without_key, done.damaged) == ({100}, set())
    assert await store.link_of(100) == foreign


async def test_who_links_again_meanwhile_keeps_the_newer_token(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(store)
    plain = store.seals.replace

    async def slowly(name: str, changes: list) -> int:
        newer = replace(LINK, person=105, token=OLDER.seal("newer", person=105, column=LINK_TOKEN))
        monkeypatch.setattr(store.seals, "replace", plain)
        await linked(store, newer)
        return await plain(name, changes)

    monkeypatch.setattr(store.seals, "replace", slowly)
    await rotate(store, batch=100)
    assert await opened(store, 105, NEWER) == "newer", "and the second round has sealed it anew"


async def test_interrupted_it_goes_on_and_loses_nothing(store: Store) -> None:
    await fill(store)
    steps = asyncio.Semaphore(0)
    task = asyncio.create_task(rotation.rotate(store, BOTH, lambda _: steps.release(), batch=4))
    for _ in range(3):
        await steps.acquire()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    counts = await store.seals.count_by_key()
    assert 0 < counts[BOTH.key_ids[0]] < 31
    for person in PEOPLE:
        assert await opened(store, person, BOTH) == f"token {person}", "old and new lie side by side"
    assert (await rotate(store)).sealed == 31 - counts[BOTH.key_ids[0]]


# -- earlier keys


async def test_a_key_that_was_dropped_too_early_stops_the_start(store: Store) -> None:
    await keys.require_keys(store, OLDER)
    await linked(store, link_of(100))
    with pytest.raises(StartError, match="is missing the key"):
        await keys.require_keys(store, NEWER)
    await keys.require_keys(store, BOTH)


async def test_without_a_note_of_earlier_keys_an_unknown_one_counts_as_dropped(store: Store) -> None:
    await linked(store, link_of(100))
    with pytest.raises(StartError, match="is missing the key"):
        await keys.require_keys(store, NEWER)


async def test_a_damaged_value_does_not_keep_the_bot_from_starting(store: Store) -> None:
    await keys.require_keys(store, OLDER)
    await linked(store, link_of(100))
    await linked(store, replace(LINK, person=101, token=b"\x01\xff\xff\xff\xff" + b"x" * 40))
    with structlog.testing.capture_logs() as said:
        await keys.require_keys(store, OLDER)
    assert [(line["event"], line["count"]) for line in said] == [("damaged values found", 1)]


async def test_a_bot_that_runs_without_the_new_key_is_not_locked_out(store: Store) -> None:
    await keys.require_started_with(store, BOTH)
    await keys.note_start(store, OLDER)
    with pytest.raises(StartError, match="Restart the bot, then run this again"):
        await keys.require_started_with(store, BOTH)
    await keys.note_start(store, BOTH)
    await keys.require_started_with(store, BOTH)
    assert not {OLD, NEW} & set((await store.meta("keys") or "").split('"')), "ids, not keys"


def test_only_whole_values_of_an_unknown_key_are_taken_for_the_operators_fault() -> None:
    for value in (b"", b"\x01", b"\x01abc", b"\x02" + OLDER.seal("x", person=1, column=LINK_TOKEN)[1:]):
        with pytest.raises(Unopenable) as caught:
            NEWER.open(value, person=1, column=LINK_TOKEN)
        assert type(caught.value) is Unopenable
