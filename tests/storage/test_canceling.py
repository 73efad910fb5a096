"""A canceled query does all of its work or none, and the store keeps working."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Coroutine, Generator, Iterator
from dataclasses import replace
from typing import Any

import pytest

from storage.store import Store
from tests.storage.records import ANN, ATTEMPT, LINK, PARKED, attempt_of, like, linked, state_of

pytestmark = pytest.mark.filterwarnings("error")


@pytest.fixture(autouse=True)
def _lost_connections_are_found() -> Iterator[None]:
    """Fail if SQLAlchemy warns, during garbage collection, about a connection that wasn't returned."""
    yield
    gc.collect()


class CanceledAt:
    """Awaits a coroutine, and cancels its task at the nth await."""

    def __init__(self, coroutine: Coroutine[Any, Any, bool], wait: int) -> None:
        self._coroutine = coroutine
        self._waits = wait

    def __await__(self) -> Generator[Any, Any, bool]:
        step, thrown = self._coroutine.send, None
        while True:
            try:
                awaited = self._coroutine.throw(thrown) if thrown else step(None)
            except StopIteration as done:
                return done.value
            if self._waits == 0:
                asyncio.get_running_loop().call_soon(asyncio.current_task().cancel)
            self._waits -= 1
            thrown = None
            try:
                yield awaited
            except BaseException as error:
                thrown = error


async def was_canceled(coroutine: Coroutine[Any, Any, bool], wait: int) -> bool:
    async def run() -> bool:
        return await CanceledAt(coroutine, wait)

    (outcome,) = await asyncio.gather(asyncio.create_task(run()), return_exceptions=True)
    assert outcome is True or isinstance(outcome, asyncio.CancelledError), outcome
    return outcome is not True


def nothing_is_held(store: Store) -> bool:
    engines = store._engines
    return all(engine.pool.checkedout() == 0 for engine in (engines.reads, engines.writes))


async def test_a_confirmation_canceled_at_each_of_its_waits(store: Store) -> None:
    for wait in range(100):
        await store.unlink(ANN)
        await store.begin_attempt(replace(ATTEMPT, parked=PARKED))
        canceled = await was_canceled(store.confirm(ANN, b"digest", LINK), wait)
        is_linked, still_open = await store.link_of(ANN) is not None, await store.attempt_of(ANN) is not None
        assert is_linked is not still_open, f"wait {wait}"
        assert nothing_is_held(store), f"wait {wait}"
        if not canceled:
            break
    assert wait >= 1
    assert is_linked


async def test_an_unlinking_canceled_at_each_of_its_waits(store: Store) -> None:
    for wait in range(100):
        await linked(store)
        store.note_like(like(ANN, 1))
        await store.begin_attempt(ATTEMPT)
        canceled = await was_canceled(store.unlink(ANN), wait)
        kept = (await store.link_of(ANN) is None, await store.attempt_of(ANN) is None, not await store.likes_of(ANN))
        assert len(set(kept)) == 1, f"wait {wait}"
        assert nothing_is_held(store), f"wait {wait}"
        if not canceled:
            break
    assert wait >= 1
    assert kept == (True, True, True)


async def test_a_read_canceled_at_each_of_its_waits(store: Store) -> None:
    await linked(store)

    async def read() -> bool:
        return await store.link_of(ANN) == LINK

    for wait in range(100):
        canceled = await was_canceled(read(), wait)
        assert await read()
        assert nothing_is_held(store), f"wait {wait}"
        if not canceled:
            break
    assert wait >= (1 if store._engines.on_loop is None else 0), "what is read on the loop waits for nothing"


async def test_a_crowd_of_which_every_third_is_canceled(store: Store) -> None:
    people = range(1, 61)
    for person in people:
        await store.begin_attempt(replace(attempt_of(person), parked=PARKED))
    tasks = [
        asyncio.create_task(store.confirm(person, state_of(person), replace(LINK, person=person))) for person in people
    ]
    for index, task in enumerate(tasks):
        if index % 3 == 0:
            await asyncio.sleep(0)
            task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for person in people:
        is_linked, still_open = await store.link_of(person) is not None, await store.attempt_of(person) is not None
        assert is_linked is not still_open
        assert is_linked or person % 3 == 1
    assert nothing_is_held(store)
