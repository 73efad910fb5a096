"""Check that the browser in which a reply arrived is the person's own.

An attacker can send their link to someone else, who then authorizes it. So an account that arrives on the linking page
has to wait, and the page asks for a proof: a short code to type in Discord, or a sign-in with Discord as the person who
asked. Confirm, with the account's name and picture, is for the opposite attack, where someone is tricked into linking
the attacker's account.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

import structlog

from actions.linking import TRIES, Linking, denied, digest
from actions.pasted import failed, read_answer
from errors import BotError, CodeRefused, LinkRefused
from records import Attempt, Candidate, Parked
from storage.store import Store
from thingiverse.askers import asked_by
from thingiverse.errors import BudgetUsedUp, RateLimited, ShareUsedUp, ThingiverseError
from thingiverse.oauth import Denied, Failed

log = structlog.get_logger("actions.browser_check")

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without letters that look like others
LETTERS = 8  # 40 bits, for five guesses in five minutes
_MEANT = str.maketrans({"O": "0", "I": "1", "L": "1"})


@dataclass(frozen=True)
class Arrival:
    """What the page shows in the browser where a reply arrived."""

    asked_as: str | None
    maker_name: str
    code: str | None = field(repr=False)  # None with sign-in, or if it's already proven
    proven: bool
    by_sign_in: bool


class BrowserCheck:
    def __init__(self, links: Linking, store: Store) -> None:
        self.way = links.app.proof
        self._links = links
        self._store = store

    async def arrive(self, address: str) -> str:
        """Take the URL that a browser came back with. Returns a secret that identifies the browser.

        Raises LinkRefused, or BotError if Thingiverse can't be reached.
        """
        answer = read_answer(address, self._links.app)
        if answer.state is None:
            if isinstance(answer, Denied):
                raise denied()
            if isinstance(answer, Failed):
                raise failed(answer)
            await self._links.refuse_without_state()
        attempt = await self._store.attempt_with_state(digest(answer.state))
        if attempt is None:
            raise LinkRefused("That link is no longer valid, or never was. Start over with a new link.")
        person = attempt.person
        browser = secrets.token_urlsafe(16)
        try:
            with asked_by(person):
                await self._links.finish_link(person, address, browser_hash=digest(browser))
        except ThingiverseError as error:
            log.warning("linking reply not checked", person=person, why=type(error).__name__)
            raise _not_asked(error) from None
        log.info("linking reply received", person=person)
        return browser

    async def arrival(self, browser: str) -> Arrival:
        """What to show for the account that waits in this browser. Raises LinkRefused."""
        attempt, parked = await self._in_browser(browser)
        by_sign_in = self.way == "discord"
        code = None if by_sign_in or parked.proven else await self._code(attempt.person, parked)
        return Arrival(attempt.asked_as, parked.maker_name, code, parked.proven, by_sign_in)

    async def proven(self, person: int) -> Candidate | None:
        """The proven account that waits for Confirm."""
        parked = self._links.waiting_in(await self._store.attempt_of(person))
        return None if parked is None or parked.waits_for_proof else await self._links.candidate(person, parked)

    async def enter_code(self, person: int, typed: str) -> Candidate:
        """Check the code the person typed. Each try is counted before it's checked. Raises CodeRefused."""
        parked = self._links.waiting_in(await self._store.attempt_of(person))
        if parked is None or parked.browser_hash is None or self.way != "code":
            raise CodeRefused("I'm not expecting a code from you right now. Press Authorize first.")
        code = await self._code(person, parked)
        tries = await self._store.count_try(person)
        right = 0 < tries <= TRIES and hmac.compare_digest(_letters(typed), code.encode())
        if right and await self._store.prove(person, parked.browser_hash):
            return await self._links.candidate(person, parked)
        if tries >= TRIES:
            await self._links.close_for_tries(person)
            log.warning("too many wrong codes", person=person)
            raise CodeRefused("Too many wrong codes, so this link is closed. Start over with a new link.")
        raise CodeRefused(
            "That's not the code on the page. Check it and try again. The link closes after five wrong codes."
        )

    async def begin_sign_in(self, browser: str) -> str:
        """Start a sign-in with Discord in this browser. Returns its state. Raises LinkRefused."""
        state = secrets.token_urlsafe(16)
        _, parked = await self._in_browser(browser)
        if self.way != "discord" or parked.proven:
            raise _nothing_waits()
        await self._store.expect_sign_in(digest(browser), digest(state))
        return state

    async def use_up_sign_in(self, browser: str, state: str) -> None:
        """Raises LinkRefused unless this browser started a sign-in with this state and hasn't used it yet."""
        expected = (await self._in_browser(browser))[1].sign_in_hash
        if expected is None or not hmac.compare_digest(expected, digest(state)):
            raise _nothing_waits()
        if not await self._store.use_up_sign_in(digest(browser), digest(state)):
            raise _nothing_waits()

    async def signed_in(self, browser: str, person: int) -> None:
        """Take the Discord user signed in in this browser. Anyone but the person who asked closes the attempt."""
        attempt, _ = await self._in_browser(browser)
        if attempt.person != person:
            await self._store.close_attempt(attempt.person)
            log.warning("authorized by someone else", person=attempt.person)
            raise LinkRefused(
                "This Discord account isn't the one that asked for the link, so nothing was linked. If someone sent "
                "you the link, they were trying to get into your account."
            )
        await self._store.prove(person, digest(browser))

    async def _in_browser(self, browser: str) -> tuple[Attempt, Parked]:
        """The account that waits in this browser. Raises LinkRefused if there's none, or it expired."""
        attempt = await self._store.attempt_in_browser(digest(browser))
        parked = self._links.waiting_in(attempt)
        if attempt is None or parked is None:
            raise _nothing_waits()
        return attempt, parked

    async def _code(self, person: int, parked: Parked) -> str:
        """The browser's code. It isn't stored, and can't be computed from a database without TOKEN_KEYS."""
        token = await self._links.parked_token(person, parked)
        mixed = hmac.new(token.encode(), parked.browser_hash, hashlib.sha256).digest()
        return "".join(ALPHABET[byte % len(ALPHABET)] for byte in mixed[:LETTERS])


def _letters(typed: str) -> bytes:
    """Normalize a typed code: case, spaces, dashes, and letters that look alike don't matter."""
    return "".join(c for c in typed.upper().translate(_MEANT) if c in ALPHABET).encode()


def _not_asked(error: ThingiverseError) -> BotError:
    match error:
        case ShareUsedUp():
            return BotError("You've asked for a lot in the last few minutes. Reload this page in a few minutes.")
        case BudgetUsedUp():
            return BotError("I've reached my own limit for Thingiverse. Reload this page in a few minutes.")
        case RateLimited():
            return BotError("Thingiverse is limiting my requests. Reload this page in a few minutes.")
        case _:
            return BotError("Thingiverse isn't responding right now. Reload this page in a few minutes.")


def _nothing_waits() -> LinkRefused:
    return LinkRefused("There's nothing to finish in this browser. It's already done, or it expired.")
