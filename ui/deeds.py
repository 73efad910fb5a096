"""What was done in a person's name, with the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ui.components import Component, button, container, row, section, text
from ui.presses import custom_id
from ui.texts import Language, Markup, plain

PER_PAGE = 10  # three components each, and Discord takes forty


@dataclass(frozen=True)
class Line:
    """One action; `undo` is False where it was undone since, or done with another account."""

    thing: int
    name: str
    url: str
    liked: bool
    at: datetime
    undo: bool


def render(language: Language, lines: list[Line], page: int) -> list[Component]:
    """Page `page`, from 0; the last one where there are not as many."""
    if not lines:
        return [container(text(language.say("Nothing was done in your name so far, or it was long ago.")))]
    pages = (len(lines) - 1) // PER_PAGE + 1
    page = max(0, min(page, pages - 1))
    heading = language.say("## Done in your name\nThe last fifty likes and unlikes, each because you asked for it.")
    shown = lines[page * PER_PAGE : (page + 1) * PER_PAGE]
    body = [text(heading), *(_line(language, line, page) for line in shown)]
    if pages > 1:
        body.append(_pages(language, page, pages))
    return [container(*body)]


def _line(language: Language, line: Line, page: int) -> Component:
    name = Markup(f"**[{plain(line.name) or f'#{line.thing}'}]({line.url})**")
    if line.liked:
        said = language.say("You liked {name} {when}.", name=name, when=line.at)
    else:
        said = language.say("You took your like of {name} back {when}.", name=name, when=line.at)
    undo = custom_id("undo", line.thing, int(not line.liked), page)
    return section(said, button(language.say("Undo"), undo) if line.undo else None)


def _pages(language: Language, page: int, pages: int) -> Component:
    return row(
        button(language.say("Back"), custom_id("deeds", page - 1), disabled=page == 0),
        button(language.say("Page {n}", n=page + 1), custom_id("here"), disabled=True),
        button(language.say("Next"), custom_id("deeds", page + 1), disabled=page == pages - 1),
    )
