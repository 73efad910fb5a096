"""Save designs to a person's own collections on Thingiverse, and remove them again, once per request."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from weakref import WeakValueDictionary

import structlog

from actions.accounts import Accounts, Acting
from actions.like_limit import LikeLimit
from actions.own_collections import OwnCollections, gone
from actions.recorded import name_for_records
from errors import BotError
from records import HistoryEntry, Link
from storage.store import Store
from thingiverse.budget import Urgency
from thingiverse.client import Thingiverse
from thingiverse.details import Details
from thingiverse.errors import Forbidden, NotFound, Refused, ThingiverseError
from thingiverse.models import Collection, Thing

log = structlog.get_logger("actions.saving")

UNSURE_FOR = timedelta(days=1)  # what was begun longer ago was perhaps done elsewhere since
LONGEST_NAME = 100  # characters of a new collection's; Thingiverse's limit isn't documented


@dataclass(frozen=True)
class Saved:
    """The result of a save or its undo; `changed` is False if nothing had to change."""

    thing: Thing
    collection: Collection
    wanted: bool
    changed: bool
    link: Link


class Saving:
    def __init__(
        self, store: Store, accounts: Accounts, thingiverse: Thingiverse, limit: LikeLimit, now: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._thingiverse = thingiverse
        self._own = OwnCollections(thingiverse)
        self._limit = limit
        self._now = now
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def collections(self, person: int) -> tuple[Collection, ...]:
        """The person's collections, up to 200. Raises LinkNeeded or ThingiverseError."""
        async with self._accounts.acting_for(person) as acting:
            return await self._own.of(acting)

    async def save(self, person: int, thing_id: int, collection_id: int) -> Saved:
        """Add the design to the collection, unless it's there.

        Raises LinkNeeded, BotError if Thingiverse doesn't let it, or ThingiverseError.
        """
        async with self._acting(person) as acting:
            thing = await self._look(acting, thing_id)
            return await self._add(acting, thing, await self._own.named(acting, collection_id))

    async def set_saved(self, person: int, thing_id: int, collection_id: int, wanted: bool) -> Saved:
        """Save it if `wanted`, or else remove it."""
        change = self.save if wanted else self.remove
        return await change(person, thing_id, collection_id)

    async def save_in_new(self, person: int, thing_id: int, name: str) -> Saved:
        """The same, in a new collection, or in the person's own of that name. Raises BotError for an empty name."""
        name = " ".join(name.replace("\x00", "").split())[:LONGEST_NAME]
        if not name:
            raise BotError("Enter a name for the collection.")
        async with self._acting(person) as acting:
            thing = await self._look(acting, thing_id)
            return await self._add(acting, thing, await self._own.called(acting, name))

    async def remove(self, person: int, thing_id: int, collection_id: int) -> Saved:
        """Remove the design from the collection, unless it isn't there. Raises the same as `save`."""
        async with self._acting(person) as acting:
            collection = await self._named_or_gone(acting, collection_id)
            entry, again = await self._begin(acting, Thing(id=thing_id), collection, wanted=False)
            with self._forgotten_if_refused(entry):
                changed = await self._removed(acting, thing_id, collection)
            thing = await self._named_thing(acting, thing_id)
            saved = Saved(thing, collection, wanted=False, changed=changed or again, link=acting.link)
            return self._done(saved, entry)

    @asynccontextmanager
    async def _acting(self, person: int) -> AsyncGenerator[Acting]:
        """One at a time for each person: two presses must not both find that the design isn't there yet."""
        turn = self._turns.setdefault(person, asyncio.Lock())
        async with turn, self._accounts.acting_for(person) as acting:
            await self._limit.spend(person)
            yield acting

    async def _named_or_gone(self, acting: Acting, collection_id: int) -> Collection:
        """What isn't there anymore needs no name: nothing is in it."""
        try:
            return await self._own.named(acting, collection_id)
        except BotError:
            return Collection(id=collection_id)

    async def _add(self, acting: Acting, thing: Details, collection: Collection) -> Saved:
        """Thingiverse is asked first if it's there, because it may accept a design twice.

        If it's there because of an earlier try, this one ends that.
        """
        entry, again = await self._begin(acting, thing, collection, wanted=True)
        with self._forgotten_if_refused(entry):
            there = thing.collected is not False and await self._own.has(acting, collection, thing.id)
            added = not there and await self._added(acting, thing, collection)
        return self._done(Saved(thing, collection, wanted=True, changed=added or again, link=acting.link), entry)

    async def _begin(
        self, acting: Acting, thing: Thing, collection: Collection, *, wanted: bool
    ) -> tuple[HistoryEntry, bool]:
        """Record what is about to be done, so that a crash doesn't forget it.

        Also returns whether it was begun before, and nobody knows if it was done.
        """
        link, now = acting.link, self._now()
        name, where = name_for_records(thing), collection.name or None
        entry = HistoryEntry(link.person, now, thing.id, name, wanted, link.maker_id, collection.id, where)
        begun = await self._store.begun_history(entry, now - UNSURE_FOR)
        if begun is None:
            await self._store.begin_history(entry)
        return begun or entry, begun is not None

    @contextmanager
    def _forgotten_if_refused(self, entry: HistoryEntry) -> Generator[None]:
        """After other failures, nobody knows if it was done."""
        try:
            yield
        except BotError:
            self._store.forget_history(entry)
            raise

    async def _added(self, acting: Acting, thing: Details, collection: Collection) -> bool:
        """Add the design. Returns False if it's there already."""
        try:
            await self._thingiverse.collecting.add(collection.id, thing.id, token=acting.token)
        except Refused:  # perhaps it's there already
            if await self._own.has(acting, collection, thing.id):
                return False
            raise BotError(
                "Thingiverse didn't accept that for {name}. Try it on the design's page.", name=thing.name
            ) from None
        except NotFound:  # the design was just read
            self._own.forget(acting.link.person)
            raise gone() from None
        except Forbidden:
            name = collection.name or f"#{collection.id}"
            raise BotError(
                "Thingiverse doesn't let me add designs to {name}. Choose another collection.", name=name
            ) from None
        return True

    async def _removed(self, acting: Acting, thing_id: int, collection: Collection) -> bool:
        try:
            await self._thingiverse.collecting.remove(collection.id, thing_id, token=acting.token)
        except (NotFound, Refused):  # it isn't there, or not anymore
            return False
        except Forbidden:
            raise BotError("Thingiverse only lets me remove designs that I added. Remove this one there.") from None
        return True

    async def _look(self, acting: Acting, thing_id: int) -> Details:
        return await self._thingiverse.thing(thing_id, token=acting.token, urgency=Urgency.ACTION)

    async def _named_thing(self, acting: Acting, thing_id: int) -> Thing:
        try:
            return await self._look(acting, thing_id)
        except ThingiverseError as error:  # the removal itself worked
            log.info("design not reloaded after the change", thing=thing_id, why=type(error).__name__)
            return Thing(id=thing_id, title=f"#{thing_id}")

    def _done(self, saved: Saved, entry: HistoryEntry) -> Saved:
        """End the entry of the person's history: it was done, or nothing had to be."""
        if not saved.changed:
            self._store.forget_history(entry)
            return saved
        log.info("saved" if saved.wanted else "removed from a collection", person=entry.person, thing=entry.thing)
        self._store.note_history(replace(entry, name=name_for_records(saved.thing), unsure=False))
        return saved
