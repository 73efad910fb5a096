"""The web server: where it listens, its limits, and one way to report every failure."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import structlog
from aiohttp import web

from errors import BotError, LinkRefused
from web.hardening import Runner
from web.limits import RateLimit, client_address
from web.serving import serving
from web.views import Views

log = structlog.get_logger("web.server")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def guard(views: Views, limit: RateLimit, address_header: str | None) -> Any:
    """Apply the limits, and turn every failure into a page that doesn't reveal details."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        language = views.language_of(request)
        say = language.say
        if limit.refuses(client_address(request, address_header)):
            return views.refusal(
                request, 429, say("Too many requests from your IP address. Wait a minute, then try again.")
            )
        try:
            return await handler(request)
        except BotError as error:
            return views.refusal(request, 400 if isinstance(error, LinkRefused) else 503, language.error(error))
        except web.HTTPException as error:
            if error.status < 400:
                raise
            missing = say("This page doesn't exist.")
            sentence = missing if error.status == 404 else say("This page can't do anything with that request.")
            return views.refusal(request, error.status, sentence, error.headers)
        except Exception as error:
            reference = secrets.token_hex(3).upper()
            log.error("page failed", reference=reference, exc_info=error)
            sentence = say(
                "Something went wrong on my end. If it keeps happening, tell the people who run this bot: reference "
                "{reference}.",
                reference=reference,
            )
            return views.refusal(request, 500, sentence)

    return guarded


@asynccontextmanager
async def listening(site: web.Application, headers: Mapping[str, str], host: str, port: int) -> AsyncGenerator[None]:
    """Listen at host and port while inside. Raises OSError if that isn't possible."""

    async def add_headers(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)

    site.on_response_prepare.append(add_headers)
    async with serving(Runner(site, headers), "linking page", host, port):
        yield
