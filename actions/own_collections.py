"""A person's own collections on Thingiverse, read and created with their own token."""

from __future__ import annotations

import structlog
from cachetools import TTLCache

from actions.accounts import Acting
from errors import BotError
from thingiverse.client import Thingiverse
from thingiverse.errors import Forbidden, NotFound, Refused, Unexpected
from thingiverse.models import Collection

log = structlog.get_logger("actions.own_collections")

LISTED = 50  # per request; the most that a client in use asks for
MOST_LISTS = 4  # requests for a person's collections
MOST_SEARCHED = 6  # requests to find a design in a collection
KEPT_AT_MOST = 2_000
KEPT_FOR = 60.0  # seconds, for the pages of a select and the press that follows


class OwnCollections:
    def __init__(self, thingiverse: Thingiverse) -> None:
        self._thingiverse = thingiverse
        self._kept: TTLCache[int, tuple[Collection, ...]] = TTLCache(KEPT_AT_MOST, ttl=KEPT_FOR)

    async def of(self, acting: Acting) -> tuple[Collection, ...]:
        """The account's collections, up to 200, at most a minute old."""
        return self._kept.get(acting.link.person) or await self.load(acting)

    async def load(self, acting: Acting) -> tuple[Collection, ...]:
        """The same, read anew. An account without any, or one that isn't called "me", may be answered 404."""
        found: dict[int, Collection] = {}
        for maker in ("me", acting.link.maker_name):
            try:
                found = await self._listed(acting, maker)
                break
            except (NotFound, Refused):
                continue
        self._kept[acting.link.person] = tuple(found.values())
        return self._kept[acting.link.person]

    def forget(self, person: int) -> None:
        self._kept.pop(person, None)

    async def named(self, acting: Acting, collection_id: int) -> Collection:
        """The collection with its name. Raises BotError if it's gone."""
        known = {each.id: each for each in self._kept.get(acting.link.person, ())}
        if collection_id in known:
            return known[collection_id]
        try:
            return await self._thingiverse.collection(collection_id, token=acting.token)
        except (NotFound, Forbidden):
            raise gone() from None

    async def called(self, acting: Acting, name: str) -> Collection:
        """The account's collection of that name, which is created if there's none.

        Asking again after a failure that came too late creates no second one.
        """
        return _called(name, await self.load(acting)) or await self._create(acting, name)

    async def has(self, acting: Acting, collection: Collection, thing_id: int) -> bool:
        """Whether the design is among the first 300 of the collection. An empty one may be answered 404."""
        for page in range(1, MOST_SEARCHED + 1):
            try:
                listing = await self._thingiverse.collected(collection.id, page, token=acting.token, per_page=LISTED)
            except NotFound:
                return False
            if any(thing.id == thing_id for thing in listing.things):
                return True
            if not listing.more:
                return False
        return False

    async def _listed(self, acting: Acting, maker: str) -> dict[int, Collection]:
        found: dict[int, Collection] = {}
        for page in range(1, MOST_LISTS + 1):
            try:
                listed, more = await self._thingiverse.collecting.own(
                    page, token=acting.token, maker=maker, per_page=LISTED
                )
            except (NotFound, Refused):
                if page == 1:
                    raise
                break
            found |= {collection.id: collection for collection in listed}
            if not more:
                break
        return found

    async def _create(self, acting: Acting, name: str) -> Collection:
        try:
            made = await self._thingiverse.collecting.create(name, token=acting.token)
        except Refused:
            raise BotError(
                "Thingiverse didn't accept {name} as a collection's name. Try another one.", name=name
            ) from None
        except Forbidden:
            raise BotError(
                "Thingiverse doesn't let me create collections for you. Create one there, then press Save again."
            ) from None
        log.info("collection created", person=acting.link.person)
        found = made or _called(name, await self.load(acting))
        self.forget(acting.link.person)
        if found is None:
            raise Unexpected("a new collection that isn't listed")
        return found


def _called(name: str, collections: tuple[Collection, ...]) -> Collection | None:
    return next((each for each in collections if each.name.casefold() == name.casefold()), None)


def gone() -> BotError:
    return BotError("That collection is gone from Thingiverse. Press Save again to choose another one.")
