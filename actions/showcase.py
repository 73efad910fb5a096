"""What everybody may see: popular designs and single ones, read with the app's own token and kept on a shelf."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Generator
from contextlib import contextmanager

import msgspec
import structlog

from errors import BotError
from thingiverse.client import Thingiverse
from thingiverse.errors import TokenRejected
from thingiverse.models import Listing, Thing
from thingiverse.shelf import Shelf, Shelved

log = structlog.get_logger("actions.showcase")

FRESH = 5 * 60.0  # seconds
KEPT = 24 * 60 * 60.0  # seconds; to serve when Thingiverse fails
LISTED = 30  # things a request; Thingiverse's own page length
SEEN_AT_MOST = 2_000


class Showcase:
    def __init__(
        self,
        thingiverse: Thingiverse,
        shelf: Shelf,
        *,
        app_token: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._thingiverse = thingiverse
        self._shelf = shelf
        self._app_token = app_token
        self._clock = clock
        self._seen: OrderedDict[int, tuple[Thing, float]] = OrderedDict()

    async def popular(self, page: int = 1) -> Shelved[Listing]:
        """Page `page` (from 1) of what is popular, fresh for five minutes; older, and marked so, in an outage."""

        async def fetch() -> Listing:
            listing = await self._thingiverse.popular(page, token=self._app_token, per_page=LISTED)
            for thing in listing.things:
                self.remember(thing)
            return listing

        with _bots_own_token():
            return await self._shelf.read(f"popular:{page}", fetch, fresh=FRESH, keep=KEPT)

    async def thing(self, thing_id: int) -> Shelved[Thing]:
        """One design with all its details, as everybody sees it."""

        async def fetch() -> Thing:
            thing = await self._thingiverse.thing(thing_id, token=self._app_token)
            self.remember(thing)
            return thing

        with _bots_own_token():
            return await self._shelf.read(f"thing:{thing_id}", fetch, fresh=FRESH, keep=KEPT)

    def remember(self, thing: Thing) -> None:
        """Note a design that was read, for `known` and `suggestions`; never what is private or somebody's own view."""
        if thing.is_private:
            return
        if thing.is_liked is not None:
            thing = msgspec.structs.replace(thing, is_liked=None)
        self._seen[thing.id] = (thing, self._clock())
        self._seen.move_to_end(thing.id)
        if len(self._seen) > SEEN_AT_MOST:
            self._seen.popitem(last=False)

    def known(self, thing_id: int) -> Thing | None:
        """The design as it was read in the last five minutes, without asking Thingiverse."""
        thing, at = self._seen.get(thing_id, (None, 0.0))
        return thing if thing is not None and self._clock() - at < FRESH else None

    async def liked(self, thing: Thing, wanted: bool) -> Thing:
        """The design after one more like, or one fewer; what the shelf has of it is forgotten."""
        step = 1 if wanted else -1
        count = None if thing.like_count is None else max(0, thing.like_count + step)
        changed = msgspec.structs.replace(thing, like_count=count, is_liked=wanted)
        self.remember(changed)
        await self._shelf.forget(f"thing:{thing.id}")
        return changed

    def suggestions(self, text: str, limit: int = 25) -> list[Thing]:
        """Designs seen lately whose name has every word of `text`, the latest first; nothing adult."""
        words = text.casefold().split()
        found: list[Thing] = []
        for thing, _ in reversed(self._seen.values()):
            name = thing.name.casefold()
            if not thing.is_nsfw and all(word in name for word in words):
                found.append(thing)
                if len(found) == limit:
                    break
        return found


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
