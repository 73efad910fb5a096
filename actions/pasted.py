"""Read what people come back with from Thingiverse, and find out whose account it is for."""

from __future__ import annotations

import hmac

import structlog

from actions.app import App
from errors import N_, BotError, LinkRefused
from thingiverse.client import Thingiverse
from thingiverse.errors import Blocked, Refused, TokenRejected, Unreachable
from thingiverse.models import Maker, TokenInfo
from thingiverse.oauth import (
    AuthorizeError,
    Failed,
    NotAnAnswer,
    Pasted,
    PastedBare,
    PastedCode,
    PastedToken,
    read_pasted,
)

log = structlog.get_logger("actions.pasted")

DAMAGED = N_("That link is incomplete or was changed. Copy the whole link again from your browser's address bar.")
_NOT_AN_ANSWER = {
    "empty": N_("That was empty. Paste the whole link from the page you landed on after pressing Allow."),
    "too_long": N_("That's too long. Paste only the link from the page you landed on after pressing Allow."),
    "several": N_("That has more than one link or code in it. Paste one link, exactly as your browser shows it."),
    "damaged": DAMAGED,
    "foreign_address": N_(
        "That link doesn't belong to this bot. Paste the whole link from the page you landed on after pressing Allow."
    ),
    "authorize_link": N_(
        "That's the link you start with. Open it, press Allow, then paste the whole link from the page you land on."
    ),
    "thing_address": N_(
        "That's a link to a design. To link your account, paste the whole link from the page you landed on "
        "after pressing Allow."
    ),
    "no_answer_in_address": N_(
        "That link doesn't include Thingiverse's reply. Paste the whole link, including everything after # "
        "or ?, from the page you landed on after pressing Allow. If nothing comes after it, your browser dropped the "
        "reply, which Safari on iPhone and iPad can do: start over with a new link in another browser."
    ),
    "not_recognized": N_(
        "I couldn't find a link in that. Paste the whole link from the page you landed on after pressing Allow."
    ),
}

_FIXES: dict[AuthorizeError, str] = {
    "application_suspended": "ask Thingiverse why your app is suspended",
    "invalid_client": "set THINGIVERSE_CLIENT_ID to the client ID on your app's page",
    "invalid_request": "compare THINGIVERSE_CLIENT_ID and the callback URL with your app's page",
    "invalid_scope": "your app's type may not allow this; compare it with docs/setting-up.md",
    "redirect_uri_mismatch": "make the callback URL on your app's page the same as the bot's redirect URI",
    "unauthorized_client": "check that your app is approved and that its type allows this way of linking",
    "unsupported_response_type": "set THINGIVERSE_CLIENT_SECRET, or remove it, to switch the way of linking",
    "other": "compare the app's page on Thingiverse with docs/setting-up.md",
}

EXCHANGE_FIX = (
    "Run the bot on a network that www.thingiverse.com doesn't challenge, or remove THINGIVERSE_CLIENT_SECRET to link "
    "without exchanging codes. See docs/setting-up.md."
)


def read_answer(text: str, app: App) -> Pasted:
    """Read a pasted reply. Raises LinkRefused with a sentence."""
    try:
        return read_pasted(text, redirect_uri=app.redirect_uri)
    except NotAnAnswer as error:
        raise LinkRefused(_NOT_AN_ANSWER[error.reason]) from None


def failed(answer: Failed) -> LinkRefused:
    """The refusal for an error that Thingiverse sent. The log tells the operator how to fix it."""
    if answer.error in {"server_error", "temporarily_unavailable"}:
        log.warning("authorizing failed at Thingiverse", error=answer.error)
        return LinkRefused(
            "Thingiverse had a problem while you allowed access, so nothing was linked. Wait a few minutes, then start "
            "over with a new link."
        )
    log.error("Thingiverse refused this app's authorize link", error=answer.error, fix=_FIXES[answer.error])
    return LinkRefused(
        "Thingiverse refused this bot's request for access, so nothing was linked. Trying again won't help. "
        "Please tell the people who run this bot."
    )


class Answers:
    """Exchanges codes and checks keys at Thingiverse."""

    def __init__(self, thingiverse: Thingiverse, app: App) -> None:
        self._thingiverse = thingiverse
        self._app = app

    async def token_from(self, pasted: PastedToken | PastedCode | PastedBare) -> str:
        """The token of a reply. With a client secret, only codes are accepted, which are useless without it."""
        if self._app.client_secret is None:
            if isinstance(pasted, PastedCode):
                raise LinkRefused("That link has a code where I need a key. Start over with a new link.")
            return pasted.token if isinstance(pasted, PastedToken) else pasted.secret
        if isinstance(pasted, PastedToken):
            raise LinkRefused("That link has a key where I need a code. Start over with a new link.")
        secret = pasted.code if isinstance(pasted, PastedCode) else pasted.secret
        try:
            return await self._thingiverse.exchange_code(
                secret,
                client_id=self._app.client_id,
                client_secret=self._app.client_secret,
                redirect_uri=self._app.redirect_uri,
            )
        except (Refused, TokenRejected):
            raise LinkRefused("That code was already used, or it expired. Start over with a new link.") from None
        except Blocked:
            log.error("Thingiverse blocks the code exchange", fix=EXCHANGE_FIX)
            raise BotError(
                "Thingiverse's website is blocking this bot, so I couldn't finish linking. Trying again may not help. "
                "Please tell the people who run this bot."
            ) from None

    async def identify(self, token: str) -> tuple[Maker, bool]:
        """Whose token it is, and whether Thingiverse confirmed that it was made for our app."""
        if hmac.compare_digest(token.encode(), self._app.app_token.encode()):
            raise LinkRefused("That's this bot's own key, not yours. Start over with a new link.")
        try:
            info = await self._check_audience(token)
            maker = await self._thingiverse.me(token=token)
        except TokenRejected:
            raise LinkRefused("Thingiverse doesn't accept that key. Start over with a new link.") from None
        if info is not None and info.user_id not in {None, maker.id}:
            raise LinkRefused("Thingiverse named two different accounts for that key. Start over with a new link.")
        return maker, info is not None

    async def _check_audience(self, token: str) -> TokenInfo | None:
        """What tokeninfo says, or None if unchecked links are allowed. Raises LinkRefused for another app's token."""
        try:
            info = await self._thingiverse.token_info(token)
        except Unreachable:
            if not self._app.unchecked_links:
                raise
            return None
        if info.audience != self._app.client_id:
            raise LinkRefused("That key was made for another app, so I won't use it. Start over with a new link.")
        return info
