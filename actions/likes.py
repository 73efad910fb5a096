"""Liking and unliking designs as somebody, once, because they asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from actions.accounts import Accounts, Acting
from actions.pace import Pace
from actions.showcase import LISTED, Showcase
from errors import BotError
from storage.records import Deed, Like, Link
from storage.store import Store
from thingiverse.client import Thingiverse
from thingiverse.errors import NotFound, Refused, ThingiverseError
from thingiverse.models import Listing, Thing

log = structlog.get_logger("actions.likes")


@dataclass(frozen=True)
class Outcome:
    """What became of a wish; `changed` is False where it was so already."""

    thing: Thing
    wanted: bool
    changed: bool
    link: Link


class Likes:
    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        showcase: Showcase,
        thingiverse: Thingiverse,
        pace: Pace,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._showcase = showcase
        self._thingiverse = thingiverse
        self._pace = pace
        self._now = now

    async def set_like(self, person: int, thing_id: int, wanted: bool, *, guild: int | None = None) -> Outcome:
        """Make it so that the person likes the design, or does not.

        Where our own record says that it is so already, Thingiverse is asked before anything is changed: that is
        the only way to tell "you already like this", for what a second like is answered is documented nowhere.

        Raises LinkNeeded, BotError for one's own design or after too many in a short time, ThingiverseError.
        """
        link, recorded = await self._store.link_and_like(person, thing_id)
        async with self._accounts.acting_as(link) as acting:
            self._pace.take(person)
            outcome = await self._so_already(acting, thing_id, wanted) if recorded == wanted else None
            if outcome is None:
                outcome = await self._change(acting, thing_id, wanted)
        await self._record(outcome, guild, recorded=recorded)
        return outcome

    async def liked(self, person: int, page: int = 1) -> Listing:
        """Page `page` (from 1) of what the person likes, newest first, as Thingiverse has it."""
        async with self._accounts.acting_for(person) as acting:
            try:
                listing = await self._thingiverse.likes(page, token=acting.token, per_page=LISTED)
            except NotFound:  # some accounts answer only under their name
                listing = await self._thingiverse.likes(
                    page, token=acting.token, maker=acting.link.maker_name, per_page=LISTED
                )
        for thing in listing.things:
            self._showcase.seen.note(thing)
        return listing

    async def recorded(self, person: int, text: str = "", limit: int = 25) -> list[Like]:
        """What the person liked through the bot, newest first, whose name has every word of `text`."""
        words = text.casefold().split()
        likes = await self._store.likes_of(person, limit=200)
        return [like for like in likes if all(word in like.name.casefold() for word in words)][:limit]

    async def count_recorded(self, person: int) -> int:
        return await self._store.count_likes(person)

    async def done_for(self, person: int) -> list[Deed]:
        """What was done in the person's name, newest first: the last fifty."""
        await self._store.settle()
        return await self._store.deeds.of(person)

    async def _so_already(self, acting: Acting, thing_id: int, wanted: bool) -> Outcome | None:
        thing = await self._look(acting, thing_id)
        return Outcome(thing, wanted, changed=False, link=acting.link) if thing.is_liked == wanted else None

    async def _change(self, acting: Acting, thing_id: int, wanted: bool) -> Outcome:
        call = self._thingiverse.like if wanted else self._thingiverse.unlike
        try:
            await call(thing_id, token=acting.token)
        except (Refused, NotFound):
            return await self._explain(acting, thing_id, wanted)
        log.info("liked" if wanted else "unliked", person=acting.link.person, thing=thing_id)
        return Outcome(await self._after(acting, thing_id, wanted), wanted, changed=True, link=acting.link)

    async def _after(self, acting: Acting, thing_id: int, wanted: bool) -> Thing:
        """The design as it is after the change; by its number alone where Thingiverse cannot be asked any more."""
        known = self._showcase.seen.known(thing_id)
        if known is not None:
            return await self._showcase.liked(known, wanted)
        try:
            return await self._look(acting, thing_id)
        except ThingiverseError as error:  # done is done
            log.info("not seen after the change", thing=thing_id, why=type(error).__name__)
            return Thing(id=thing_id, title=f"#{thing_id}")

    async def _explain(self, acting: Acting, thing_id: int, wanted: bool) -> Outcome:
        """Why a like was refused: it was so already, it is the person's own design, or there is no such design."""
        thing = await self._look(acting, thing_id)
        if thing.maker is not None and thing.maker.id == acting.link.maker_id:
            raise BotError("{name} is your own design, and Thingiverse lets nobody like their own.", name=thing.name)
        if thing.is_liked == wanted:
            return Outcome(thing, wanted, changed=False, link=acting.link)
        raise BotError("Thingiverse would not do that for {name}. Try it on the design's page.", name=thing.name)

    async def _look(self, acting: Acting, thing_id: int) -> Thing:
        thing = await self._thingiverse.thing(thing_id, token=acting.token)
        self._showcase.seen.note(thing)
        return thing

    async def _record(self, outcome: Outcome, guild: int | None, *, recorded: bool) -> None:
        """Note it for the person's own list, to know next time that it was so already, and as done in their name.

        Whoever was unlinked meanwhile leaves nothing behind. A record that is right stays as it is, with the server
        where the like counts.
        """
        person, thing, now = outcome.link.person, outcome.thing, self._now()
        if await self._store.link_of(person) is None:
            return
        if recorded == outcome.wanted and not outcome.changed:
            return
        if outcome.wanted:
            self._store.note_like(Like(person, thing.id, thing.name, guild, now))
        else:
            self._store.note_unlike(person, thing.id)
        if outcome.changed:
            # the record is shown everywhere, and an adult design is not
            name = f"#{thing.id}" if thing.is_nsfw else thing.name
            self._store.note_deed(Deed(person, now, thing.id, name, outcome.wanted, outcome.link.maker_id))
