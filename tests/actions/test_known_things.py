"""Suggestions from memory, and from the database."""

from __future__ import annotations

from unittest.mock import AsyncMock, Mock

import pytest

from actions.known_things import KnownThings
from storage.designs import Designs
from thingiverse.models import Thing


@pytest.mark.parametrize(("known", "asked"), [(30, 0), (24, 1)])
async def test_the_database_is_asked_only_where_memory_has_too_few(known: int, asked: int) -> None:
    designs = AsyncMock(spec=Designs)
    designs.things.return_value = []
    seen = KnownThings(designs)
    gears = [Thing(id=number, title=f"Gear {number}", like_count=number) for number in range(1, known + 1)]
    for gear in gears:
        seen.note(gear)
    seen.show(gears)
    found = await seen.suggestions("gear", limit=25)
    assert [each.thing for each in found] == list(range(known, max(0, known - 25), -1)), "the most liked first"
    assert designs.things.await_count == asked


async def test_a_page_that_is_shown_again_is_not_noted_again() -> None:
    designs = Mock(spec=Designs)
    seen = KnownThings(designs)
    gear = Thing(id=1, title="Gear")
    seen.note(gear)
    for _ in range(5):
        seen.show([gear])
    assert designs.note.call_count == 1


async def test_what_has_changed_since_it_was_shown_is_noted_again() -> None:
    designs = Mock(spec=Designs)
    seen = KnownThings(designs)
    for name in ("Gear", "Better gear"):
        gear = Thing(id=1, title=name)
        seen.note(gear)
        seen.show([gear])
    assert designs.note.call_args.args[0].name == "Better gear"
    assert [each.name for each in await seen.suggestions("better", limit=1)] == ["Better gear"]


async def test_what_was_found_is_not_looked_for_again_until_something_is_shown_or_renamed() -> None:
    designs = AsyncMock(spec=Designs)
    designs.things.return_value = []
    seen = KnownThings(designs)
    gear = Thing(id=1, title="Gear", like_count=1)
    seen.note(gear)
    seen.show([gear])
    assert seen.known_suggestions("gear") is None, "the database knows more"
    for _ in range(3):
        await seen.suggestions("gear")
    assert designs.things.await_count == 1
    assert [each.name for each in seen.known_suggestions("gear") or []] == ["Gear"]
    seen.note(Thing(id=1, title="Gear set", like_count=1))
    assert seen.known_suggestions("gear") is None
    await seen.suggestions("gear")
    vase = Thing(id=2, title="Gear vase")
    seen.note(vase)
    seen.show([vase])
    assert seen.known_suggestions("gear") is None


@pytest.mark.parametrize("changed", [{"nsfw": True}, {"published": False}])
async def test_what_may_no_longer_be_suggested_is_gone_right_away(changed: dict[str, bool]) -> None:
    seen = KnownThings(AsyncMock(spec=Designs))
    gears = [Thing(id=number, title=f"Gear {number}") for number in range(1, 26)]
    for gear in gears:
        seen.note(gear)
    seen.show(gears)
    assert len(seen.known_suggestions("gear") or []) == 25
    seen.note(Thing(id=5, title="Gear 5", **changed))
    assert 5 not in {each.thing for each in seen.known_suggestions("gear") or []}


async def test_a_like_changes_what_is_known_and_leaves_the_database_alone() -> None:
    designs = Mock(spec=Designs)
    seen = KnownThings(designs)
    gear = Thing(id=1, title="Gear", like_count=1)
    seen.note(gear)
    seen.show([gear])
    seen.change(Thing(id=1, title="Gear", like_count=2))
    known = seen.known(1)
    assert known is not None
    assert known.like_count == 2
    assert designs.note.call_count == 1
