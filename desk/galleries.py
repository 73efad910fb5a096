"""Galleries of designs: their pages, and who can change them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from cards import gallery
from cards.components import Component, container, damaged, text
from cards.gallery import HAND_OVER, Look, Position
from desk.prepared import ANYONE, PreparedPages
from desk.presses import Presses
from desk.ready import Answer, Asked, ReadyAnswers, message
from desk.replies import Reply
from desk.requests import Interaction
from errors import BotError
from records import Unwanted
from texts import Markup
from thingiverse.models import Listing


@dataclass(frozen=True)
class Found:
    """One list of a feed, how it's shown, and the sentence if it's empty."""

    listing: Listing
    look: Look
    nothing: str
    no_ai: bool = False  # as the search asks for


Read = Callable[[Reply, Position], Awaitable[Found]]
KnownList = Callable[[], Listing | None]


class Galleries:
    """Feeds by name. The buttons contain the position, so they still work after a restart and a week later."""

    def __init__(self, presses: Presses, ready: ReadyAnswers) -> None:
        self._presses = presses
        self._ready = ready
        self._feeds: dict[str, Read] = {}
        self._prepared = PreparedPages()
        presses.route(HAND_OVER, self._hand_over, edits=_owns)

    def add(self, feed: str, read: Read, known_list: KnownList | None = None) -> None:
        """Add a feed. `read` loads it for a person at a position.

        With `known_list`, its first list if that needs no request, the command of the same name has a ready answer.
        """

        async def turn(reply: Reply, list_: str, offset: str, owner: str, subject: str) -> None:
            asked = Position.read(feed, list_, offset, owner, subject)
            theirs = asked.open or asked.owner == reply.person
            await self.show(reply, asked if theirs else replace(asked, owner=reply.person, open=False))

        self._feeds[feed] = read
        self._presses.route(feed, turn, edits=_turns)
        if known_list is not None:
            self._ready.to_command(feed, self._ready_page(feed, known_list))

    def _ready_page(self, feed: str, known_list: KnownList) -> Answer:
        anyones = Position(feed, owner=ANYONE)

        def answer(asked: Asked) -> bytes | None:
            place, listing = asked.place(), known_list()
            if place is None or listing is None:
                return None
            page = self._prepared.known((anyones, place.language.code, place.adult, place.unwanted))
            if page is None or page.made_of[0] is not listing:
                return None
            return message(page.for_owner(asked.person), private=False)

        return answer

    async def show(self, reply: Reply, position: Position) -> None:
        """Show the page at the position. Raises BotError if there's none."""
        adult = await reply.shows_adult()
        found = await self._feeds[position.feed](reply, position)
        unwanted = await self._unwanted(reply, found)
        page = self._page(reply, position, found, adult=adult, unwanted=unwanted)
        if page:
            await reply.send(*page)
        elif position.list > 1:
            raise BotError("There's nothing on that page anymore. Run the command again.")
        else:
            await reply.also(container(text(found.nothing)))

    async def _unwanted(self, reply: Reply, found: Found) -> Unwanted:
        """What to leave out; nothing of the person's own likes."""
        if found.look.liked:
            return Unwanted()
        unwanted = await reply.unwanted()
        return replace(unwanted, ai=True) if found.no_ai else unwanted

    def _page(
        self, reply: Reply, position: Position, found: Found, *, adult: bool, unwanted: Unwanted
    ) -> list[Component]:
        """Nothing if there's no such page. Pages that only one person sees aren't kept."""
        look = replace(found.look, can_hand_over=reply.public)

        def drawn(position: Position) -> list[Component]:
            page = gallery.page_of(found.listing, position, adult=adult, unwanted=unwanted)
            return gallery.render(reply.language, look, page) if page.things or page.hidden or page.left_out else []

        if not reply.public:
            return drawn(position)
        anyones = replace(position, owner=ANYONE)
        key = anyones, reply.language.code, adult, unwanted
        return self._prepared.page(key, (found.listing, look), position.owner, lambda: drawn(anyones))

    async def _hand_over(self, reply: Reply, feed: str, list_: str, offset: str, owner: str, subject: str) -> None:
        """Let everyone change the page, or only the person who asked."""
        position = Position.read(feed, list_, offset, owner, subject)
        if position.owner != reply.person:
            raise BotError("Only {person} can change that.", person=Markup(f"<@{position.owner}>"))
        if feed not in self._feeds:
            raise damaged()
        await self.show(reply, replace(position, open=not position.open))


def _turns(interaction: Interaction, arguments: list[str]) -> bool:
    """Whether the press changes the page for everyone. Otherwise, the person gets their own copy."""
    return _by_owner(interaction, arguments[2:3]) or (len(arguments) > 2 and arguments[2].endswith("+"))


def _owns(interaction: Interaction, arguments: list[str]) -> bool:
    return _by_owner(interaction, arguments[3:4])


def _by_owner(interaction: Interaction, owner: list[str]) -> bool:
    return owner[:1] in ([f"{interaction.user.id:x}"], [f"{interaction.user.id:x}+"])
