"""Linking a Thingiverse account to a person, who is a Discord user's id.

The path: `begin_link` gives a personal address, the person authorizes there and comes back with an answer,
`finish_link` learns whose account it is and parks its token, `confirm_link` keeps it. Nothing older is replaced before
the last step.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import structlog

from actions.answers import Answers, read_answer, state_of
from actions.app import App
from errors import LinkRefused
from storage.records import Attempt, Link, Parked
from storage.store import Store
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, MissingKey, Unopenable, Vault
from thingiverse.client import Thingiverse
from thingiverse.oauth import Denied, authorize_url

log = structlog.get_logger("actions.linking")

LINK_TIME = timedelta(minutes=10)
CONFIRM_TIME = timedelta(minutes=5)
CLOCK_SLIP = timedelta(minutes=1)  # by which a clock may be put right without anybody's link running out
TRIES = 5


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


class Linking:
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
        self._answers = Answers(thingiverse, app)
        self._now = now

    async def begin_link(
        self, person: int, *, asked_as: str | None = None, then_like: int | None = None, locale: str | None = None
    ) -> Invitation:
        """A fresh personal address; an earlier one stops working, but what was wished for stays wished for.

        `asked_as` is the person's name at Discord, which the linking page shows to whoever lands there;
        `locale` the person's language, to answer in where Discord does not say it.
        """
        earlier = await self._store.attempt_of(person)
        if then_like is None and earlier is not None:
            then_like = earlier.then_like
        state = secrets.token_urlsafe(16)  # 128 bits
        now = self._now()
        attempt = Attempt(
            person, digest(state), now, now + LINK_TIME, then_like=then_like, locale=locale, asked_as=asked_as
        )
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

    async def finish_link(self, person: int, text: str, *, browser_hash: bytes | None = None) -> Candidate:
        """Read what the person came back with, learn whose account it is, and park its token until they confirm.

        `browser_hash` stands for the browser it arrived in, where it came through the linking page: then the person
        has to prove first that this browser is theirs (see `actions.proofs`).

        Raises LinkRefused in the person's words; ThingiverseError where Thingiverse cannot be asked.
        """
        answer = read_answer(text, self.app)
        state = state_of(answer)
        attempt = await self._open_attempt(person, state)
        if isinstance(answer, Denied):
            await self._store.close_attempt(person)
            raise denied()
        try:
            token = await self._answers.token_from(answer)
            maker, checked = await self._answers.identify(token)
        except LinkRefused:
            await self._count_try(person)
            raise
        now = self._now()
        parked = Parked(
            token=self._vault.seal(token, person=person, column=ATTEMPT_TOKEN),
            maker_id=maker.id,
            maker_name=maker.name,
            maker_picture=maker.picture,
            audience_checked=checked,
            until=now + CONFIRM_TIME,
            browser_hash=browser_hash,
        )
        used_at = None if state is None else now
        if not await self._store.park(person, attempt.state_hash, parked, uses_state_at=used_at):
            raise LinkRefused("That address was used already, or you asked for a newer link meanwhile.")
        return await self.candidate(person, parked)

    async def candidate(self, person: int, parked: Parked) -> Candidate:
        """The parked account as the person is shown it."""
        return Candidate(
            maker_id=parked.maker_id,
            maker_name=parked.maker_name,
            maker_picture=parked.maker_picture,
            audience_checked=parked.audience_checked,
            replaces=await self._store.link_of(person),
        )

    async def locale_of(self, person: int) -> str | None:
        """The language of somebody who is linking, where it is known."""
        attempt = await self._store.attempt_of(person)
        return None if attempt is None else attempt.locale

    async def is_linking(self, person: int) -> bool:
        """Whether an address from this person is awaited."""
        attempt = await self._store.attempt_of(person)
        return attempt is not None and self._lasts(attempt, attempt.expires_at)

    async def confirm_link(self, person: int, maker_id: int) -> Confirmed:
        """Keep the parked account, replacing an earlier one. `maker_id` is the account the person was shown."""
        attempt = await self._store.attempt_of(person)
        parked = self.waiting_in(attempt)
        if attempt is None or parked is None or parked.maker_id != maker_id or parked.waits_for_proof:
            raise LinkRefused("This was waiting too long, or was done already. Nothing has changed.")
        token = await self.parked_token(person, parked)
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

    def waiting_in(self, attempt: Attempt | None) -> Parked | None:
        """What is parked in the attempt, as long as it may wait there."""
        if attempt is None or attempt.parked is None or attempt.parked.until is None:
            return None
        return attempt.parked if self._lasts(attempt, attempt.parked.until) else None

    async def cancel_link(self, person: int) -> None:
        await self._store.close_attempt(person)

    async def parked_token(self, person: int, parked: Parked) -> str:
        """Raises LinkRefused where no key opens it; it is not kept then."""
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
            raise LinkRefused("No link of yours is open just now. Start from a fresh one.")
        if not self._lasts(attempt, attempt.expires_at):
            raise LinkRefused("That link has run out. Start from a fresh one.")
        if state is None:
            return attempt
        if not hmac.compare_digest(digest(state), attempt.state_hash):
            await self._count_try(person)
            raise LinkRefused("That address belongs to an older link, or to somebody else's. Start from a fresh one.")
        if attempt.state_used_at is not None:
            raise LinkRefused("That address was used already. Start from a fresh link.")
        return attempt

    def _lasts(self, attempt: Attempt, until: datetime) -> bool:
        """Set back, the clock gives nobody more time."""
        return attempt.began_at - CLOCK_SLIP <= self._now() <= until

    async def _count_try(self, person: int) -> None:
        if await self._store.count_try(person) >= TRIES:
            await self._store.close_attempt(person)


def denied() -> LinkRefused:
    return LinkRefused("You chose not to allow it, so nothing was linked. That is fine.")


def digest(secret: str) -> bytes:
    """All that is kept of a random secret of 128 bits."""
    return hashlib.sha256(secret.encode()).digest()
