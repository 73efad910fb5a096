"""What people come back with from Thingiverse: reading it, and learning whose account it opens."""

from __future__ import annotations

import hmac

from actions.app import App
from errors import N_, LinkRefused
from thingiverse.client import Thingiverse
from thingiverse.errors import Refused, TokenRejected, Unreachable
from thingiverse.models import Maker, TokenInfo
from thingiverse.oauth import NotAnAnswer, Pasted, PastedBare, PastedCode, PastedToken, read_pasted

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


def read_answer(text: str, app: App) -> Pasted:
    """Raises LinkRefused in the person's words."""
    try:
        return read_pasted(text, redirect_uri=app.redirect_uri)
    except NotAnAnswer as error:
        raise LinkRefused(_NOT_AN_ANSWER[error.reason]) from None


def state_of(answer: Pasted) -> str | None:
    return None if isinstance(answer, PastedBare) else answer.state


class Answers:
    """Asks Thingiverse about what people came back with."""

    def __init__(self, thingiverse: Thingiverse, app: App) -> None:
        self._thingiverse = thingiverse
        self._app = app

    async def token_from(self, pasted: PastedToken | PastedCode | PastedBare) -> str:
        if isinstance(pasted, PastedToken):
            return pasted.token
        if self._app.client_secret is None:
            if isinstance(pasted, PastedBare):
                return pasted.secret
            raise LinkRefused("That address has a code where this bot needs a key. Start from a fresh link.")
        secret = pasted.code if isinstance(pasted, PastedCode) else pasted.secret
        try:
            return await self._thingiverse.exchange_code(
                secret,
                client_id=self._app.client_id,
                client_secret=self._app.client_secret,
                redirect_uri=self._app.redirect_uri,
            )
        except (Refused, TokenRejected):
            if isinstance(pasted, PastedBare):
                return pasted.secret  # not a code, so perhaps a token
            raise LinkRefused("That code was used already, or has run out. Start from a fresh link.") from None

    async def identify(self, token: str) -> tuple[Maker, bool]:
        """Whose token it is, and whether Thingiverse confirmed that it was made for our app."""
        if hmac.compare_digest(token.encode(), self._app.app_token.encode()):
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
            if not self._app.unchecked_links:
                raise
            return None
        if info.audience != self._app.client_id:
            raise LinkRefused("That key was made for another app, so I will not use it. Start from a fresh link.")
        return info
