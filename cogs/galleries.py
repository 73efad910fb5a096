"""Galleries of designs, which several subjects open: their pages, and who turns them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from errors import BotError
from thingiverse.models import Listing
from ui import gallery
from ui.components import text
from ui.gallery import HAND_OVER, Look, Place
from ui.places import Places
from ui.presses import Presses, damaged
from ui.replies import Interaction, Reply
from ui.texts import Markup


@dataclass(frozen=True)
class Found:
    """One list of a feed, how it is shown, and what is said where nothing is in it at all."""

    listing: Listing
    look: Look
    nothing: str


Read = Callable[[Reply, Place], Awaitable[Found]]


class Galleries:
    """Feeds by name. What is shown stands in the buttons, so that pages turn after a restart and a week later."""

    def __init__(self, presses: Presses, places: Places) -> None:
        self._presses = presses
        self._places = places
        self._feeds: dict[str, Read] = {}
        presses.route(HAND_OVER, self._hand_over, edits=_owns)

    def add(self, feed: str, read: Read) -> None:
        """A feed, read by `read` for the person who asks, at a place."""

        async def turn(reply: Reply, list_: str, offset: str, owner: str, subject: str) -> None:
            asked = Place.read(feed, list_, offset, owner, subject)
            await self.show(reply, asked if asked.turned_by(reply.person) else asked.for_owner(reply.person))

        self._feeds[feed] = read
        self._presses.route(feed, turn, edits=_turns)

    async def show(self, reply: Reply, place: Place) -> None:
        """The page at `place`. Raises BotError where there is none."""
        adult = await self._places.age_restricted(reply.interaction)
        found = await self._feeds[place.feed](reply, place)
        page = gallery.page_of(found.listing, place, adult=adult)
        if not page.things and not page.hidden:
            if place.list > 1:
                raise BotError("There is nothing on that page any more. Please ask again with a command.")
            await reply.also(text(found.nothing))
            return
        look = replace(found.look, can_hand_over=not reply.private and reply.interaction.guild_id is not None)
        await reply.send(*gallery.render(reply.language, look, page))

    async def _hand_over(self, reply: Reply, feed: str, list_: str, offset: str, owner: str, subject: str) -> None:
        """The one who asked lets everybody turn the pages, or keeps that again."""
        place = Place.read(feed, list_, offset, owner, subject)
        if place.owner != reply.person:
            raise BotError("Only {person} can decide that, who asked for this.", person=Markup(f"<@{place.owner}>"))
        if feed not in self._feeds:
            raise damaged()
        await self.show(reply, replace(place, open=not place.open))


def _turns(interaction: Interaction, arguments: list[str]) -> bool:
    """Whether this press turns the page for all who see it; anybody else gets a copy of their own."""
    return _by_owner(interaction, arguments[2:3]) or (len(arguments) > 2 and arguments[2].endswith("+"))


def _owns(interaction: Interaction, arguments: list[str]) -> bool:
    return _by_owner(interaction, arguments[3:4])


def _by_owner(interaction: Interaction, owner: list[str]) -> bool:
    return owner[:1] in ([f"{interaction.user.id:x}"], [f"{interaction.user.id:x}+"])
