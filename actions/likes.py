"""Like and unlike designs for a person, once per request."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

import structlog
from cachetools import TTLCache

from actions.accounts import Accounts, Acting
from actions.catalog import LAST_PAGE, LISTED, Catalog
from actions.known_things import MOST_TYPED, MOST_WORDS
from actions.like_limit import LikeLimit
from actions.recorded import name_for_records
from errors import BotError
from records import HistoryEntry, Like, Link
from storage.store import Store
from thingiverse.budget import Urgency
from thingiverse.client import Thingiverse
from thingiverse.errors import NotFound, Refused, ThingiverseError
from thingiverse.models import Listing, Thing

log = structlog.get_logger("actions.likes")

OWN_AT_MOST = 2_000
OWN_FOR = 5 * 60.0  # seconds


@dataclass(frozen=True)
class Outcome:
    """The result of a like or unlike; `changed` is False if nothing had to change."""

    thing: Thing
    wanted: bool
    changed: bool
    link: Link


class Likes:
    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        catalog: Catalog,
        thingiverse: Thingiverse,
        limit: LikeLimit,
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._catalog = catalog
        self._thingiverse = thingiverse
        self._limit = limit
        self._now = now
        # designs that people read with their own account, for their next press
        self._own: TTLCache[tuple[int, int], Thing] = TTLCache(OWN_AT_MOST, ttl=OWN_FOR)

    async def set_like(self, person: int, thing_id: int, wanted: bool, *, guild: int | None = None) -> Outcome:
        """Like (`wanted`) or unlike the design for the person.

        If our record says that it's already so, Thingiverse is asked first, to tell people "you already like this":
        what a second like returns isn't documented.

        Raises LinkNeeded, BotError for the person's own design or over the limit, or ThingiverseError.
        """
        link, recorded = await self._store.link_and_like(person, thing_id)
        async with self._accounts.acting_as(link) as acting:
            await self._limit.spend(person)
            outcome = await self._so_already(acting, thing_id, wanted) if recorded == wanted else None
            if outcome is None:
                outcome = await self._change(acting, thing_id, wanted)
        self._record(outcome, guild, recorded=recorded)
        return outcome

    async def liked(self, person: int, page: int = 1) -> Listing:
        """Page `page` (from 1) of what the person likes, newest first, as Thingiverse has it."""
        if page > LAST_PAGE:
            return Listing(page=page)
        async with self._accounts.acting_for(person) as acting:
            listing = Listing(page=page, unsaid=page == 1)
            for maker in ("me", acting.link.maker_name):  # some accounts only work with their name
                with suppress(NotFound):  # perhaps there are no likes
                    listing = await self._thingiverse.likes(page, token=acting.token, maker=maker, per_page=LISTED)
                    break
        for thing in listing.things:
            self._own[person, thing.id] = thing
        return listing

    async def recorded(self, person: int, text: str = "", limit: int = 25) -> list[Like]:
        """Designs the person liked through the bot with every word of `text` in their name, newest first."""
        words = text[:MOST_TYPED].casefold().split()[:MOST_WORDS]
        likes = await self._store.likes_of(person, limit=200)
        return [like for like in likes if all(word in like.name.casefold() for word in words)][:limit]

    async def count_recorded(self, person: int) -> int:
        return await self._store.count_likes(person)

    async def done_for(self, person: int) -> list[HistoryEntry]:
        """The person's last fifty likes and unlikes, newest first."""
        return await self._store.history_of(person)

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
        """The design after the change; only its ID if Thingiverse can't be reached."""
        known = self._catalog.seen.known(thing_id)
        if known is not None:
            return await self._catalog.liked(known, wanted)
        own = self._own.get((acting.link.person, thing_id))
        if own is not None:
            changed = self._own[acting.link.person, thing_id] = await self._catalog.liked(own, wanted)
            return changed
        try:
            return await self._look(acting, thing_id)
        except ThingiverseError as error:  # the like itself worked
            log.info("design not reloaded after the change", thing=thing_id, why=type(error).__name__)
            return Thing(id=thing_id, title=f"#{thing_id}")

    async def _explain(self, acting: Acting, thing_id: int, wanted: bool) -> Outcome:
        """Find out why a like was rejected: it was already so, it's the person's own design, or there's none."""
        thing = await self._look(acting, thing_id)
        if thing.maker is not None and thing.maker.id == acting.link.maker_id:
            raise BotError(
                "{name} is your own design, and Thingiverse doesn't let anyone like their own.", name=thing.name
            )
        if thing.is_liked == wanted:
            return Outcome(thing, wanted, changed=False, link=acting.link)
        raise BotError("Thingiverse didn't accept that for {name}. Try it on the design's page.", name=thing.name)

    async def _look(self, acting: Acting, thing_id: int) -> Thing:
        """The design as the person sees it. Others may not see it, so it's cached for this person only."""
        thing = await self._thingiverse.thing(thing_id, token=acting.token, urgency=Urgency.ACTION)
        self._own[acting.link.person, thing_id] = thing.as_listed()
        return thing

    def _record(self, outcome: Outcome, guild: int | None, *, recorded: bool) -> None:
        """Record the like or unlike, and add it to the person's history.

        The store writes neither if the person has been unlinked. A correct record isn't changed, because it has the
        server where the like counts.
        """
        person, thing, now = outcome.link.person, outcome.thing, self._now()
        if recorded == outcome.wanted and not outcome.changed:
            return
        name = name_for_records(thing)
        if outcome.wanted:  # an unpublished design isn't one of the server's favorites
            self._store.note_like(Like(person, thing.id, name, guild if thing.is_public else None, now))
        else:
            self._store.note_unlike(person, thing.id)
        if outcome.changed:
            self._store.note_history(HistoryEntry(person, now, thing.id, name, outcome.wanted, outcome.link.maker_id))
