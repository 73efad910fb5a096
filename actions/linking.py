"""Link a Thingiverse account to a person, who is a Discord user's ID.

The steps: `begin_link` returns a personal authorize link, the person allows access and comes back with a reply,
`finish_link` finds out whose account it is and stores the token for Confirm, and `confirm_link` keeps it. An existing
link isn't replaced before the last step.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

import structlog

from actions.app import App
from actions.link_pause import LinkPause
from actions.pasted import DAMAGED, Answers, failed, read_answer
from actions.states import States
from errors import LinkRefused, PasteRefused
from records import Attempt, Candidate, Link, LinkOffer, Parked
from storage.errors import StorageError
from storage.store import Store
from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, MissingKey, Unopenable, Vault
from thingiverse.client import Thingiverse
from thingiverse.exposed import is_bare_key, shows_answer
from thingiverse.oauth import Denied, Failed, authorize_url
from thingiverse.repair import STATE_LENGTH

log = structlog.get_logger("actions.linking")

LINK_TIME = timedelta(minutes=10)
CONFIRM_TIME = timedelta(minutes=5)
CLOCK_SLIP = timedelta(minutes=1)  # the clock may be set back this far without ending links in progress
TRIES = 5


@dataclass(frozen=True)
class Confirmed:
    link: Link
    attempt: Attempt
    others: list[int]  # other people linked to the same account, who are told


class Linking:
    def __init__(
        self, store: Store, vault: Vault, thingiverse: Thingiverse, app: App, now: Callable[[], datetime]
    ) -> None:
        self.app = app
        self._store = store
        self._vault = vault
        self._answers = Answers(thingiverse, app)
        self._states = States(store, app)
        self._pause = LinkPause()
        self._now = now

    async def begin_link(
        self,
        person: int,
        *,
        asked_as: str | None = None,
        then_like: int | None = None,
        then_save: int | None = None,
        locale: str | None = None,
    ) -> LinkOffer:
        """Make a new authorize link. An earlier one stops working, but the design to like or save then is kept.

        `asked_as` is the person's Discord name, which the linking page shows to whoever lands there. `locale` is for
        replies in DMs, where Discord doesn't send it. Raises BotError during a pause after too many wrong tries.
        """
        self._pause.require_over(person)
        earlier = await self._store.attempt_of(person)
        if then_like is None and then_save is None and earlier is not None:
            then_like, then_save = earlier.then_like, earlier.then_save
        state, now = secrets.token_urlsafe(16), self._now()  # 128 bits
        attempt = Attempt(
            person,
            digest(state),
            now,
            now + LINK_TIME,
            tries=0 if earlier is None else earlier.tries,  # a new link gives nobody new tries
            then_like=then_like,
            then_save=then_save,
            locale=locale,
            asked_as=asked_as,
        )
        await self._store.begin_attempt(attempt)
        return LinkOffer(
            url=authorize_url(
                self.app.www_url,
                client_id=self.app.client_id,
                flow="code" if self.app.client_secret else "token",
                state=state,
                redirect_uri=self.app.redirect_uri,
            ),
            attempt=attempt,
            current=await self._store.link_of(person),
            crowded=not self.app.approved and await self._store.count_links() >= 10,
        )

    async def finish_link(self, person: int, text: str, *, browser_hash: bytes | None = None) -> Candidate:
        """Read the reply, find out whose account it is, and store its token until the person confirms.

        `browser_hash` is the hash of the browser's secret if it arrived through the linking page: then the person has
        to prove that the browser is theirs (see `actions.browser_check`).

        Raises LinkRefused with a sentence, or ThingiverseError if Thingiverse can't be reached.
        """
        if browser_hash is None and self.app.proof is not None:
            raise PasteRefused("You don't need to paste anything. Press Authorize and finish on the page you land on.")
        answer = read_answer(text, self.app)
        attempt = await self._open_attempt(person, answer.state)
        if isinstance(answer, Denied):
            await self._store.close_attempt(person)
            raise denied()
        if isinstance(answer, Failed):
            raise failed(answer)
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
        used_at = None if answer.state is None else now
        if not await self._store.park(person, attempt.state_hash, parked, uses_state_at=used_at):
            raise LinkRefused("That link was already used or replaced by a newer one. Start over with a new link.")
        return await self.candidate(person, parked)

    async def candidate(self, person: int, parked: Parked) -> Candidate:
        """The waiting account as it's shown to the person."""
        others = await self._store.others_linked(person, parked.maker_id)
        return Candidate(parked, replaces=await self._store.link_of(person), shared=bool(others))

    async def locale_of(self, person: int) -> str | None:
        """The language of a person who is linking, if it's known."""
        attempt = await self._store.attempt_of(person)
        return None if attempt is None else attempt.locale

    async def is_linking(self, person: int) -> bool:
        """Whether the person has an open attempt."""
        attempt = await self._store.attempt_of(person)
        return attempt is not None and self._lasts(attempt, attempt.expires_at)

    async def is_exposed(self, person: int, text: str) -> bool:
        """Whether a public message has the person's reply or key. Text that may be something else doesn't count."""
        if shows_answer(text, redirect_uri=self.app.redirect_uri):
            return True
        try:
            return is_bare_key(text) and await self.is_linking(person)
        except StorageError as error:
            log.warning("message not checked for a key", person=person, why=str(error))
            return False

    async def confirm_link(self, person: int, maker_id: int) -> Confirmed:
        """Link the waiting account, replacing an earlier one. `maker_id` is the account the person was shown."""
        attempt = await self._store.attempt_of(person)
        parked = self.waiting_in(attempt)
        if attempt is None or parked is None or parked.maker_id != maker_id or parked.waits_for_proof:
            raise LinkRefused("This expired or was already done. Nothing has changed.")
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
            raise LinkRefused("This expired or was already done. Nothing has changed.")
        self._pause.forgive(person)
        if attempt.state_used_at is not None:
            await self._states.confirmed(person)
        log.info("linked", person=person, maker=link.maker_id, checked=parked.audience_checked)
        others = await self._store.others_linked(person, link.maker_id)
        return Confirmed(link, attempt, others)

    def waiting_in(self, attempt: Attempt | None) -> Parked | None:
        """The account that waits in the attempt, unless it expired."""
        if attempt is None or attempt.parked is None or attempt.parked.until is None:
            return None
        return attempt.parked if self._lasts(attempt, attempt.parked.until) else None

    async def cancel_link(self, person: int) -> None:
        await self._store.close_attempt(person)

    async def refuse_without_state(self) -> NoReturn:
        """Count a reply without a state, and raise LinkRefused."""
        await self._states.refused()
        raise LinkRefused(
            "That link doesn't say who it's for, so I can't use it. Start over with a new link, press Allow, and use "
            "the whole link you land on."
        )

    async def close_for_tries(self, person: int) -> None:
        """Close the attempt after too many wrong tries. The next one has to wait, longer each time."""
        await self._store.close_attempt(person)
        self._pause.lengthen(person)

    async def parked_token(self, person: int, parked: Parked) -> str:
        """Decrypt the waiting token. If that fails, delete it and raise LinkRefused."""
        try:
            return self._vault.open(parked.token, person=person, column=ATTEMPT_TOKEN)
        except Unopenable as error:
            log.error("parked token unreadable", person=person, missing_key=isinstance(error, MissingKey))
            await self._store.unpark(person)
            raise LinkRefused("I can't read what you pasted anymore. Start over with a new link.") from None

    async def _open_attempt(self, person: int, state: str | None) -> Attempt:
        """The person's open attempt. Raises LinkRefused if there's none, or if `state` isn't its state."""
        attempt = await self._store.attempt_of(person)
        if attempt is None:
            raise LinkRefused("You aren't linking an account right now. Start over with a new link.")
        if not self._lasts(attempt, attempt.expires_at):
            raise LinkRefused("That link expired. Start over with a new link.")
        if state is None:
            if await self._states.needed():
                await self.refuse_without_state()
            return attempt
        if not hmac.compare_digest(digest(state), attempt.state_hash):
            if len(state) < STATE_LENGTH:  # only its beginning was copied, so it's nobody's
                raise LinkRefused(DAMAGED)
            await self._count_try(person)
            raise LinkRefused(
                "That link belongs to an older request, or to someone else's. Start over with a new link."
            )
        if attempt.state_used_at is not None:
            raise LinkRefused("That link was already used or replaced by a newer one. Start over with a new link.")
        return attempt

    def _lasts(self, attempt: Attempt, until: datetime) -> bool:
        """Whether there's time left. Setting the clock back doesn't give more."""
        return attempt.began_at - CLOCK_SLIP <= self._now() <= until

    async def _count_try(self, person: int) -> None:
        if await self._store.count_try(person) >= TRIES:
            await self.close_for_tries(person)


def denied() -> LinkRefused:
    return LinkRefused("You chose not to allow access, so nothing was linked.")


def digest(secret: str) -> bytes:
    """The hash that is stored of a random secret with 128 bits."""
    return hashlib.sha256(secret.encode()).digest()
