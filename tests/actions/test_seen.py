"""Suggestions from what was read lately, and from the index behind it."""

from __future__ import annotations

from unittest.mock import AsyncMock

import pytest

from actions.seen import Seen
from storage.index import Index
from thingiverse.models import Thing


@pytest.mark.parametrize(("known", "asked"), [(30, 0), (24, 1)])
async def test_the_database_is_asked_only_where_memory_has_too_few(known: int, asked: int) -> None:
    index = AsyncMock(spec=Index)
    index.things.return_value = []
    seen = Seen(index)
    for number in range(1, known + 1):
        seen.note(Thing(id=number, title=f"Gear {number}"))
    found = await seen.suggestions("gear", limit=25)
    assert [each.thing for each in found] == list(range(known, max(0, known - 25), -1)), "the latest first"
    assert index.things.await_count == asked
