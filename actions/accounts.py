"""Acting with the account a person has linked, and unlinking it. A person is a Discord user's id."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NoReturn

import structlog

from actions.app import App
from errors import LinkNeeded
from storage.records import Link
from storage.store import Store
from storage.vault import LINK_TOKEN, MissingKey, Unopenable, Vault
from thingiverse.client import Thingiverse
from thingiverse.errors import ThingiverseError, TokenRejected

log = structlog.get_logger("actions.accounts")


@dataclass(frozen=True)
class Acting:
    """One call's worth of somebody's account."""

    token: str = field(repr=False)
    link: Link


@dataclass(frozen=True)
class Standing:
    """What is known of a person's link; `alive` is None where Thingiverse could not be asked."""

    link: Link
    alive: bool | None


class Accounts:
    def __init__(
        self,
        store: Store,
        vault: Vault,
        thingiverse: Thingiverse,
        app: App,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.app = app
        self._store = store
        self._vault = vault
        self._thingiverse = thingiverse
        self._now = now

    async def unlink(self, person: int) -> bool:
        """Delete the link, its token and everything done with it; True if there was one."""
        was_linked = await self._store.unlink(person)
        log.info("unlinked", person=person, was_linked=was_linked)
        return was_linked

    async def link_of(self, person: int) -> Link | None:
        """As it is kept; Thingiverse is not asked."""
        return await self._store.link_of(person)

    async def standing(self, person: int) -> Standing | None:
        """The person's link, and whether Thingiverse still takes its token; None if not linked."""
        link = await self._store.link_of(person)
        if link is None:
            return None
        if link.dead_at is not None:
            return Standing(link, alive=False)
        try:
            async with self.acting_as(link) as acting:
                await self._thingiverse.me(token=acting.token)
        except LinkNeeded:
            return Standing(link, alive=False)
        except ThingiverseError as error:  # an outage must not hide what is kept
            log.info("standing unknown", person=person, why=type(error).__name__)
            return Standing(link, alive=None)
        return Standing(link, alive=True)

    @asynccontextmanager
    async def acting_for(self, person: int) -> AsyncGenerator[Acting]:
        """The person's token for the calls inside; see `acting_as`."""
        async with self.acting_as(await self._store.link_of(person)) as acting:
            yield acting

    @asynccontextmanager
    async def acting_as(self, link: Link | None) -> AsyncGenerator[Acting]:
        """The token of `link` for the calls inside. A 401 in there marks the link dead; nothing else ever does.

        Raises LinkNeeded when the person has no link, or a dead one.
        """
        if link is None:
            raise LinkNeeded("Your Thingiverse account is not linked yet. Let us do that first.")
        if link.dead_at is not None:
            _say_dead()
        try:
            token = self._vault.open(link.token, person=link.person, column=LINK_TOKEN)
        except MissingKey:  # the operator can put it back, so the link is not dead
            log.error("key missing", person=link.person, mend="put the old key back into TOKEN_KEYS")
            raise LinkNeeded(
                "The people who run this bot changed its keys, and yours does not open just now. Try again later, or "
                "link again."
            ) from None
        except Unopenable:
            log.error("sealed token refused", person=link.person)
            await self._store.mark_dead(link.person, link.token, self._now())
            _say_dead()
        try:
            yield Acting(token, link)
        except TokenRejected:
            await self._store.mark_dead(link.person, link.token, self._now())
            log.info("link died", person=link.person)
            _say_dead()


def _say_dead() -> NoReturn:
    raise LinkNeeded("Thingiverse no longer accepts your link. Link again, and all is as before.") from None
