"""Act with a person's linked account, and unlink it. A person is a Discord user's ID."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import NoReturn

import structlog
from cachetools import TTLCache

from actions.app import App
from errors import LinkNeeded
from records import Link, Standing
from storage.database import WouldWait
from storage.store import Store
from storage.vault import LINK_TOKEN, MissingKey, Unopenable, Vault
from thingiverse.client import Thingiverse
from thingiverse.errors import ThingiverseError, TokenRejected

log = structlog.get_logger("actions.accounts")

ASKED_AGAIN_AFTER = 60.0  # seconds
MOST_ASKED = 2_000


@dataclass(frozen=True)
class Acting:
    """A person's decrypted token and link, for one call."""

    token: str = field(repr=False)
    link: Link


class Accounts:
    def __init__(
        self, store: Store, vault: Vault, thingiverse: Thingiverse, app: App, now: Callable[[], datetime]
    ) -> None:
        self.app = app
        self._store = store
        self._vault = vault
        self._thingiverse = thingiverse
        self._now = now
        # the encrypted tokens that Thingiverse accepted recently, by person
        self._alive: TTLCache[int, bytes] = TTLCache(MOST_ASKED, ttl=ASKED_AGAIN_AFTER)

    async def unlink(self, person: int) -> bool:
        """Delete everything kept about the person. Returns True if they were linked."""
        was_linked = await self._store.unlink(person)
        log.info("unlinked", person=person, was_linked=was_linked)
        return was_linked

    async def link_of(self, person: int) -> Link | None:
        """The person's link as it's stored, without asking Thingiverse."""
        return await self._store.link_of(person)

    def known_linked(self, person: int) -> bool | None:
        """Whether the person has a link that works; None if that takes a while to find out."""
        try:
            link = self._store.link_now(person)
        except WouldWait:
            return None
        return link is not None and link.dead_at is None

    async def standing(self, person: int) -> Standing | None:
        """The person's link, and whether Thingiverse accepted its token in the last minute; None if not linked."""
        link = await self._store.link_of(person)
        if link is None:
            return None
        others = await self._store.others_linked(person, link.maker_id)
        return Standing(link, alive=await self._is_alive(link), others=len(others))

    async def _is_alive(self, link: Link) -> bool | None:
        if link.dead_at is not None:
            return False
        if self._alive.get(link.person) == link.token:
            return True
        try:
            async with self.acting_as(link) as acting:
                await self._thingiverse.me(token=acting.token)
        except LinkNeeded:
            return False
        except ThingiverseError as error:  # an outage must not hide the link
            log.info("link status unknown", person=link.person, why=type(error).__name__)
            return None
        self._alive[link.person] = link.token
        return True

    @asynccontextmanager
    async def acting_for(self, person: int) -> AsyncGenerator[Acting]:
        """The person's token for the calls inside; see `acting_as`."""
        async with self.acting_as(await self._store.link_of(person)) as acting:
            yield acting

    @asynccontextmanager
    async def acting_as(self, link: Link | None) -> AsyncGenerator[Acting]:
        """The token of `link` for the calls inside. A 401 in there marks the link dead, and so does a damaged token.

        Raises LinkNeeded if the person has no link, or a dead one.
        """
        if link is None:
            raise LinkNeeded("You haven't linked a Thingiverse account yet. Let's do that first.")
        if link.dead_at is not None:
            _say_dead()
        try:
            token = self._vault.open(link.token, person=link.person, column=LINK_TOKEN)
        except MissingKey:  # the operator can put it back, so the link is not dead
            log.error("encryption key missing", person=link.person, fix="put the old key back into TOKEN_KEYS")
            raise LinkNeeded(
                "The people who run this bot changed its encryption keys, so I can't use your link right now. Try "
                "again later, or link again."
            ) from None
        except Unopenable:
            log.error("stored token unreadable", person=link.person)
            await self._store.mark_dead(link.person, link.token, self._now())
            _say_dead()
        try:
            yield Acting(token, link)
        except TokenRejected:
            await self._store.mark_dead(link.person, link.token, self._now())
            log.info("token rejected, link marked dead", person=link.person)
            _say_dead()


def _say_dead() -> NoReturn:
    raise LinkNeeded("Thingiverse no longer accepts your link. Link again and everything works as before.") from None
