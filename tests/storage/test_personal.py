"""People's rights over what is kept: nothing that holds their id is left out, whatever tables there are."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from storage.personal import NOT_GIVEN, PERSONAL
from storage.records import Deed
from storage.store import Store
from storage.tables import Moment, metadata
from tests.storage.records import ANN, BEN, LINK, NOW, like, linked

# Whole numbers and texts that are no person's. Whoever adds a column says here what it holds instead.
NOBODYS = {
    "links": {"maker_id", "maker_name", "maker_picture"},
    "attempts": {
        "locale",
        "asked_as",
        "tries",
        "then_like",
        "parked_maker_id",
        "parked_maker_name",
        "parked_maker_picture",
    },
    "likes": {"thing", "name", "guild"},
    "deeds": {"thing", "name", "maker_id"},
    "meta": {"name", "value"},
    "things": {"thing", "name", "maker", "maker_key", "card"},
    "servers": {"guild", "settings"},
    "shares": {"guild", "thing", "channel", "message"},
    "previews": {"guild", "thing", "channel", "message", "card"},
}
COVERED = {each.table.name: each for each in PERSONAL}


def might_hold_a_person(column: sa.Column[Any]) -> bool:
    """Ids are kept as numbers, and could be kept as text."""
    return isinstance(column.type, sa.Integer | sa.Text | sa.String | sa.JSON) and not isinstance(column.type, Moment)


@pytest.mark.parametrize("table", metadata.tables.values(), ids=lambda table: table.name)
def test_every_column_that_may_hold_a_persons_id_is_exported_and_erased(table: sa.Table) -> None:
    unexplained = {column.name for column in table.c if might_hold_a_person(column)} - NOBODYS.get(table.name, set())
    assert unexplained <= {"person"}, "a person's id is called `person`; say what else this holds"
    if "person" in table.c:
        assert table.name in COVERED, "needs a line in storage/personal.py"
        assert COVERED[table.name].secret <= {column.name for column in table.c}
        assert "person" not in COVERED[table.name].secret


def test_no_bytes_are_given_out() -> None:
    for each in PERSONAL:
        sealed = {column.name for column in each.table.c if isinstance(column.type, sa.LargeBinary)}
        assert sealed <= each.secret


def value_for(column: sa.Column[Any], person: int) -> object:
    """Something for the column by which it and its person are known again."""
    if column.name == "person":
        return person
    if isinstance(column.type, Moment):
        return NOW + timedelta(days=person % 1000)
    if isinstance(column.type, sa.LargeBinary):
        return f"secret of {person} in {column.name}".encode()
    if isinstance(column.type, sa.Boolean):
        return person == ANN
    if isinstance(column.type, sa.Integer):
        return person % 1000 + len(column.name)
    return f"{column.name} of {person}"


async def fill(store: Store, *people: int) -> None:
    """A row for each person in every table."""
    async with store._engines.transactions.begin() as connection:
        for table in metadata.sorted_tables:
            for person in people:
                await connection.execute(
                    sa.insert(table).values({column.name: value_for(column, person) for column in table.c})
                )


async def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    async with store._engines.reads.connect() as connection:
        return {
            table.name: sorted(tuple(row) for row in (await connection.execute(sa.select(table))).all())
            for table in metadata.sorted_tables
        }


async def test_the_export_has_every_column_of_ones_own_rows_and_no_secret(store: Store) -> None:
    await fill(store, ANN, BEN)
    exported = await store.personal_of(ANN)
    assert set(exported) == set(COVERED)
    for name, each in COVERED.items():
        (row,) = exported[name]
        assert set(row) == {column.name for column in each.table.c}
        assert row["person"] == str(ANN), "as text: it has more bits than some readers of JSON"
        for column in each.table.c:
            if column.name in each.secret:
                assert row[column.name] == NOT_GIVEN
            else:
                assert str(row[column.name]) == str(value_for(column, ANN))
    assert "secret of" not in str(exported)
    assert f"of {BEN}" not in str(exported)


async def test_erasing_leaves_nothing_of_one_person_and_all_of_another(store: Store) -> None:
    await fill(store, ANN, BEN)
    before = await everything(store)
    erased = await store.erase(ANN)
    assert erased == dict.fromkeys(COVERED, 1)
    after = await everything(store)
    for name in COVERED:
        assert after[name] == [row for row in before[name] if BEN in row]
        assert len(after[name]) == 1
        assert str(ANN) not in str(after[name])
    assert await store.personal_of(ANN) == {name: [] for name in COVERED}


async def test_erasing_and_exporting_make_no_row_of_somebody_unknown(store: Store) -> None:
    await fill(store, BEN)
    before = await everything(store)
    assert sum((await store.erase(ANN)).values()) == 0
    assert not any((await store.personal_of(ANN)).values())
    assert await everything(store) == before


async def test_what_waits_to_be_written_is_exported_and_erased_as_well(store: Store) -> None:
    await linked(store)
    store.note_like(like(ANN, 1))
    assert len((await store.personal_of(ANN))["likes"]) == 1
    store.note_like(like(ANN, 2))
    assert (await store.erase(ANN))["likes"] == 2
    await store.settle()
    assert not any((await store.personal_of(ANN)).values())


async def test_what_is_noted_while_its_person_is_erased_is_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in (ANN, BEN):
        await linked(store, replace(LINK, person=person))
    erase = store.personal.erase

    async def meanwhile(person: int) -> dict[str, int]:
        for each in (ANN, BEN):
            store.note_like(like(each, 1))
            store.note_deed(Deed(each, NOW, 1, "thing 1", True, 200))
        await asyncio.sleep(0.3)
        return await erase(person)

    monkeypatch.setattr(store.personal, "erase", meanwhile)
    await store.erase(ANN)
    assert not any((await store.personal_of(ANN)).values())
    kept = {table: len(rows) for table, rows in (await store.personal_of(BEN)).items() if rows}
    assert kept == {"links": 1, "likes": 1, "deeds": 1}


async def test_what_needs_a_link_and_has_none_is_dropped(store: Store) -> None:
    for person in (ANN, BEN):
        await linked(store, replace(LINK, person=person))
    await store.erase(ANN)
    for person in (ANN, BEN):
        store.note_like(like(person, 1))
    await store.settle()
    assert await store.personal.drop_left_behind() == 1
    assert (await store.likes_of(ANN), len(await store.likes_of(BEN))) == ([], 1)


async def test_links_that_died_long_ago_are_dropped_and_living_ones_never(store: Store) -> None:
    for person in (ANN, BEN, 8):
        await linked(store, replace(LINK, person=person))
    await store.mark_dead(ANN, LINK.token, NOW)
    await store.mark_dead(BEN, LINK.token, NOW + timedelta(days=2))
    assert await store.personal.drop_dead_links(NOW + timedelta(days=1)) == 1
    assert await store.link_of(ANN) is None
    assert await store.link_of(BEN) is not None
    assert await store.link_of(8) is not None
