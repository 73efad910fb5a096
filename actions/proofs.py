"""Proving that the browser in which an answer arrived is the person's own.

Whoever asked for a link can send it to somebody else, who then authorizes. So what arrives through the linking page is
parked, and the page gives that browser something the person needs: a short code to type in Discord, or a sign-in with
Discord, whose account must be the person's. Confirm, with the account's name and picture, comes on top: it is for the
opposite case, where somebody is lured into taking another's account for their own.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

import structlog

from actions.answers import read_answer, state_of
from actions.linking import TRIES, Candidate, Linking, denied, digest
from errors import BotError, CodeRefused, LinkRefused
from storage.records import Attempt, Parked
from storage.store import Store
from thingiverse.errors import ThingiverseError
from thingiverse.oauth import Denied

log = structlog.get_logger("actions.proofs")

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without the letters that look like others
LETTERS = 8  # 40 bits, for five guesses in five minutes
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True)
class Arrival:
    """What the page shows to the browser that an answer arrived in."""

    asked_as: str | None
    maker_name: str
    code: str | None = field(repr=False)  # None where the way is a sign-in with Discord, or it is proven
    proven: bool
    by_sign_in: bool


class Proofs:
    def __init__(self, links: Linking, store: Store) -> None:
        self.way = links.app.proof
        self._links = links
        self._store = store

    async def arrive(self, address: str) -> str:
        """Take the address that a browser came back with; a secret to know this browser by.

        Raises LinkRefused, or BotError where Thingiverse cannot be asked.
        """
        answer = read_answer(address, self._links.app)
        state = state_of(answer)
        if state is None and isinstance(answer, Denied):
            raise denied()
        person = None if state is None else await self._store.owner_of_state(digest(state))
        if person is None:
            raise LinkRefused("That link is not open any more, or never was. Start from a fresh one.")
        browser = secrets.token_urlsafe(16)
        try:
            await self._links.finish_link(person, address, browser_hash=digest(browser))
        except ThingiverseError as error:
            log.warning("not arrived", person=person, why=type(error).__name__)
            raise BotError("Thingiverse does not answer just now. Load this page again in a few minutes.") from None
        log.info("arrived", person=person)
        return browser

    async def arrival(self, browser: str) -> Arrival:
        """What waits in this browser. Raises LinkRefused where nothing does, or no longer."""
        found = await self._in_browser(browser)
        if found is None:
            raise _nothing_waits()
        attempt, parked = found
        by_sign_in = self.way == "discord"
        code = None if by_sign_in or parked.proven else await self._code(attempt.person, parked)
        return Arrival(attempt.asked_as, parked.maker_name, code, parked.proven, by_sign_in)

    async def proven(self, person: int) -> Candidate | None:
        """The account that waits only for Confirm."""
        parked = self._links.waiting_in(await self._store.attempt_of(person))
        return None if parked is None or parked.waits_for_proof else await self._links.candidate(person, parked)

    async def enter_code(self, person: int, typed: str) -> Candidate:
        """The code as the person typed it. Each try is counted before it is looked at. Raises CodeRefused."""
        parked = self._links.waiting_in(await self._store.attempt_of(person))
        if parked is None or parked.browser_hash is None or self.way != "code":
            raise CodeRefused("No code of yours is awaited just now. Press Authorize first.")
        code = await self._code(person, parked)
        tries = await self._store.count_try(person)
        right = 0 < tries <= TRIES and hmac.compare_digest(_letters(typed), code.encode())
        if right and await self._store.prove(person, parked.browser_hash):
            return await self._links.candidate(person, parked)
        if tries >= TRIES:
            await self._store.close_attempt(person)
            log.warning("too many wrong codes", person=person)
            raise CodeRefused("That was wrong too often, so this link is closed. Start from a fresh one.")
        raise CodeRefused("That is not the code on the page. Look again; after five wrong codes the link is closed.")

    async def begin_sign_in(self, browser: str) -> str:
        """The state with which a sign-in with Discord has to come back, to this browser. Raises LinkRefused."""
        state = secrets.token_urlsafe(16)
        found = await self._in_browser(browser)
        if self.way != "discord" or found is None or found[1].proven:
            raise _nothing_waits()
        await self._store.expect_sign_in(digest(browser), digest(state))
        return state

    async def use_up_sign_in(self, browser: str, state: str) -> None:
        """Raises LinkRefused unless this browser began a sign-in with this state, and has not used it yet."""
        found = await self._in_browser(browser)
        expected = found[1].sign_in_hash if found is not None else None
        if expected is None or not hmac.compare_digest(expected, digest(state)):
            raise _nothing_waits()
        if not await self._store.use_up_sign_in(digest(browser), digest(state)):
            raise _nothing_waits()

    async def signed_in(self, browser: str, person: int) -> None:
        """Who is signed in to Discord in this browser; another than the one who asked closes the attempt."""
        found = await self._in_browser(browser)
        if found is None:
            raise _nothing_waits()
        attempt, _ = found
        if attempt.person != person:
            await self._store.close_attempt(attempt.person)
            log.warning("authorized by somebody else", person=attempt.person)
            raise LinkRefused(
                "You are signed in to Discord as somebody else than who asked for this link, so nothing was linked. "
                "If somebody sent you the link, they tried to get at your account."
            )
        await self._store.prove(person, digest(browser))

    async def _in_browser(self, browser: str) -> tuple[Attempt, Parked] | None:
        person = await self._store.owner_of_browser(digest(browser))
        attempt = None if person is None else await self._store.attempt_of(person)
        parked = self._links.waiting_in(attempt)
        if attempt is None or parked is None or parked.browser_hash != digest(browser):
            return None
        return attempt, parked

    async def _code(self, person: int, parked: Parked) -> str:
        """The code of that browser. It is kept nowhere: a copy of the database without the keys does not give it."""
        token = await self._links.parked_token(person, parked)
        mixed = hmac.new(token.encode(), parked.browser_hash, hashlib.sha256).digest()
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in mixed[:LETTERS])


def _letters(typed: str) -> bytes:
    """What was meant: small letters, spaces and dashes make no difference, nor do letters that look alike."""
    return "".join(c for c in typed.upper().translate(_MEANT) if c in ALPHABET).encode()


def _nothing_waits() -> LinkRefused:
    return LinkRefused("Nothing waits in this browser: it is done already, or it waited for too long.")
