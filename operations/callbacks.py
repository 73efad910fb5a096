"""Answers interactions: the one call that nearly everything the bot says goes through.

discord.py asks Discord to send each message back and parses it, which costs more than the rest of the answer. Nobody
here reads it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

import aiohttp
import discord
import orjson
import yarl
from discord.http import MultipartParameters, Route
from discord.webhook.async_ import AsyncWebhookAdapter, async_context

from desk.admission import SIGN_WITHIN
from desk.discord_errors import FAILED, note
from desk.ready import CHOICES
from operations.rest import read

PAUSES = (0.1, 0.3, 0.6, 1.0)  # seconds before each new try, where Discord fails, as long as an answer is of use
_JSON = {"Content-Type": "application/json"}
_TIMEOUT = aiohttp.ClientTimeout(total=30)  # seconds


class Callbacks(AsyncWebhookAdapter):
    """discord.py's adapter for webhooks; with files, and after the first answer, it does what it always does."""

    def __init__(self, answered: Callable[[int], None] = lambda _: None) -> None:
        """`answered` is told of each interaction that Discord no longer waits for."""
        super().__init__()
        self.answered = answered
        self._limit: tuple[float, discord.HTTPException] | None = None  # Discord's global one: until when, and its word
        self._lean: aiohttp.ClientSession | None = None

    async def create_interaction_response(  # pyright: ignore[reportIncompatibleMethodOverride]
        self,
        interaction_id: int,
        token: str,
        *,
        session: aiohttp.ClientSession,
        params: MultipartParameters,
        **proxy: Any,
    ) -> Any:
        try:
            if params.files:
                return await super().create_interaction_response(
                    interaction_id, token, session=session, params=params, **proxy
                )
            await self.answer(interaction_id, token, orjson.dumps(params.payload), session=session, **proxy)
        except FAILED as error:
            if params.payload is None or params.payload["type"] != CHOICES:
                raise
            note("suggestions not sent", error)  # nobody waits for them anymore
        finally:
            self.answered(interaction_id)
        return {"interaction": {"id": interaction_id}}

    async def answer(
        self, interaction_id: int, token: str, body: bytes, *, session: aiohttp.ClientSession, **proxy: Any
    ) -> None:
        """Send `body`, and send it again while that may help. Raises what discord.py raises for each refusal."""
        url = yarl.URL(f"{Route.BASE}/interactions/{interaction_id}/{token}/callback", encoded=True)
        until = loop_time() + SIGN_WITHIN
        for pause in (*PAUSES, SIGN_WITHIN):
            await self._global_limit_over(until)
            async with self._lean_on(session).post(url, data=body, **proxy) as response:
                if response.status < 300:
                    await response.read()  # so that the connection is used again
                    return
                data = await read(response)
            error = _error(response, data)
            wait = self._wait(error, response, data, pause)
            if wait is None or loop_time() + wait > until:
                raise error
            await asyncio.sleep(wait)

    def _lean_on(self, session: aiohttp.ClientSession) -> aiohttp.ClientSession:
        """A session on the same connections and proxies, without cookies. It has nothing of its own to close."""
        if self._lean is None or self._lean.closed or self._lean.connector is not session.connector:
            self._lean = aiohttp.ClientSession(
                connector=session.connector,
                connector_owner=False,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers=_JSON,
                timeout=_TIMEOUT,
                trace_configs=session.trace_configs,  # where refusals are counted
            )
        return self._lean

    async def _global_limit_over(self, until: float) -> None:
        """What is sent before it's over counts towards a ban of the IP address."""
        if self._limit is not None and self._limit[0] > loop_time():
            ends, error = self._limit
            if ends > until:
                raise error
            await asyncio.sleep(ends - loop_time())

    def _wait(
        self, error: discord.HTTPException, response: aiohttp.ClientResponse, data: Any, pause: float
    ) -> float | None:
        """Seconds until another try may help; None where none does."""
        if isinstance(error, discord.DiscordServerError):
            return pause
        # a 429 without Via is Cloudflare's, for minutes or hours
        if error.status != 429 or "Via" not in response.headers or not isinstance(data, dict):
            return None
        limit = cast("dict[str, Any]", data)
        wait = float(limit.get("retry_after", pause))
        if limit.get("global"):
            self._limit = loop_time() + wait, error
        return wait

    def install(self) -> None:
        """Have discord.py answer with it, in this context and in tasks started from here."""
        async_context.set(self)


def session_of(client: discord.Client) -> aiohttp.ClientSession:
    """discord.py's own, with its connections and proxies. It has no public name; interactions take it the same way."""
    return client.http._HTTPClient__session  # pyright: ignore


def _error(response: aiohttp.ClientResponse, data: Any) -> discord.HTTPException:
    kinds = {403: discord.Forbidden, 404: discord.NotFound}
    kind = discord.DiscordServerError if response.status >= 500 else kinds.get(response.status, discord.HTTPException)
    return kind(response, data)


def loop_time() -> float:
    return asyncio.get_running_loop().time()
