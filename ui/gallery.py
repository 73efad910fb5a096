"""Pages of designs. Where one stands is in the buttons: `t1:FEED:LIST:OFFSET:OWNER:SUBJECT`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from thingiverse.models import Listing, Thing
from ui import thing_card
from ui.components import Component, button, row, text
from ui.presses import custom_id, damaged, to_number
from ui.texts import Language

PER_PAGE = 5
LAST = -1  # as an offset: the last page of its list
LONGEST_ID = 100  # UTF-16 units, to be safe

_EVERYBODY = "+"  # after the owner: all may turn the pages


@dataclass(frozen=True)
class Place:
    """Where in a feed a gallery stands: in which of Thingiverse's lists (from 1), at which of its designs (from 0)."""

    feed: str
    list: int = 1
    offset: int = 0
    owner: int = 0  # the person whose gallery it is
    open: bool = False  # whether others turn its pages too
    subject: str = ""  # what the feed is of: a maker, a search; may hold colons

    @classmethod
    def read(cls, feed: str, list_: str, offset: str, owner: str, subject: str = "") -> Place:
        return cls(
            feed=feed,
            list=max(1, to_number(list_)),
            offset=max(LAST, to_number(offset)),
            owner=_from_hex(owner.removesuffix(_EVERYBODY)),
            open=owner.endswith(_EVERYBODY),
            subject=subject,
        )

    def button_id(self) -> str:
        """Of a button that leads there."""
        return custom_id(self.feed, *self._where())

    def hand_over_id(self) -> str:
        """Of the button by which its owner lets others turn the pages, or no longer does."""
        return custom_id(HAND_OVER, self.feed, *self._where())

    def _where(self) -> tuple[object, ...]:
        owner = f"{self.owner:x}{_EVERYBODY if self.open else ''}"
        return self.list, self.offset, owner, self.subject

    def fits(self) -> bool:
        """Whether there is room for it in a button, on whatever page."""
        longest = replace(self, list=999, offset=999, owner=2**64 - 1, open=True).hand_over_id()
        return len(longest.encode("utf-16-le")) // 2 <= LONGEST_ID

    def for_owner(self, owner: int) -> Place:
        return replace(self, owner=owner, open=False)

    def turned_by(self, person: int) -> bool:
        """Whether that person's press turns the page for all who see it."""
        return self.open or self.owner == person


HAND_OVER = "hand"


def _from_hex(given: str) -> int:
    try:
        return int(given, 16) if len(given) <= 16 else 0
    except ValueError:
        raise damaged() from None


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


@dataclass(frozen=True)
class Look:
    """What stands around the designs; a heading and its notes are ready Markdown."""

    heading: str
    notes: tuple[str, ...] = ()
    read_at: datetime | None = None  # set where what is shown is old
    liked: bool = False  # Unlike where Like would be
    beside: Mapping[int, str] = field(default_factory=dict[int, str])  # a line more, by design
    can_hand_over: bool = False


def render(language: Language, look: Look, page: Page) -> list[Component]:
    """The gallery; 40 components at most."""
    lines = [f"# {look.heading}", *look.notes]
    if look.read_at is not None:
        lines.append(old(language, look.read_at))
    if page.hidden:
        lines.append(
            language.count(
                "-# {n} adult design is left out; it shows in age-restricted channels.",
                "-# {n} adult designs are left out; they show in age-restricted channels.",
                page.hidden,
            )
        )
    several = page.before is not None or page.after is not None
    if several:
        lines.append(language.say("-# Page {n}", n=page.number))
    components = [text("\n".join(lines)), *cards(language, page.things, liked=look.liked, beside=look.beside)]
    if several:
        components.append(_pages(language, page, can_hand_over=look.can_hand_over))
    return components


def old(language: Language, read_at: datetime) -> str:
    """What stands over something that could not be read anew."""
    return language.say("-# Thingiverse does not answer just now. This is what it said {when}.", when=read_at)


def cards(
    language: Language,
    things: tuple[Thing, ...],
    *,
    liked: bool = False,
    beside: Mapping[int, str] | None = None,
) -> list[Component]:
    notes = beside or {}
    return [
        part
        for thing in things
        for part in thing_card.in_gallery(language, thing, liked=liked, note=notes.get(thing.id, ""))
    ]


def _pages(language: Language, page: Page, *, can_hand_over: bool) -> Component:
    back = button(language.say("Back"), (page.before or page.place).button_id(), disabled=page.before is None)
    on = button(language.say("Next"), (page.after or page.place).button_id(), disabled=page.after is None)
    if not can_hand_over:
        return row(back, on)
    label = language.say("Only I turn pages") if page.place.open else language.say("Let all turn pages")
    return row(back, on, button(label, page.place.hand_over_id()))
