"""Encrypted values in the database: find them by key, replace them, and give them up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from operations.rotation import Rotation, rotate
from storage.seals import COLUMNS, Sealed
from storage.store import Store
from storage.tables import metadata
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, Vault, new_key
from tests.storage.records import ANN, ATTEMPT, BEN, LINK, NOW, PARKED, attempt_of, linked

DIGESTS = {"attempts.state_hash", "attempts.parked_browser_hash", "attempts.parked_sign_in_hash"}


def test_every_sealed_column_is_known_here() -> None:
    """Columns of bytes are either encrypted, and must be rotated, or hashes."""
    binary = {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.c
        if isinstance(column.type, sa.LargeBinary)
    }
    assert binary - DIGESTS == set(COLUMNS)


async def test_what_another_key_sealed_is_found_in_batches(store: Store) -> None:
    for person, value in ((BEN, b"\x01AAAAx"), (8, b"\x01BBBBx"), (9, b"\x01AAAAy"), (ANN, b"\x01AAAAz")):
        await linked(store, replace(LINK, person=person, token=value))
    first = await store.seals.sealed_otherwise(LINK_TOKEN, b"\x01BBBB", -1, 2)
    assert first == [Sealed(BEN, b"\x01AAAAx"), Sealed(9, b"\x01AAAAy")]
    rest = await store.seals.sealed_otherwise(LINK_TOKEN, b"\x01BBBB", 9, 2)
    assert rest == [Sealed(ANN, b"\x01AAAAz")]
    assert await store.seals.sealed_otherwise(ATTEMPT_TOKEN, b"\x01BBBB", -1, 2) == []


async def test_the_keys_in_use_are_found_without_reading_every_value(store: Store) -> None:
    await linked(store, replace(LINK, person=BEN, token=b"\x01AAAAx"))
    await linked(store, replace(LINK, person=8, token=b"\x01\x00\xff\x00by"))
    await linked(store, replace(LINK, person=9, token=b"\x01AAAAz"))
    await store.begin_attempt(replace(ATTEMPT, parked=replace(PARKED, token=b"\x01CCCCx")))
    await store.begin_attempt(attempt_of(10))
    await store.seals.give_up(LINK_TOKEN, Sealed(8, b"\x01\x00\xff\x00by"), NOW)
    assert await store.seals.keys_in_use() == {b"AAAA", b"CCCC"}
    async with store._engines.writes.connect() as connection:
        if connection.dialect.name == "postgresql":
            await connection.execute(sa.text("SET enable_seqscan = off"))
        explain = "EXPLAIN QUERY PLAN" if connection.dialect.name == "sqlite" else "EXPLAIN"
        head = "substr(token, 1, 5)"
        steps = await connection.execute(
            sa.text(f"{explain} SELECT {head} FROM links WHERE {head} > :head ORDER BY {head} LIMIT 1"), {"head": b""}
        )
        assert "ix_links_token_head" in str(steps.all())


async def test_a_rotation_leaves_everything_open_to_the_new_key_alone(store: Store) -> None:
    old, new = new_key(), new_key()
    people = [BEN, 8, 9, 10, ANN]
    for person in people:
        sealed = Vault.from_text(old).seal(f"token {person}", person=person, column=LINK_TOKEN)
        await linked(store, replace(LINK, person=person, token=sealed))
    done = await rotate(store, Vault.from_text(f"{new},{old}"), lambda _: None, batch=2)
    assert done == Rotation(sealed=5)
    for person in people:
        link = await store.link_of(person)
        assert Vault.from_text(new).open(link.token, person=person, column=LINK_TOKEN) == f"token {person}"


async def test_a_newer_value_is_not_replaced(store: Store) -> None:
    await linked(store)
    stale = Sealed(ANN, b"\x01keysOLDER")
    assert await store.seals.replace(LINK_TOKEN, [(stale, b"\x01newsOLDER"), (Sealed(BEN, b""), b"x")]) == 0
    assert await store.link_of(ANN) == LINK
    assert await store.seals.replace(LINK_TOKEN, [(Sealed(ANN, LINK.token), b"\x01newsSEALED")]) == 1
    assert await store.link_of(ANN) == replace(LINK, token=b"\x01newsSEALED")


async def test_what_is_given_up_is_gone_and_what_it_belonged_to_is_dead(store: Store) -> None:
    await linked(store)
    await linked(store, replace(LINK, person=BEN))
    await store.begin_attempt(replace(ATTEMPT, parked=PARKED))
    await store.seals.give_up(LINK_TOKEN, Sealed(ANN, b"another"), NOW)
    assert await store.link_of(ANN) == LINK
    await store.seals.give_up(LINK_TOKEN, Sealed(ANN, LINK.token), NOW)
    await store.seals.give_up(ATTEMPT_TOKEN, Sealed(ANN, PARKED.token), NOW)
    assert await store.link_of(ANN) == replace(LINK, token=b"", dead_at=NOW)
    assert await store.attempt_of(ANN) == ATTEMPT
    assert await store.link_of(BEN) == replace(LINK, person=BEN)
    assert await store.seals.count_by_key() == {b"keys": 1}
    await store.seals.give_up(LINK_TOKEN, Sealed(ANN, b""), NOW + timedelta(days=1))
