"""Sign in with Discord, to learn the user's ID and nothing else (scope `identify`)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
import structlog

from errors import BotError

log = structlog.get_logger("web.sign_in")

WITHIN = aiohttp.ClientTimeout(total=10)


@dataclass(frozen=True)
class DiscordSignIn:
    """Signs people in with the bot's application in Discord's OAuth."""

    session: aiohttp.ClientSession = field(repr=False)
    client_id: str
    client_secret: str = field(repr=False)
    authorize_url: str
    api_base: str
    redirect_uri: str

    def sign_in_url(self, state: str) -> str:
        """Where the browser goes to sign in. With `prompt=none`, people who allowed it before aren't asked again."""
        asked = {
            "client_id": self.client_id,
            "response_type": "code",
            "scope": "identify",
            "redirect_uri": self.redirect_uri,
            "state": state,
            "prompt": "none",
        }
        return f"{self.authorize_url}?{urlencode(asked)}"

    async def whose(self, code: str) -> int:
        """The Discord ID for a code. The key it needs is revoked right away. Raises BotError."""
        try:
            form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self.redirect_uri}
            token = str((await self._ask("POST", "/oauth2/token", form=form))["access_token"])
            person = int((await self._ask("GET", "/users/@me", token=token))["id"])
            await self._revoke(token)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            log.warning("sign-in failed", why=type(error).__name__)
            raise BotError("Discord couldn't tell me who you are. Go back one page and sign in again.") from None
        return person

    async def _revoke(self, token: str) -> None:
        """Revoke the key. If that fails, it expires on its own."""
        form = {"token": token, "token_type_hint": "access_token"}
        try:
            await self._ask("POST", "/oauth2/token/revoke", form=form)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            log.info("Discord token not revoked", why=type(error).__name__)

    async def _ask(
        self, method: str, path: str, *, form: dict[str, str] | None = None, token: str | None = None
    ) -> dict[str, Any]:
        """Send a request to Discord. Raises ClientError, TimeoutError, or ValueError."""
        ourselves = aiohttp.encode_basic_auth(self.client_id, self.client_secret)
        async with self.session.request(
            method,
            self.api_base + path,
            data=form,
            headers={"Authorization": ourselves if token is None else f"Bearer {token}"},
            timeout=WITHIN,
            allow_redirects=False,
            raise_for_status=True,
        ) as response:
            return await response.json(content_type=None) or {}
