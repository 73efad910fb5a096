"""A person's likes and unlikes, with Undo."""

from __future__ import annotations

from cards.components import Component, button, container, custom_id, row, section, separator, text
from records import HistoryEntry
from texts import Language, Markup, plain
from thingiverse.models import Thing

PER_PAGE = 10  # three components each, and Discord takes forty


def render(language: Language, deeds: list[HistoryEntry], page: int, *, maker_id: int | None) -> list[Component]:
    """Page `page`, from 0, or the last page if there are fewer.

    Undo is next to the last action with each design, if it was done with `maker_id`, the account linked now.
    """
    if not deeds:
        return [container(text(language.say("No recent likes or unlikes.")))]
    pages = (len(deeds) - 1) // PER_PAGE + 1
    page = max(0, min(page, pages - 1))
    heading = language.say("## Your activity\nThe last 50 likes and unlikes I made for you, each because you asked.")
    first = page * PER_PAGE
    body = [text(heading), separator()]
    for index, deed in enumerate(deeds[first : first + PER_PAGE], first):
        last = all(newer.thing != deed.thing for newer in deeds[:index])
        body.append(_line(language, deed, page, undo=last and deed.maker_id == maker_id))
    return [container(*body), _pages(language, page, pages)] if pages > 1 else [container(*body)]


def _line(language: Language, line: HistoryEntry, page: int, *, undo: bool) -> Component:
    name = Markup(f"**[{plain(line.name) or f'#{line.thing}'}]({Thing(id=line.thing).url})**")
    if line.liked:
        said = language.say("You liked {name} {when}.", name=name, when=line.done_at)
    else:
        said = language.say("You unliked {name} {when}.", name=name, when=line.done_at)
    pressed = custom_id("undo", line.thing, int(not line.liked), page)
    return section(said, button(language.say("Undo"), pressed) if undo else None)


def _pages(language: Language, page: int, pages: int) -> Component:
    return row(
        button(language.say("Back"), custom_id("deeds", page - 1), disabled=page == 0),
        button(language.say("Page {n}", n=page + 1), custom_id("here"), disabled=True),
        button(language.say("Next"), custom_id("deeds", page + 1), disabled=page == pages - 1),
    )
