"""Public designs, read with the app's own token and cached.

A page costs one request, however many people ask for it.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar
from urllib.parse import urlencode

import msgspec
import structlog

from actions.known_things import KnownThings, as_seen
from errors import BotError
from records import SeenThing
from thingiverse.budget import Urgency
from thingiverse.client import Thingiverse
from thingiverse.details import Details, File, Makes, Picture
from thingiverse.errors import Forbidden, NotFound, Refused, ThingiverseError, TokenRejected, Unexpected
from thingiverse.filters import Filters
from thingiverse.models import Category, Collection, Listing, Maker, Thing
from thingiverse.shelf import Shelf, Shelved

log = structlog.get_logger("actions.catalog")

T = TypeVar("T")

FRESH = 5 * 60.0  # seconds
FRESH_FOR_A_DAY = 24 * 60 * 60.0
KEPT = 24 * 60 * 60.0  # seconds; shown if Thingiverse fails
LISTED = 28  # designs per request, so that each of the seven pages made of them is full
MAKES_LISTED = 30
LAST_PAGE = 400  # the last page that is requested if the total is unknown
SUGGESTED_WITHIN = 1.5  # seconds; Discord waits three
RANDOM_PAGES = 40  # of popular designs, if /random isn't available

NEWEST = Filters(sort="newest")
FEATURED = Filters(featured=True, sort="newest")


class Catalog:
    def __init__(self, thingiverse: Thingiverse, shelf: Shelf, seen: KnownThings, *, app_token: str) -> None:
        self._thingiverse = thingiverse
        self._shelf = shelf
        self._token = app_token
        self._drawn: list[int] = []
        self._at_first: tuple[tuple[Thing, ...], tuple[Thing, ...], list[SeenThing]] = (), (), []
        self.seen = seen

    # -- lists; pages count from 1

    async def popular(self, page: int = 1) -> Shelved[Listing]:
        """Popular designs. As with all lists, they're at most five minutes old, or marked stale in an outage."""
        return await self._list(
            "popular",
            page,
            "",
            lambda: self._thingiverse.popular(page, token=self._token, per_page=LISTED),
            for_all=True,
        )

    async def search(
        self, term: str, filters: Filters, page: int = 1, *, fresh: float = FRESH, urgency: Urgency = Urgency.READ
    ) -> Shelved[Listing]:
        """Designs that match a term and filters; an empty term matches all."""

        async def fetch() -> Listing:
            return await self._thingiverse.search(
                term, page, token=self._token, filters=filters, per_page=LISTED, urgency=urgency
            )

        for_all = not term and filters in {NEWEST, FEATURED}
        return await self._list("search", page, _search_subject(filters, term), fetch, for_all=for_all, fresh=fresh)

    async def designs(self, maker: str, page: int = 1, *, urgency: Urgency = Urgency.READ) -> Shelved[Listing]:
        """A maker's designs. Raises NotFound if there's no such maker."""

        async def fetch() -> Listing:
            try:
                return await self._thingiverse.designs(maker, page, token=self._token, per_page=LISTED, urgency=urgency)
            except NotFound:
                await self.maker(maker)  # raises NotFound if there's no such maker
                return Listing(page=page, unsaid=True)

        return await self._list("designs", page, maker.casefold(), fetch)

    async def collected(
        self, collection_id: int, page: int = 1, *, fresh: float = FRESH, urgency: Urgency = Urgency.READ
    ) -> Shelved[Listing]:
        """The designs in a collection. Raises NotFound if there's no such collection."""

        async def fetch() -> Listing:
            try:
                return await self._thingiverse.collected(
                    collection_id, page, token=self._token, per_page=LISTED, urgency=urgency
                )
            except NotFound:
                await self._thingiverse.collection(collection_id, token=self._token)  # raises NotFound if there's none
                return Listing(page=page, unsaid=True)

        return await self._list("collected", page, str(collection_id), fetch, fresh=fresh)

    async def similar(self, thing_id: int, page: int = 1) -> Shelved[Listing]:
        """A design's remixes, and the designs it's based on if its details are cached."""
        remixes = await self._list(
            "remixes",
            page,
            str(thing_id),
            lambda: self._thingiverse.remixes(thing_id, page, token=self._token, per_page=LISTED),
        )
        details = await self._shelf.peek(f"thing:{thing_id}") if page == 1 else None
        if details is None or not details.value.ancestors:
            return remixes
        both = msgspec.structs.replace(remixes.value, things=(*details.value.ancestors, *remixes.value.things))
        return Shelved(both, remixes.fetched_at, remixes.stale)

    # -- single ones

    async def thing(self, thing_id: int, *, urgency: Urgency = Urgency.READ) -> Shelved[Details]:
        """One design with all its details, as everyone sees it. Raises Forbidden if it isn't published.

        The app's token acts as the account that owns the app, so it may read what others can't.
        """

        async def fetch() -> Details:
            thing = await self._thingiverse.thing(thing_id, token=self._token, urgency=urgency)
            if not thing.is_public:
                raise Forbidden("not published")
            self.seen.note(thing)
            return thing

        return await self._read(f"thing:{thing_id}", fetch)

    async def pictures(self, thing_id: int) -> tuple[Picture, ...]:
        """Its pictures; none if they can't be loaded."""

        async def fetch() -> tuple[Picture, ...]:
            return await self._thingiverse.pictures(thing_id, token=self._token)

        return await self._read_or_none(f"pictures:{thing_id}", fetch) or ()

    async def files(self, thing_id: int) -> tuple[File, ...]:
        """Its files. Without any, Thingiverse may answer 404, so that's no reason to doubt the design."""
        try:
            key = f"files:{thing_id}"
            return (await self._read(key, lambda: self._thingiverse.files(thing_id, token=self._token))).value
        except NotFound:
            return ()

    async def makes(self, thing_id: int, page: int, per_page: int) -> Makes:
        """Page `page` (from 0) of people's makes of a design; one request is for several pages."""
        number, place = divmod(page * per_page, MAKES_LISTED)
        if number >= LAST_PAGE:
            return Makes(page=page + 1)

        async def fetch() -> Makes:
            return await self._thingiverse.makes(thing_id, number + 1, token=self._token, per_page=MAKES_LISTED)

        listed = (await self._read(f"makes:{number + 1}:{thing_id}", fetch)).value
        more = place + per_page < len(listed.makes) or listed.more
        shown = listed.makes[place : place + per_page]
        return Makes(makes=shown, total=listed.total, page=page + 1, more=more)

    async def maker(self, name: str) -> Maker:
        key = f"maker:{name.casefold()}"
        return (await self._read(key, lambda: self._thingiverse.maker(name, token=self._token))).value

    async def collection(self, collection_id: int) -> Collection | None:
        """The collection's name and maker, read once a day; None if that fails."""

        async def fetch() -> Collection:
            return await self._thingiverse.collection(collection_id, token=self._token)

        return await self._read_or_none(f"collection:{collection_id}", fetch, FRESH_FOR_A_DAY)

    async def categories(self) -> tuple[Category, ...]:
        """The top categories, read once a day; none if that fails."""

        async def fetch() -> tuple[Category, ...]:
            return await self._thingiverse.categories(token=self._token)

        return await self._read_or_none("categories", fetch, FRESH_FOR_A_DAY) or ()

    async def categories_soon(self) -> tuple[Category, ...]:
        """The same while someone types; none if they don't load before Discord stops waiting for suggestions."""
        try:
            async with asyncio.timeout(SUGGESTED_WITHIN):
                return await self.categories()
        except TimeoutError:
            log.info("no suggestions", why="TimeoutError")
            return ()

    async def draw(self) -> int:
        """The ID of a random popular design; not the same one twice in a row."""
        if not self._drawn:
            ids = [*(await self._read("random", self._draw_some, 1.0)).value]
            secrets.SystemRandom().shuffle(ids)
            self._drawn = ids
        if not self._drawn:
            raise BotError("Thingiverse didn't send a random design. Try again.")
        return self._drawn.pop()

    async def liked(self, thing: Thing, wanted: bool) -> Thing:
        """The design with one more like, or one fewer. Its cached details are dropped."""
        step = 1 if wanted else -1
        count = None if thing.like_count is None else max(0, thing.like_count + step)
        changed = msgspec.structs.replace(thing, like_count=count, is_liked=wanted)
        if self.seen.known(thing.id) is not None:
            self.seen.change(changed)
        await self._shelf.forget(f"thing:{thing.id}")
        return changed

    async def trouble(self) -> ThingiverseError | None:
        """The error of a new request to Thingiverse; None if it works."""
        try:
            await self._thingiverse.ping(token=self._token, urgency=Urgency.READ)
        except ThingiverseError as error:
            log.info("Thingiverse is in trouble", why=type(error).__name__)
            return error
        return None

    async def suggestions(self, typed: str, limit: int = 25) -> list[SeenThing]:
        """Designs to suggest while someone types. Before that, popular and featured ones, the same for everyone."""
        if typed.strip():
            return await self.seen.suggestions(typed, limit)
        return self._listed(await self._popular_soon(), limit)

    # -- what is known without waiting

    def known_popular(self) -> Listing | None:
        """The first page of popular designs, if it's fresh."""
        return self._known_list(_POPULAR)

    def known_search(self, filters: Filters) -> Listing | None:
        """The first page of NEWEST or FEATURED, if it's fresh."""
        return self._known_list(_FIRST_PAGES[filters])

    def known_suggestions(self, typed: str) -> list[SeenThing] | None:
        if typed.strip():
            return self.seen.known_suggestions(typed)
        popular = self.known_popular()
        return None if popular is None else self._listed(popular.things)

    def _listed(self, popular: tuple[Thing, ...], limit: int = 25) -> list[SeenThing]:
        """Suggestions from the first pages of popular and featured designs, made once for as long as they stay."""
        featured: Shelved[Listing] | None = self._shelf.known(_FIRST_PAGES[FEATURED], KEPT)
        more = featured.value.things if featured is not None else ()
        if self._at_first[0] is not popular or self._at_first[1] is not more:
            found = {thing.id: as_seen(thing) for thing in (*popular, *more) if not thing.is_nsfw}
            self._at_first = popular, more, list(found.values())
        return self._at_first[2][:limit]

    def _known_list(self, key: str) -> Listing | None:
        known = self._shelf.known(key, FRESH)
        return known.value if known is not None else None

    async def _popular_soon(self) -> tuple[Thing, ...]:
        """Popular designs; none if they don't load before Discord stops waiting for suggestions."""
        try:
            async with asyncio.timeout(SUGGESTED_WITHIN):
                return (await self.popular()).value.things
        except (ThingiverseError, BotError, TimeoutError) as error:
            log.info("no suggestions", why=type(error).__name__)
            return ()

    # -- how it is read

    async def _draw_some(self) -> tuple[int, ...]:
        """IDs of random designs, from /random, or from a random page of popular ones if that fails."""
        try:
            if ids := await self._thingiverse.random_ids(token=self._token):
                return ids
        except (NotFound, Refused, Unexpected) as error:
            log.info("random designs not loaded, using popular ones", why=type(error).__name__)
        page = 1 + secrets.randbelow(RANDOM_PAGES)
        popular = Filters(sort="popular")
        found = await self._thingiverse.search("", page, token=self._token, filters=popular, per_page=LISTED)
        if not found.things and page > 1:
            found = await self._thingiverse.search("", 1, token=self._token, filters=popular, per_page=LISTED)
        return tuple(thing.id for thing in found.things if thing.is_public and not thing.is_nsfw)

    async def _list(
        self,
        kind: str,
        page: int,
        subject: str,
        fetch: Callable[[], Awaitable[Listing]],
        *,
        for_all: bool = False,
        fresh: float = FRESH,
    ) -> Shelved[Listing]:
        """Read a list; a page past the end needs no request. With `for_all`, designs on page 1 are suggested."""

        key = _list_key(kind, page, subject)

        async def fetch_public() -> Listing:
            listing = await fetch()
            if listing.unsaid and page == 1 and await self._has_things(key):
                raise Unexpected("no list")  # so that the stale copy is shown
            things = tuple(thing for thing in listing.things if thing.is_public)
            for thing in things:
                self.seen.note(thing)
            if for_all and page == 1:
                self.seen.show(things)
            return msgspec.structs.replace(listing, things=things)

        if page > await self._last_page(kind, subject):
            return Shelved(Listing(page=page), datetime.now(UTC))
        return await self._read(key, fetch_public, fresh)

    async def _last_page(self, kind: str, subject: str) -> int:
        """The last page, from the first page's total and length, which may be shorter than requested."""
        first = await self._shelf.peek(_list_key(kind, 1, subject))
        if first is None or first.value.total is None:
            return LAST_PAGE
        return max(1, -(-first.value.total // max(1, len(first.value.things))))

    async def _has_things(self, key: str) -> bool:
        kept = await self._shelf.peek(key)
        return kept is not None and bool(kept.value.things)

    async def _read_or_none(self, key: str, fetch: Callable[[], Awaitable[T]], fresh: float = FRESH) -> T | None:
        try:
            return (await self._read(key, fetch, fresh)).value
        except (ThingiverseError, BotError) as error:
            log.info("page not loaded", page=key, why=type(error).__name__)
            return None

    async def _read(self, key: str, fetch: Callable[[], Awaitable[T]], fresh: float = FRESH) -> Shelved[T]:
        try:
            return await self._shelf.read(key, fetch, fresh=fresh, keep=KEPT)
        except TokenRejected:  # nobody in the chat can fix that
            log.error("app token rejected", fix="set THINGIVERSE_APP_TOKEN to the token on the app's page")
            raise BotError(
                "Thingiverse isn't accepting this bot's own key right now. Please tell the people who run this bot."
            ) from None


def _list_key(kind: str, page: int, subject: str) -> str:
    return f"{kind}:{page}:{subject}"


def _search_subject(filters: Filters, term: str) -> str:
    return f"{urlencode(filters.params())}:{term.casefold()}"


_POPULAR = _list_key("popular", 1, "")
_FIRST_PAGES = {filters: _list_key("search", 1, _search_subject(filters, "")) for filters in (NEWEST, FEATURED)}
