"""A process is killed with SIGKILL, without any cleanup."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from operations.rotation import rotate
from storage.store import open_store
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, Vault, new_key
from tests.storage.records import ANN, ATTEMPT, LINK, PARKED, like, linked

pytestmark = pytest.mark.slow  # repeated kills

ROOT = Path(__file__).parent.parent.parent

_STOPPING = """
import asyncio, sys, time
from sqlalchemy import event
from storage.store import open_store
from tests.storage.records import ANN, LINK

address, moment, act = sys.argv[1:]

def stop(said):
    if said.startswith(moment):
        print("here", flush=True)
        time.sleep(60)

async def main():
    async with open_store(address) as store:
        engine = store._engines.transactions.sync_engine
        event.listen(engine, "before_cursor_execute", lambda c, cursor, statement, *rest: stop(statement))
        event.listen(engine, "commit", lambda c: stop("commit"))
        await (store.confirm(ANN, b"digest", LINK) if act == "confirm" else store.unlink(ANN))
        stop("done")

asyncio.run(main())
"""


def kill_at(moment: str, act: str, address: str) -> None:
    command = [sys.executable, "-c", _STOPPING, address, moment, act]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"here\n"
        process.kill()


@pytest.mark.parametrize("moment", ["INSERT INTO links", "commit", "done"])
async def test_killed_while_confirming(address: str, moment: str) -> None:
    async with open_store(address) as store:
        await store.begin_attempt(replace(ATTEMPT, parked=PARKED))
    kill_at(moment, "confirm", address)
    async with open_store(address) as store:
        left = (await store.link_of(ANN), await store.attempt_of(ANN))
        assert left == ((LINK, None) if moment == "done" else (None, replace(ATTEMPT, parked=PARKED)))
        await linked(store)


@pytest.mark.parametrize("moment", ["DELETE FROM links", "done"])
async def test_killed_while_unlinking(address: str, moment: str) -> None:
    async with open_store(address) as store:
        await linked(store)
        await store.begin_attempt(ATTEMPT)
        store.note_like(like(ANN, 1))
    kill_at(moment, "unlink", address)
    async with open_store(address) as store:
        left = (await store.link_of(ANN), await store.attempt_of(ANN), await store.count_likes(ANN))
        assert left == ((None, None, 0) if moment == "done" else (LINK, ATTEMPT, 1))


_ROTATING = """
import asyncio, sys, time
from sqlalchemy import event
from operations import rotation
from storage.store import open_store
from storage.vault import Vault

address, keys, moment, number = sys.argv[1:]
left = int(number)

def stop(said):
    global left
    if said.startswith(moment):
        left -= 1
        if left == 0:
            print("here", flush=True)
            time.sleep(60)

async def main():
    async with open_store(address) as store:
        engine = store._engines.transactions.sync_engine
        event.listen(engine, "before_cursor_execute", lambda c, cursor, statement, *rest: stop(statement))
        event.listen(engine, "commit", lambda c: stop("commit"))
        await rotation.rotate(store, Vault.from_text(keys), lambda count: stop("batch"), batch=4)

asyncio.run(main())
"""
OLD, NEW = new_key(), new_key()
PEOPLE = range(100, 110)


@pytest.mark.parametrize(
    ("moment", "number", "done"),
    [("UPDATE links", 1, 0), ("UPDATE links", 6, 4), ("commit", 2, 4), ("batch", 2, 8), ("UPDATE attempts", 1, 10)],
)
async def test_killed_while_rotating_keys_it_goes_on_and_loses_nothing(
    address: str, moment: str, number: int, done: int
) -> None:
    old, both, new = (Vault.from_text(keys) for keys in (OLD, f"{NEW},{OLD}", NEW))
    async with open_store(address) as store:
        for person in PEOPLE:
            await linked(store, replace(LINK, person=person, token=old.seal("t", person=person, column=LINK_TOKEN)))
        parked = replace(PARKED, token=old.seal("t", person=ANN, column=ATTEMPT_TOKEN))
        await store.begin_attempt(replace(ATTEMPT, parked=parked))
    command = [sys.executable, "-c", _ROTATING, address, f"{NEW},{OLD}", moment, str(number)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"here\n"
        process.kill()
    async with open_store(address) as store:
        counts = await store.seals.count_by_key()
        assert counts.get(both.key_ids[0], 0) == done, "whole batches or nothing"
        assert sum(counts.values()) == 11
        assert (await rotate(store, both, lambda _: None, batch=4)).sealed == 11 - done
        for person in PEOPLE:
            link = await store.link_of(person)
            assert new.open(link.token, person=person, column=LINK_TOKEN) == "t"
