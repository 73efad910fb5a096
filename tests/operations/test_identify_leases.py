"""While Redis doesn't answer, shards identify one after another by leases in the database."""

from __future__ import annotations

import asyncio
import time

import pytest

from operations import identify_leases
from operations.identify_leases import wait_for_turn
from storage.errors import StorageError
from storage.store import Store
from tests.storage.conftest import postgresql, shared_postgresql, store  # noqa: F401  fixtures


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identify_leases, "SECONDS", 1)
    monkeypatch.setattr(identify_leases, "LOOK_EVERY", 0.02)


async def test_one_of_a_bucket_at_a_time(store: Store) -> None:  # noqa: F811
    async def identified(bucket: int) -> float:
        await wait_for_turn(store.leases, bucket)
        return time.monotonic()

    first, second, third = sorted(await asyncio.gather(*(identified(0) for _ in range(3))))
    assert min(second - first, third - second) > 0.9
    began = time.monotonic()
    await asyncio.gather(identified(1), identified(2))
    assert time.monotonic() - began < 0.9, "they're in other buckets"


async def test_without_the_database_it_waits_and_goes_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    async def fail(*_: object) -> int:
        raise StorageError("Can't reach the database.")

    monkeypatch.setattr(store.leases, "take", fail)
    began = time.monotonic()
    await wait_for_turn(store.leases, 0)
    assert time.monotonic() - began > 0.9
