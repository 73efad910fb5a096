"""A page that is rendered once and shown to many, each with their own name in its buttons."""

from __future__ import annotations

import json

from cards.components import Component, button, custom_id, row, text
from cards.gallery import Position
from desk.prepared import ANYONE, PreparedPages

ANN, BEN = 11, 12
WHERE = Position("popular", owner=ANYONE)


class Drawn:
    """Counts how often a page is drawn."""

    def __init__(self, *designs: str) -> None:
        self.designs = list(designs)
        self.times = 0

    def __call__(self) -> list[Component]:
        self.times += 1
        return [*map(text, self.designs), row(button("Next", WHERE.button_id()))] if self.designs else []


def shown(page: list[Component]) -> str:
    return json.dumps(page)


def test_a_page_is_drawn_once_and_each_person_turns_their_own() -> None:
    pages, drawn, listing = PreparedPages(), Drawn("Gear"), object()
    anns = pages.page("popular", (listing,), ANN, drawn)
    bens = pages.page("popular", (listing,), BEN, drawn)
    assert drawn.times == 1
    assert anns == [text("Gear"), row(button("Next", Position("popular", owner=ANN).button_id()))]
    assert bens == [text("Gear"), row(button("Next", Position("popular", owner=BEN).button_id()))]


def test_nothing_of_the_stand_in_is_left() -> None:
    page = PreparedPages().page("popular", (), ANN, Drawn("Gear"))
    assert f"{ANYONE:x}" not in shown(page)
    assert str(ANYONE) not in shown(page)


def test_a_list_that_was_read_again_is_drawn_again() -> None:
    pages = PreparedPages()
    pages.page("popular", (object(),), ANN, Drawn("Gear"))
    assert "Vase" in shown(pages.page("popular", (object(),), ANN, Drawn("Vase")))


def test_other_pages_languages_and_channels_have_their_own() -> None:
    pages, listing = PreparedPages(), object()
    pages.page(("popular", "en", False), (listing,), ANN, Drawn("Gear"))
    assert "Zahnrad" in shown(pages.page(("popular", "de", False), (listing,), ANN, Drawn("Zahnrad")))


def test_an_empty_page_is_not_kept() -> None:
    pages, listing, drawn = PreparedPages(), object(), Drawn()
    assert pages.page("popular", (listing,), ANN, drawn) == []
    assert pages.page("popular", (listing,), ANN, drawn) == []
    assert drawn.times == 2


def test_no_name_of_a_design_can_hold_the_stand_in() -> None:
    """It's made anew in each process, of 63 random bits, and always as long as the longest person's."""
    assert len(f"{ANYONE:x}") == 16
    assert len(custom_id("popular", f"{ANYONE:x}")) <= 100
