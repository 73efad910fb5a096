"""Garbage is still collected while the start is left alone."""

from __future__ import annotations

import gc
import weakref

import pytest

from operations.collector import THRESHOLDS, start_up_frozen


@pytest.fixture(autouse=True)
def _nothing_is_frozen() -> None:
    gc.unfreeze()


class Circle:
    def __init__(self) -> None:
        self.itself = self


def test_what_the_start_has_built_is_frozen_only_while_connected() -> None:
    before = gc.get_threshold()
    with start_up_frozen():
        assert gc.get_freeze_count() > 1_000
        assert gc.get_threshold() == THRESHOLDS
    assert gc.get_freeze_count() == 0
    assert gc.get_threshold() == before


def test_it_goes_on_where_the_start_has_turned_it_off() -> None:
    gc.disable()
    try:
        with start_up_frozen():
            assert gc.isenabled()
    finally:
        gc.enable()


def test_a_connection_that_fails_leaves_the_collector_as_it_was() -> None:
    before = gc.get_threshold()
    with pytest.raises(OSError, match="gone"), start_up_frozen():
        raise OSError("gone")
    assert (gc.get_threshold(), gc.get_freeze_count()) == (before, 0)


def test_garbage_made_while_connected_is_collected_without_being_asked_for() -> None:
    with start_up_frozen():
        circle = weakref.ref(Circle())
        kept: list[list[int]] = []
        for _ in range(10):
            if circle() is None:
                break
            kept += [[each] for each in range(THRESHOLDS[0])]
        assert circle() is None
