"""Pages of what doesn't fit on one card. They count from 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from cards.components import Component, button, custom_id
from texts import Language

_T = TypeVar("_T")


def paged(everything: Sequence[_T], page: int, size: int) -> tuple[Sequence[_T], int, int]:
    """What is on the page, its number, and the last page's; the last page if there are fewer."""
    last = max(0, (len(everything) - 1) // size)
    page = max(0, min(page, last))
    return everything[page * size : (page + 1) * size], page, last


def back_and_next(
    language: Language, page: int, verb: str, *arguments: object, more: bool, numbered: bool = True
) -> list[Component]:
    """Buttons for the pages before and after, and the page's number between them."""
    back = button(language.say("Back"), custom_id(verb, *arguments, page - 1), disabled=page == 0)
    number = button(language.say("Page {n}", n=page + 1), custom_id("here"), disabled=True)
    on = button(language.say("Next"), custom_id(verb, *arguments, page + 1), disabled=not more)
    return [back, number, on] if numbered else [back, on]
