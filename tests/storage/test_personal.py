"""Export and erase include every table with a person's ID."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from records import HistoryEntry
from storage.personal import NOT_GIVEN, PERSONAL
from storage.store import Store
from storage.tables import Moment, metadata
from tests.storage.records import ANN, BEN, LINK, NOW, like, link_people, linked

# Columns of numbers and text without a person's ID. Add new columns here, with what they contain.
NOBODYS = {
    "links": {"maker_id", "maker_name", "maker_picture"},
    "attempts": {
        "locale",
        "asked_as",
        "tries",
        "then_like",
        "then_save",
        "parked_maker_id",
        "parked_maker_name",
        "parked_maker_picture",
    },
    "likes": {"thing", "name", "guild"},
    "deeds": {"thing", "name", "maker_id", "collection", "collection_name"},
    "design_reports": {"locale"},
    "design_counts": {"maker_id", "counts"},
    "meta": {"name", "value"},
    "things": {"thing", "name", "maker", "maker_key", "card"},
    "servers": {"guild", "settings"},
    "shares": {"guild", "thing", "channel", "message"},
    "previews": {"guild", "thing", "channel", "message", "card"},
    "feeds": {
        *("feed", "guild", "channel", "target", "source", "options", "query"),
        *("state", "reason", "told", "tries", "filtered"),
    },
    "feed_queries": {"query", "interval", "empty", "page", "until", "deepest"},
    "feed_seen": {"query", "thing"},
    "feed_things": {"thing", "card"},
    "feed_outbox": {
        *("feed", "thing", "channel", "post", "state", "left_out", "epoch", "tries", "message", "publish"),
    },
    "leases": {"name", "owner", "host", "pid", "epoch"},
}
COVERED = {each.table.name: each for each in PERSONAL}


def might_hold_a_person(column: sa.Column[Any]) -> bool:
    """IDs are stored as numbers, and could be stored as text."""
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
    """A value for the column that identifies the column and the person."""
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
    """Add a row for each person to every table."""
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
    exported = await store.personal.of(ANN)
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
    erased = await store.personal.erase(ANN)
    assert erased == dict.fromkeys(COVERED, 1)
    after = await everything(store)
    for name in COVERED:
        assert after[name] == [row for row in before[name] if BEN in row]
        assert len(after[name]) == 1
        assert str(ANN) not in str(after[name])
    assert await store.personal.of(ANN) == {name: [] for name in COVERED}


async def test_erasing_and_exporting_make_no_row_of_somebody_unknown(store: Store) -> None:
    await fill(store, BEN)
    before = await everything(store)
    assert sum((await store.personal.erase(ANN)).values()) == 0
    assert not any((await store.personal.of(ANN)).values())
    assert await everything(store) == before


async def test_what_waits_to_be_written_is_exported_and_erased_as_well(store: Store) -> None:
    await linked(store)
    store.note_like(like(ANN, 1))
    assert len((await store.personal.of(ANN))["likes"]) == 1
    store.note_like(like(ANN, 2))
    assert (await store.personal.erase(ANN))["likes"] == 2
    await store.settle()
    assert not any((await store.personal.of(ANN)).values())


async def test_what_is_noted_while_its_person_is_erased_is_given_up(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    await link_people(store, (ANN, BEN))
    together = store.personal._together

    async def meanwhile(work: Any) -> Any:
        for each in (ANN, BEN):
            store.note_like(like(each, 1))
            store.note_history(HistoryEntry(each, NOW, 1, "thing 1", True, 200))
        await asyncio.sleep(0.3)  # longer than records wait
        return await together(work)

    monkeypatch.setattr(store.personal, "_together", meanwhile)
    await store.personal.erase(ANN)
    await linked(store)
    await store.settle()
    kept = [
        {table: len(rows) for table, rows in (await store.personal.of(each)).items() if rows} for each in (ANN, BEN)
    ]
    assert kept == [{"links": 1}, {"links": 1, "likes": 1, "deeds": 1}]


async def test_no_way_to_erase_a_person_lets_what_was_noted_come_back(store: Store) -> None:
    """People who link again at that moment start with no data."""
    for erase in (store.personal.erase, store.unlink):
        await linked(store)
        store.note_like(like(ANN, 1))
        store.note_history(HistoryEntry(ANN, NOW, 1, "thing 1", True, 200))
        await erase(ANN)
        await linked(store)
        await store.settle()
        everything_kept = {table for table, rows in (await store.personal.of(ANN)).items() if rows}
        assert everything_kept == {"links"}


async def test_what_is_noted_for_somebody_erased_is_not_written(store: Store) -> None:
    """The request for the like was in progress while the person was erased."""
    await linked(store)
    await store.personal.erase(ANN)
    store.note_like(like(ANN, 1))
    store.note_history(HistoryEntry(ANN, NOW, 1, "thing 1", True, 200))
    await store.settle()
    assert not any((await everything(store)).values())


async def test_what_needs_a_link_and_has_none_is_dropped(store: Store) -> None:
    await fill(store, ANN, BEN)
    async with store._engines.transactions.begin() as connection:
        await connection.execute(sa.delete(metadata.tables["links"]).where(sa.column("person") == ANN))
    assert await store.personal.drop_left_behind() == 4
    assert (await store.likes_of(ANN), len(await store.likes_of(BEN))) == ([], 1)
    assert (await store.history_of(ANN), len(await store.history_of(BEN))) == ([], 1)


async def test_links_that_died_long_ago_are_dropped_and_living_ones_never(store: Store) -> None:
    for person in (ANN, BEN, 8):
        await linked(store, replace(LINK, person=person))
    await store.mark_dead(ANN, LINK.token, NOW)
    await store.mark_dead(BEN, LINK.token, NOW + timedelta(days=2))
    assert await store.personal.drop_older("links", NOW + timedelta(days=1)) == 1
    assert await store.link_of(ANN) is None
    assert await store.link_of(BEN) is not None
    assert await store.link_of(8) is not None
