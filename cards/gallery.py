"""Pages of designs. The buttons contain the position: `t1:FEED:LIST:OFFSET:OWNER:SUBJECT`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain

from cards import thing_summary
from cards.components import Component, button, container, custom_id, damaged, row, text, to_number
from records import Unwanted
from texts import Language
from thingiverse.models import Listing, Thing

PER_PAGE = 4  # Discord allows 40 components: each design takes eight, what is around them six
PAGES_PER_LIST = 7  # of the 28 designs that are asked for at once
LAST = -1  # as an offset: the last page of its list
LONGEST_ID = 100  # UTF-16 units, to be safe

WANTED = Unwanted()

_EVERYBODY = "+"  # after the owner: everyone can change the page


@dataclass(frozen=True)
class Position:
    """A position in a feed: which of Thingiverse's pages (from 1), and which of its designs (from 0)."""

    feed: str
    list: int = 1
    offset: int = 0
    owner: int = 0  # the person whose gallery it is
    open: bool = False  # whether others can change the page
    subject: str = ""  # what the feed is about, such as a maker or a search; can contain colons

    @classmethod
    def read(cls, feed: str, list_: str, offset: str, owner: str, subject: str = "") -> Position:
        return cls(
            feed=feed,
            list=max(1, to_number(list_)),
            offset=max(LAST, to_number(offset)),
            owner=_from_hex(owner.removesuffix(_EVERYBODY)),
            open=owner.endswith(_EVERYBODY),
            subject=subject,
        )

    def button_id(self) -> str:
        """The custom_id of a button that leads there."""
        return custom_id(self.feed, *self._where())

    def hand_over_id(self) -> str:
        """The custom_id of the button that lets others change the page, or stops that."""
        return custom_id(HAND_OVER, self.feed, *self._where())

    def _where(self) -> tuple[object, ...]:
        owner = f"{self.owner:x}{_EVERYBODY if self.open else ''}"
        return self.list, self.offset, owner, self.subject

    def fits(self) -> bool:
        """Whether it fits in a custom_id, on any page."""
        longest = replace(self, list=999, offset=999, owner=2**64 - 1, open=True).hand_over_id()
        return len(longest.encode("utf-16-le")) // 2 <= LONGEST_ID


HAND_OVER = "hand"


def _from_hex(given: str) -> int:
    try:
        return int(given, 16) if len(given) <= 16 else 0
    except ValueError:
        raise damaged() from None


@dataclass(frozen=True)
class Page:
    """Up to four designs, and where the pages beside them begin."""

    things: tuple[Thing, ...]
    hidden: int
    left_out: int
    position: Position
    before: Position | None
    after: Position | None
    number: int


def page_of(listing: Listing, position: Position, *, adult: bool, unwanted: Unwanted = WANTED) -> Page:
    """The page that has the design at `position`, without adult designs unless `adult`; none is shown twice.

    Buttons from when a page had five designs hold other offsets.
    """
    everything = {thing.id: thing for thing in listing.things}.values()
    listed = [thing for thing in everything if not is_unwanted(thing, unwanted)]
    things = tuple(thing for thing in listed if adult or not thing.is_nsfw)
    last = max(0, (len(things) - 1) // PER_PAGE * PER_PAGE)
    offset = last if position.offset == LAST else min(position.offset // PER_PAGE * PER_PAGE, last)
    before = after = None
    if offset > 0:
        before = replace(position, offset=max(0, offset - PER_PAGE))
    elif position.list > 1:
        before = replace(position, list=position.list - 1, offset=LAST)
    if offset + PER_PAGE < len(things):
        after = replace(position, offset=offset + PER_PAGE)
    elif listing.more:
        after = replace(position, list=position.list + 1, offset=0)
    return Page(
        things=things[offset : offset + PER_PAGE],
        hidden=len(listed) - len(things),
        left_out=len(everything) - len(listed),
        position=replace(position, offset=offset),
        before=before,
        after=after,
        number=(position.list - 1) * _pages_of(listing) + offset // PER_PAGE + 1,
    )


def is_unwanted(thing: Thing, unwanted: Unwanted) -> bool:
    return unwanted.has(maker=thing.maker_name, ai=thing.is_ai)


def _pages_of(listing: Listing) -> int:
    """Pages in each list: Thingiverse may send 30 designs, whatever it was asked for."""
    return max(PAGES_PER_LIST, -(-len(listing.things) // PER_PAGE))


@dataclass(frozen=True)
class Look:
    """What is shown around the designs. The heading and notes are Markdown."""

    heading: str
    notes: tuple[str, ...] = ()
    read_at: datetime | None = None  # set if the designs are an old copy
    liked: bool = False  # show Unlike instead of Like
    beside: Mapping[int, str] = field(default_factory=dict[int, str])  # an extra line for each design
    can_hand_over: bool = False
    follow: str = ""  # the kind of feed that a Follow button makes of the gallery, "maker" or "search"


def render(language: Language, look: Look, page: Page) -> list[Component]:
    """The card of a gallery, with at most 40 components."""
    lines = [f"# {look.heading}", *look.notes]
    if look.read_at is not None:
        lines.append(old(language, look.read_at))
    if page.hidden:
        lines.append(
            language.count(
                "-# {n} adult design is hidden. It only shows in age-restricted channels.",
                "-# {n} adult designs are hidden. They only show in age-restricted channels.",
                page.hidden,
            )
        )
    if page.left_out:
        lines.append(
            language.count(
                "-# {n} design is left out by a filter or this server's settings.",
                "-# {n} designs are left out by a filter or this server's settings.",
                page.left_out,
            )
        )
    several = page.before is not None or page.after is not None
    if several:
        lines.append("-# " + language.say("Page {n}", n=page.number))
    shown = framed(language, "\n".join(lines), page.things, liked=look.liked, beside=look.beside)
    below = _pages(language, page, can_hand_over=look.can_hand_over) if several else []
    if look.follow:
        pressed = custom_id("follow", look.follow, page.position.subject)
        below.append(button(language.say("Follow"), pressed, emoji="🔔"))
    return [shown, row(*below)] if below else [shown]


def old(language: Language, read_at: datetime) -> str:
    """The note above an old copy."""
    return language.say("-# Thingiverse isn't responding right now. This is a saved copy from {when}.", when=read_at)


def framed(
    language: Language,
    top: str,
    things: tuple[Thing, ...],
    *,
    liked: bool = False,
    beside: Mapping[int, str] | None = None,
) -> Component:
    """The frame around designs, with `top` above them and a divider before each."""
    notes = beside or {}
    shown = [thing_summary.in_gallery(language, thing, liked=liked, note=notes.get(thing.id, "")) for thing in things]
    return container(text(top), *chain.from_iterable(shown))


def _pages(language: Language, page: Page, *, can_hand_over: bool) -> list[Component]:
    back = button(language.say("Back"), (page.before or page.position).button_id(), disabled=page.before is None)
    on = button(language.say("Next"), (page.after or page.position).button_id(), disabled=page.after is None)
    if not can_hand_over:
        return [back, on]
    label = language.say("Only let me browse") if page.position.open else language.say("Let everyone browse")
    return [back, on, button(label, page.position.hand_over_id())]
