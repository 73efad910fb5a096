"""What the bot did for a person on Thingiverse, with Undo."""

from __future__ import annotations

from cards.components import Component, button, container, custom_id, row, section, separator, text
from cards.paging import back_and_next, paged
from records import HistoryEntry
from texts import Language, Markup, plain
from thingiverse.models import Thing

PER_PAGE = 10  # three components each, and Discord takes forty
LONGEST_NAME = 60  # characters of a collection's


def render(language: Language, deeds: list[HistoryEntry], page: int, *, maker_id: int | None) -> list[Component]:
    """Page `page`, from 0, or the last page if there are fewer.

    Undo is next to the last action with each design, if it was done with `maker_id`, the account linked now.
    """
    if not deeds:
        return [container(text(language.say("No recent likes, unlikes, or saves.")))]
    shown, page, last = paged(deeds, page, PER_PAGE)
    heading = language.say(
        "## Your activity\nThe last 50 likes, unlikes, and saves I made for you, each because you asked."
    )
    body = [text(heading), separator()]
    for index, deed in enumerate(shown, page * PER_PAGE):
        newest = all((newer.thing, newer.collection) != (deed.thing, deed.collection) for newer in deeds[:index])
        body.append(_line(language, deed, page, undo=newest and deed.maker_id == maker_id))
    pages = [row(*back_and_next(language, page, "deeds", more=page < last))] if last else []
    return [container(*body), *pages]


def _line(language: Language, line: HistoryEntry, page: int, *, undo: bool) -> Component:
    said = _said(language, line)
    if line.collection is None:
        pressed = custom_id("undo", line.thing, int(not line.liked), page)
    else:
        pressed = custom_id("unsave", line.collection, line.thing, int(not line.liked), page)
    return section(said, button(language.say("Undo"), pressed) if undo else None)


def _said(language: Language, line: HistoryEntry) -> str:
    name = Markup(f"**[{plain(line.name) or f'#{line.thing}'}]({Thing(id=line.thing).url})**")
    if line.collection is None:
        if line.liked:
            return language.say("You liked {name} {when}.", name=name, when=line.done_at)
        return language.say("You unliked {name} {when}.", name=name, when=line.done_at)
    where = Markup(f"**{plain(line.collection_name or '', LONGEST_NAME) or f'#{line.collection}'}**")
    if line.liked:
        return language.say("You saved {name} to {collection} {when}.", name=name, collection=where, when=line.done_at)
    return language.say("You removed {name} from {collection} {when}.", name=name, collection=where, when=line.done_at)
