"""The designs that the bot has read, to be suggested and drawn again without asking Thingiverse."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable

import msgspec
import structlog

from storage.errors import StorageError
from storage.index import Index
from storage.records import SeenThing
from thingiverse.models import Thing

log = structlog.get_logger("actions.seen")

FRESH = 5 * 60.0  # seconds
SEEN_AT_MOST = 2_000


class Seen:
    """The latest ones in memory, all of them in the database."""

    def __init__(self, index: Index, clock: Callable[[], float] = time.monotonic) -> None:
        self._index = index
        self._clock = clock
        self._latest: OrderedDict[int, tuple[Thing, float]] = OrderedDict()

    def note(self, thing: Thing) -> None:
        """A design that was read; never what is private, and never as somebody's own view."""
        if thing.is_private:
            return
        thing = thing.as_listed()
        self._latest[thing.id] = (thing, self._clock())
        self._latest.move_to_end(thing.id)
        if len(self._latest) > SEEN_AT_MOST:
            self._latest.popitem(last=False)
        maker = thing.maker.name if thing.maker is not None else ""
        self._index.note(SeenThing(thing.id, thing.name, maker, thing.is_nsfw, msgspec.json.encode(thing).decode()))

    def known(self, thing_id: int) -> Thing | None:
        """The design as it was read in the last five minutes."""
        thing, at = self._latest.get(thing_id, (None, 0.0))
        return thing if thing is not None and self._clock() - at < FRESH else None

    async def recalled(self, thing_ids: Iterable[int]) -> dict[int, Thing]:
        """Those of them that were ever read, as they were then."""
        ids = list(thing_ids)
        found = {thing_id: self._latest[thing_id][0] for thing_id in ids if thing_id in self._latest}
        missing = [thing_id for thing_id in ids if thing_id not in found]
        if missing:
            kept = await self._index.seen(missing)
            found |= {thing_id: msgspec.json.decode(seen.card, type=Thing) for thing_id, seen in kept.items()}
        return found

    async def suggestions(self, text: str, limit: int = 25) -> list[SeenThing]:
        """Designs with a word beginning with each word of `text`, the latest first; nothing adult.

        Empty where the database does not answer: whoever types can go on without.
        """
        found = self._in_memory(text, limit)
        if len(found) == limit:
            return list(found.values())
        try:
            found |= {seen.thing: seen for seen in await self._index.things(text, limit) if seen.thing not in found}
        except StorageError as error:
            log.warning("no suggestions", why=str(error))
        return list(found.values())[:limit]

    async def makers(self, text: str, limit: int = 25) -> list[str]:
        """Makers of designs that were read whose login begins with `text`."""
        try:
            return await self._index.makers(text.removeprefix("@"), limit)
        except StorageError as error:
            log.warning("no suggestions", why=str(error))
            return []

    def _in_memory(self, text: str, limit: int) -> dict[int, SeenThing]:
        words = text.casefold().split()
        found: dict[int, SeenThing] = {}
        for thing, _ in reversed(self._latest.values()):
            name = thing.name.casefold()
            if not thing.is_nsfw and all(word in name for word in words):
                maker = thing.maker.name if thing.maker is not None else ""
                found[thing.id] = SeenThing(thing.id, thing.name, maker, False, "")
                if len(found) == limit:
                    break
        return found
