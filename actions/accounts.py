"""Linking a Thingiverse account to a person, and acting with it.

A person is a Discord user's id. The path: `begin_link` gives a personal address, the person authorizes there and
pastes where they landed, `finish_link` learns whose account it is, `confirm_link` keeps it. Nothing older is
replaced before the last step.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NoReturn

import structlog

from errors import N_, LinkNeeded, LinkRefused
from storage.records import Attempt, Link, Parked
from storage.store import Store
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, MissingKey, Unopenable, Vault
from thingiverse.client import Thingiverse
from thingiverse.errors import Refused, ThingiverseError, TokenRejected, Unreachable
from thingiverse.models import Maker, TokenInfo
from thingiverse.oauth import (
    Denied,
    NotAnAnswer,
    PastedBare,
    PastedCode,
    PastedToken,
    authorize_url,
    read_pasted,
)

log = structlog.get_logger("actions.accounts")

LINK_TIME = timedelta(minutes=10)
CONFIRM_TIME = timedelta(minutes=5)  # on top, for those who pasted in the last minute
TRIES = 5


@dataclass(frozen=True)
class App:
    """Our app as Thingiverse knows it."""

    client_id: str
    app_token: str = field(repr=False)
    www_url: str
    client_secret: str | None = field(default=None, repr=False)
    redirect_uri: str | None = None
    approved: bool = False
    unchecked_links: bool = True  # link although tokeninfo cannot be asked

    @property
    def revoke_url(self) -> str:
        """Where people end an app's access; there is no call for it (reported by other clients' users)."""
        return f"{self.www_url}/apps"


@dataclass(frozen=True)
class Invitation:
    """A personal authorize address; whoever has it could make its owner link the wrong account."""

    url: str = field(repr=False)
    expires_at: datetime
    current: Link | None
    then_like: int | None
    crowded: bool  # the app is not approved, and ten people are linked already


@dataclass(frozen=True)
class Candidate:
    """An account that waits for its person to press Confirm."""

    maker_id: int
    maker_name: str
    maker_picture: str | None
    audience_checked: bool
    replaces: Link | None


@dataclass(frozen=True)
class Confirmed:
    link: Link
    then_like: int | None


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


_NOT_AN_ANSWER = {
    "empty": N_("There was nothing in it. Paste the whole address of the page you landed on after pressing Allow."),
    "too_long": N_("That is far too long for an address. Paste only the address of the page you landed on."),
    "several": N_("There is more than one answer in that. Paste one address, as it stands in your browser."),
    "damaged": N_("That address is cut or changed. Copy it again, whole, from your browser's address bar."),
    "foreign_address": N_(
        "That address does not belong to this bot. Paste the one you landed on after pressing Allow."
    ),
    "authorize_link": N_(
        "That is the link to start from. Open it, press Allow, then paste the address of the page you land on."
    ),
    "thing_address": N_(
        "That is the address of a design. To link your account, paste the address you landed on after Allow."
    ),
    "no_answer_in_address": N_(
        "That address has no answer from Thingiverse in it. Paste the one you landed on after pressing Allow, "
        "with everything behind the # or the ?."
    ),
    "not_recognised": N_("I cannot find an address in that. Paste the whole address you landed on after Allow."),
}


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

    async def begin_link(self, person: int, *, then_like: int | None = None, locale: str | None = None) -> Invitation:
        """A fresh personal address; an earlier one stops working, but what was wished for stays wished for.

        `locale` is the person's language, to answer in where Discord does not say it.
        """
        earlier = await self._store.attempt_of(person)
        if then_like is None and earlier is not None:
            then_like = earlier.then_like
        state = secrets.token_urlsafe(16)  # 128 bits
        now = self._now()
        attempt = Attempt(person, _digest(state), now, now + LINK_TIME, then_like=then_like, locale=locale)
        await self._store.begin_attempt(attempt)
        return Invitation(
            url=authorize_url(
                self.app.www_url,
                client_id=self.app.client_id,
                flow="code" if self.app.client_secret else "token",
                state=state,
                redirect_uri=self.app.redirect_uri,
            ),
            expires_at=attempt.expires_at,
            current=await self._store.link_of(person),
            then_like=then_like,
            crowded=not self.app.approved and await self._store.count_links() >= 10,
        )

    async def finish_link(self, person: int, text: str) -> Candidate:
        """Read what the person pasted, learn whose account it is, and park its token until they confirm.

        Raises LinkRefused in the person's words; ThingiverseError where Thingiverse cannot be asked.
        """
        try:
            pasted = read_pasted(text, redirect_uri=self.app.redirect_uri)
        except NotAnAnswer as error:
            raise LinkRefused(_NOT_AN_ANSWER[error.reason]) from None
        attempt = await self._open_attempt(person, None if isinstance(pasted, PastedBare) else pasted.state)
        if isinstance(pasted, Denied):
            await self._store.close_attempt(person)
            raise LinkRefused("You chose not to allow it, so nothing was linked. That is fine.")
        try:
            token = await self._token_from(pasted)
            maker, checked = await self._identify(token)
        except LinkRefused:
            await self._count_try(person)
            raise
        parked = Parked(
            token=self._vault.seal(token, person=person, column=ATTEMPT_TOKEN),
            maker_id=maker.id,
            maker_name=maker.name,
            maker_picture=maker.picture,
            audience_checked=checked,
        )
        if not await self._store.park(person, attempt.state_hash, parked):
            raise LinkRefused("You asked for a newer link meanwhile. Use that one, please.")
        return Candidate(maker.id, maker.name, maker.picture, checked, await self._store.link_of(person))

    async def locale_of(self, person: int) -> str | None:
        """The language of somebody who is linking, where it is known."""
        attempt = await self._store.attempt_of(person)
        return None if attempt is None else attempt.locale

    async def is_linking(self, person: int) -> bool:
        """Whether an address from this person is awaited."""
        attempt = await self._store.attempt_of(person)
        return attempt is not None and self._now() <= attempt.expires_at

    async def confirm_link(self, person: int, maker_id: int) -> Confirmed:
        """Keep the parked account, replacing an earlier one. `maker_id` is the account the person was shown."""
        attempt = await self._store.attempt_of(person)
        if (
            attempt is None
            or attempt.parked is None
            or attempt.parked.maker_id != maker_id
            or self._now() > attempt.expires_at + CONFIRM_TIME
        ):
            raise LinkRefused("This was waiting too long, or was done already. Nothing has changed.")
        parked = attempt.parked
        token = await self._parked_token(person, parked)
        link = Link(
            person=person,
            maker_id=parked.maker_id,
            maker_name=parked.maker_name,
            maker_picture=parked.maker_picture,
            token=self._vault.seal(token, person=person, column=LINK_TOKEN),
            linked_at=self._now(),
            dead_at=None,
        )
        if not await self._store.confirm(person, attempt.state_hash, link):
            raise LinkRefused("This was done already, or a newer link was asked for.")
        log.info("linked", person=person, maker=link.maker_id, checked=parked.audience_checked)
        return Confirmed(link, attempt.then_like)

    async def cancel_link(self, person: int) -> None:
        await self._store.close_attempt(person)

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

    async def _parked_token(self, person: int, parked: Parked) -> str:
        try:
            return self._vault.open(parked.token, person=person, column=ATTEMPT_TOKEN)
        except Unopenable as error:
            log.error("parked token refused", person=person, missing_key=isinstance(error, MissingKey))
            await self._store.unpark(person)
            raise LinkRefused("What you pasted cannot be read any more. Start from a fresh link.") from None

    async def _open_attempt(self, person: int, state: str | None) -> Attempt:
        """The person's open attempt, to which `state` belongs where there is one."""
        attempt = await self._store.attempt_of(person)
        if attempt is None:
            raise LinkRefused("No link of yours is open just now. Here is a fresh one.")
        if self._now() > attempt.expires_at:
            raise LinkRefused("That link has run out. Here is a fresh one.")
        if state is not None and not hmac.compare_digest(_digest(state), attempt.state_hash):
            await self._count_try(person)
            raise LinkRefused("That address belongs to an older link, or to somebody else's. Start from a fresh one.")
        return attempt

    async def _count_try(self, person: int) -> None:
        if await self._store.count_try(person) >= TRIES:
            await self._store.close_attempt(person)

    async def _token_from(self, pasted: PastedToken | PastedCode | PastedBare) -> str:
        if isinstance(pasted, PastedToken):
            return pasted.token
        if self.app.client_secret is None:
            if isinstance(pasted, PastedBare):
                return pasted.secret
            raise LinkRefused("That address has a code where this bot needs a key. Start from a fresh link.")
        secret = pasted.code if isinstance(pasted, PastedCode) else pasted.secret
        try:
            return await self._thingiverse.exchange_code(
                secret,
                client_id=self.app.client_id,
                client_secret=self.app.client_secret,
                redirect_uri=self.app.redirect_uri,
            )
        except (Refused, TokenRejected):
            if isinstance(pasted, PastedBare):
                return pasted.secret  # not a code, so perhaps a token
            raise LinkRefused("That code was used already, or has run out. Start from a fresh link.") from None

    async def _identify(self, token: str) -> tuple[Maker, bool]:
        """Whose token it is, and whether Thingiverse confirmed that it was made for our app."""
        if hmac.compare_digest(token.encode(), self.app.app_token.encode()):
            raise LinkRefused("That is the bot's own key, not yours. Start from a fresh link.")
        try:
            info = await self._check_audience(token)
            maker = await self._thingiverse.me(token=token)
        except TokenRejected:
            raise LinkRefused("Thingiverse does not accept that key. Start from a fresh link.") from None
        if info is not None and info.user_id not in {None, maker.id}:
            raise LinkRefused("Thingiverse named two different accounts for that. Start from a fresh link.")
        return maker, info is not None

    async def _check_audience(self, token: str) -> TokenInfo | None:
        """What tokeninfo says, None where it cannot be asked; a token made for another app is refused."""
        try:
            info = await self._thingiverse.token_info(token)
        except Unreachable:
            if not self.app.unchecked_links:
                raise
            return None
        if info.audience != self.app.client_id:
            raise LinkRefused("That key was made for another app, so I will not use it. Start from a fresh link.")
        return info


def _digest(state: str) -> bytes:
    return hashlib.sha256(state.encode()).digest()


def _say_dead() -> NoReturn:
    raise LinkNeeded("Thingiverse no longer accepts your link. Link again, and all is as before.") from None
