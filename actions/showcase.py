"""What everybody may see, read with the app's own token and kept on a shelf.

A page costs one request, however many people ask for it.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from datetime import datetime
from typing import TypeVar

import msgspec
import structlog

from actions.seen import Seen
from errors import BotError
from thingiverse.budget import Urgency
from thingiverse.client import Thingiverse
from thingiverse.errors import NotFound, Refused, ThingiverseError, TokenRejected, Unexpected
from thingiverse.models import Category, Collection, Details, File, Filters, Listing, Maker, Picture, Thing
from thingiverse.shelf import Shelf, Shelved

log = structlog.get_logger("actions.showcase")

T = TypeVar("T")

FRESH = 5 * 60.0  # seconds
FRESH_FOR_A_DAY = 24 * 60 * 60.0
KEPT = 24 * 60 * 60.0  # seconds; to serve when Thingiverse fails
LISTED = 30  # things a request; Thingiverse's own page length
RANDOM_PAGES = 40  # of popular designs, where Thingiverse does not draw by itself

NEWEST = Filters(sort="newest")
FEATURED = Filters(featured=True, sort="newest")


class Showcase:
    def __init__(self, thingiverse: Thingiverse, shelf: Shelf, seen: Seen, *, app_token: str) -> None:
        self._thingiverse = thingiverse
        self._shelf = shelf
        self._token = app_token
        self._drawn: list[int] = []
        self.seen = seen

    # -- lists; pages count from 1

    async def popular(self, page: int = 1) -> Shelved[Listing]:
        """What is popular, fresh for five minutes; older, and marked so, in an outage. So are all lists."""
        return await self._list(
            f"popular:{page}", lambda: self._thingiverse.popular(page, token=self._token, per_page=LISTED)
        )

    async def search(self, term: str, filters: Filters, page: int = 1) -> Shelved[Listing]:
        """Designs that fit a term, all of them for an empty one, through filters."""
        key = f"search:{page}:{'&'.join(filters.params().values())}:{term.casefold()}"
        return await self._list(
            key,
            lambda: self._thingiverse.search(term, page, token=self._token, filters=filters, per_page=LISTED),
        )

    async def designs(self, maker: str, page: int = 1) -> Shelved[Listing]:
        """What somebody has published. Raises NotFound where there is no such maker."""
        return await self._list(
            f"designs:{page}:{maker.casefold()}",
            lambda: self._thingiverse.designs(maker, page, token=self._token, per_page=LISTED),
        )

    async def collected(self, collection_id: int, page: int = 1) -> Shelved[Listing]:
        """What is in a collection. Raises NotFound where there is none."""
        return await self._list(
            f"collected:{page}:{collection_id}",
            lambda: self._thingiverse.collected(collection_id, page, token=self._token, per_page=LISTED),
        )

    async def similar(self, thing_id: int, page: int = 1) -> Shelved[Listing]:
        """What a design was made from, as far as its details were read lately, and what was made from it."""
        remixes = await self._list(
            f"remixes:{page}:{thing_id}",
            lambda: self._thingiverse.remixes(thing_id, page, token=self._token, per_page=LISTED),
        )
        details = await self._shelf.peek(f"thing:{thing_id}") if page == 1 else None
        if details is None or not details.value.ancestors:
            return remixes
        both = msgspec.structs.replace(remixes.value, things=(*details.value.ancestors, *remixes.value.things))
        return Shelved(both, remixes.fetched_at, remixes.stale)

    # -- single ones

    async def thing(self, thing_id: int, *, urgency: Urgency = Urgency.READ) -> Shelved[Details]:
        """One design with all its details, as everybody sees it."""

        async def fetch() -> Details:
            thing = await self._thingiverse.thing(thing_id, token=self._token, urgency=urgency)
            self.seen.note(thing)
            return thing

        return await self._read(f"thing:{thing_id}", fetch)

    async def pictures(self, thing_id: int) -> tuple[Picture, ...]:
        """Its pictures; none where they cannot be had, for the card goes without."""
        try:
            shelved = await self._read(
                f"pictures:{thing_id}", lambda: self._thingiverse.pictures(thing_id, token=self._token)
            )
        except (ThingiverseError, BotError) as error:
            log.info("no pictures", thing=thing_id, why=type(error).__name__)
            return ()
        return shelved.value

    async def files(self, thing_id: int) -> tuple[File, ...]:
        shelved = await self._read(f"files:{thing_id}", lambda: self._thingiverse.files(thing_id, token=self._token))
        return shelved.value

    async def maker(self, name: str) -> Maker:
        key = f"maker:{name.casefold()}"
        return (await self._read(key, lambda: self._thingiverse.maker(name, token=self._token))).value

    async def collection(self, collection_id: int) -> Collection | None:
        """What a collection is called, asked for once a day; None where that cannot be had."""

        async def fetch() -> Collection:
            return await self._thingiverse.collection(collection_id, token=self._token)

        try:
            return (await self._read(f"collection:{collection_id}", fetch, FRESH_FOR_A_DAY)).value
        except (ThingiverseError, BotError) as error:
            log.info("no collection", collection=collection_id, why=type(error).__name__)
            return None

    async def categories(self) -> tuple[Category, ...]:
        """Asked for once a day; none where they cannot be had."""

        async def fetch() -> tuple[Category, ...]:
            return await self._thingiverse.categories(token=self._token)

        try:
            return (await self._read("categories", fetch, FRESH_FOR_A_DAY)).value
        except (ThingiverseError, BotError) as error:
            log.info("no categories", why=type(error).__name__)
            return ()

    async def draw(self) -> int:
        """A well-liked design by chance; not the same one twice in a row."""
        if not self._drawn:
            ids = [*(await self._read("random", self._draw_some, 1.0)).value]
            secrets.SystemRandom().shuffle(ids)
            self._drawn = ids
        if not self._drawn:
            raise BotError("Thingiverse has drawn nothing. Please try again.")
        return self._drawn.pop()

    async def liked(self, thing: Thing, wanted: bool) -> Thing:
        """The design after one more like, or one fewer; what the shelf has of it is forgotten."""
        step = 1 if wanted else -1
        count = None if thing.like_count is None else max(0, thing.like_count + step)
        changed = msgspec.structs.replace(thing, like_count=count, is_liked=wanted)
        self.seen.note(changed)
        await self._shelf.forget(f"thing:{thing.id}")
        return changed

    async def answers(self) -> bool:
        """Whether Thingiverse answers just now, and takes the bot's own key; what was read lately is enough."""
        try:
            return not (await self.popular()).stale
        except (ThingiverseError, BotError):
            return False

    @property
    def outage_since(self) -> datetime | None:
        """When Thingiverse stopped answering; None while it answers."""
        return self._thingiverse.outage_since

    # -- how it is read

    async def _draw_some(self) -> tuple[int, ...]:
        """Thingiverse's own draw is described and seen in no client; without it, a page of the popular ones."""
        try:
            if ids := await self._thingiverse.random_ids(token=self._token):
                return ids
        except (NotFound, Refused, Unexpected) as error:
            log.info("no draw", why=type(error).__name__)
        page = 1 + secrets.randbelow(RANDOM_PAGES)
        popular = Filters(sort="popular")
        found = await self._thingiverse.search("", page, token=self._token, filters=popular, per_page=LISTED)
        if not found.things and page > 1:
            found = await self._thingiverse.search("", 1, token=self._token, filters=popular, per_page=LISTED)
        return tuple(thing.id for thing in found.things if not thing.is_nsfw)

    async def _list(self, key: str, fetch: Callable[[], Awaitable[Listing]]) -> Shelved[Listing]:
        async def fetch_and_note() -> Listing:
            listing = await fetch()
            for thing in listing.things:
                self.seen.note(thing)
            return listing

        return await self._read(key, fetch_and_note)

    async def _read(self, key: str, fetch: Callable[[], Awaitable[T]], fresh: float = FRESH) -> Shelved[T]:
        with _bots_own_token():
            return await self._shelf.read(key, fetch, fresh=fresh, keep=KEPT)


@contextmanager
def _bots_own_token() -> Generator[None]:
    """Say in plain words that the app's token, which nobody in the chat can mend, was refused."""
    try:
        yield
    except TokenRejected:
        log.error("app token refused", mend="set THINGIVERSE_APP_TOKEN to the token on the app's page")
        raise BotError(
            "Thingiverse does not accept this bot's own key at the moment. Please tell the people who run the bot."
        ) from None
