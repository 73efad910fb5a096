"""Designs the bot has read, for suggestions and cards without asking Thingiverse."""

from __future__ import annotations

import heapq
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter

import msgspec
import structlog
from cachetools import TTLCache

from records import SeenThing
from storage.designs import Designs
from storage.errors import StorageError
from thingiverse.models import Thing

log = structlog.get_logger("actions.known_things")

FRESH = 5 * 60.0  # seconds
SEEN_AT_MOST = 2_000
MOST_TYPED = 100  # characters of the input that count; a suggestion can't be longer
MOST_WORDS = 8
FOUND_AT_MOST = 1_000  # inputs whose suggestions are remembered
FOUND_FOR = 10.0  # seconds; a design is suggested by likes that old


class _Known:
    def __init__(self, thing: Thing, at: float, *, shown: bool) -> None:
        self.thing = thing
        self.at = at
        self.shown = shown  # in public, so that it may be suggested
        self.shown_as: Thing | None = None  # the very object that was shown last
        self.folded = thing.name.casefold()

    @cached_property
    def seen(self) -> SeenThing:
        return as_seen(self.thing)


@dataclass
class _Found:
    """What fits an input; without `complete`, the database may have more."""

    things: list[SeenThing]
    complete: bool


class KnownThings:
    """Recent designs in memory, and those shown in public in the database. Only the latter are suggested.

    So suggestions don't reveal what someone looked at in private.
    """

    def __init__(self, designs: Designs) -> None:
        self._designs = designs
        self._latest: OrderedDict[int, _Known] = OrderedDict()
        self._found: TTLCache[tuple[str, int], _Found] = TTLCache(FOUND_AT_MOST, FOUND_FOR)

    def note(self, thing: Thing) -> None:
        """Remember a design that was read with the app's own token, never with a person's."""
        earlier = self._latest.get(thing.id)
        if earlier is not None and earlier.shown and _as_suggested(earlier.thing) != _as_suggested(thing):
            self._found.clear()
        if not thing.is_public:
            self._latest.pop(thing.id, None)
            return
        known = _Known(thing.as_listed(), time.monotonic(), shown=earlier is not None and earlier.shown)
        self._latest[thing.id] = known
        self._latest.move_to_end(thing.id)
        if len(self._latest) > SEEN_AT_MOST:
            self._latest.popitem(last=False)
        if known.shown:
            self._designs.note(known.seen)

    def change(self, thing: Thing) -> None:
        """Replace a known design after a like. The database gets the new count when the design is next read."""
        earlier = self._latest.get(thing.id)
        if earlier is not None:
            self._latest[thing.id] = _Known(thing, time.monotonic(), shown=earlier.shown)
            self._latest.move_to_end(thing.id)

    def show(self, things: Iterable[Thing]) -> None:
        """Mark designs as shown in public: in a channel, or in a list for everyone."""
        for thing in things:
            if not thing.is_public:
                continue
            known = self._latest.get(thing.id)
            if known is not None:
                if known.shown_as is thing:  # a page that is shown again and again is a list that was read once
                    continue
                if not known.shown:
                    self._found.clear()
                known.shown, known.shown_as = True, thing
            self._designs.note(as_seen(thing.as_listed()))

    def known(self, thing_id: int) -> Thing | None:
        """The design, if it was read in the last five minutes."""
        known = self._latest.get(thing_id)
        return known.thing if known is not None and time.monotonic() - known.at < FRESH else None

    async def recalled(self, thing_ids: Iterable[int]) -> dict[int, Thing]:
        """Those of the designs that were read recently or shown in public, as they were then."""
        ids = list(thing_ids)
        found = {thing_id: self._latest[thing_id].thing for thing_id in ids if thing_id in self._latest}
        missing = [thing_id for thing_id in ids if thing_id not in found]
        if missing:
            kept = await self._designs.seen(missing)
            found |= {thing_id: msgspec.json.decode(seen.card, type=Thing) for thing_id, seen in kept.items()}
        return found

    async def suggestions(self, text: str, limit: int = 25) -> list[SeenThing]:
        """Designs with words that begin with each word of `text`, without adult ones.

        The most liked ones come first, because an order by time would reveal what people look at.

        Empty if the database fails: people can type without suggestions.
        """
        found = self._find(text[:MOST_TYPED], limit)
        if not found.complete:
            try:
                kept = await self._designs.things(text[:MOST_TYPED], limit)
            except StorageError as error:
                log.warning("suggestions failed", why=str(error))
                return found.things
            known = {seen.thing for seen in found.things}
            found.things = [*found.things, *(seen for seen in kept if seen.thing not in known)][:limit]
            found.complete = True
        return found.things

    def known_suggestions(self, text: str, limit: int = 25) -> list[SeenThing] | None:
        """The same; None if the database has to be asked."""
        found = self._find(text[:MOST_TYPED], limit)
        return found.things if found.complete else None

    async def makers(self, text: str, limit: int = 25) -> list[str]:
        """Logins of makers of shown designs that begin with `text`."""
        try:
            return await self._designs.makers(text[:MOST_TYPED].removeprefix("@"), limit)
        except StorageError as error:
            log.warning("suggestions failed", why=str(error))
            return []

    def _find(self, text: str, limit: int) -> _Found:
        """What memory has, kept for a while. A change of what is shown drops it, even while the database is asked."""
        found = self._found.get((text, limit))
        if found is None:
            things = self._in_memory(text, limit)
            found = self._found[text, limit] = _Found(things, complete=len(things) == limit)
        return found

    def _in_memory(self, text: str, limit: int) -> list[SeenThing]:
        words = text.casefold().split()[:MOST_WORDS]
        shown = (known for known in self._latest.values() if known.shown and not known.thing.is_nsfw)
        fitting = (known for known in shown if all(word in known.folded for word in words))
        found = heapq.nlargest(limit, fitting, key=lambda known: (known.thing.like_count or 0, known.thing.id))
        return [known.seen for known in found]


_as_suggested = attrgetter("name", "maker", "is_nsfw", "is_public")  # all that suggestions show, apart from their order


def as_seen(thing: Thing) -> SeenThing:
    """The record of a design for the database; `thing` is as lists have it."""
    return SeenThing(thing.id, thing.name, thing.maker_name, thing.is_nsfw, msgspec.json.encode(thing).decode())
