"""Pages of designs. Where one stands is in the buttons: `t1:FEED:LIST:OFFSET:OWNER`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from thingiverse.models import Listing, Thing
from ui import thing_card
from ui.components import Component, button, row, text
from ui.presses import custom_id, to_number
from ui.texts import Language

PER_PAGE = 5
LAST = -1  # as an offset: the last page of its list


@dataclass(frozen=True)
class Place:
    """Where in a feed a gallery stands: in which of Thingiverse's lists (from 1), at which of its designs (from 0)."""

    feed: str
    list: int = 1
    offset: int = 0
    owner: int = 0  # the person whose gallery it is

    @classmethod
    def read(cls, feed: str, list_: str, offset: str, owner: str) -> Place:
        return cls(feed, max(1, to_number(list_)), max(LAST, to_number(offset)), to_number(owner))

    def button_id(self) -> str:
        return custom_id(self.feed, self.list, self.offset, self.owner)

    def for_owner(self, owner: int) -> Place:
        return replace(self, owner=owner)


@dataclass(frozen=True)
class Page:
    """Up to five designs, and where the pages beside them begin."""

    things: tuple[Thing, ...]
    hidden: int
    place: Place
    before: Place | None
    after: Place | None
    number: int


def page_of(listing: Listing, place: Place, *, adult: bool) -> Page:
    """The page at `place`; designs marked as adult are left out unless `adult`, and none is shown twice."""
    listed = {thing.id: thing for thing in listing.things}.values()
    things = tuple(thing for thing in listed if adult or not thing.is_nsfw)
    last = max(0, (len(things) - 1) // PER_PAGE * PER_PAGE)
    offset = last if place.offset == LAST else min(place.offset, last)
    before = after = None
    if offset > 0:
        before = replace(place, offset=max(0, offset - PER_PAGE))
    elif place.list > 1:
        before = replace(place, list=place.list - 1, offset=LAST)
    if offset + PER_PAGE < len(things):
        after = replace(place, offset=offset + PER_PAGE)
    elif listing.more:
        after = replace(place, list=place.list + 1, offset=0)
    return Page(
        things=things[offset : offset + PER_PAGE],
        hidden=len(listed) - len(things),
        place=replace(place, offset=offset),
        before=before,
        after=after,
        number=(place.list - 1) * 6 + offset // PER_PAGE + 1,
    )


def render(
    language: Language, heading: str, page: Page, *, read_at: datetime | None = None, liked: bool = False
) -> list[Component]:
    """The gallery; `read_at` marks it as old, `liked` sets Unlike where Like would be. 40 components at most."""
    notes = [f"# {heading}"]
    if read_at is not None:
        notes.append(
            language.say("-# Thingiverse does not answer just now. This is what it said {when}.", when=read_at)
        )
    if page.hidden:
        notes.append(
            language.count(
                "-# {n} adult design is left out; it shows in age-restricted channels.",
                "-# {n} adult designs are left out; they show in age-restricted channels.",
                page.hidden,
            )
        )
    components = [text("\n".join(notes)), *cards(language, page.things, liked=liked)]
    if page.before is not None or page.after is not None:
        components.append(_pages(language, page))
    return components


def cards(language: Language, things: tuple[Thing, ...], *, liked: bool = False) -> list[Component]:
    return [part for thing in things for part in thing_card.in_gallery(language, thing, liked=liked)]


def _pages(language: Language, page: Page) -> Component:
    here = button(language.say("Page {n}", n=page.number), custom_id("here"), disabled=True)
    back = button(language.say("Back"), (page.before or page.place).button_id(), disabled=page.before is None)
    on = button(language.say("Next"), (page.after or page.place).button_id(), disabled=page.after is None)
    return row(back, here, on)
