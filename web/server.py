"""The server around the page: where it listens, the guard at its door, and one way out for every failure."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from errors import BotError, LinkRefused
from web.limits import RateLimit, client_address
from web.sheets import Sheets

log = structlog.get_logger("web.server")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADERS_WITHIN = 10.0  # seconds for a new connection to ask its first question
KEEP_ALIVE = 30.0
MOST_CONNECTIONS = 500  # at any time; the bot's own work goes on whatever knocks here
LINGER = 0.2  # seconds in which what is left of a refused body is read away
FINISH_WITHIN = 0.5


def guard(sheets: Sheets, limit: RateLimit, address_header: str | None) -> Any:
    """No more than an address may ask; every failure is a page in words, and none tells more than it should."""

    @web.middleware
    async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
        say = sheets.language_of(request).say
        if limit.refuses(client_address(request, address_header)):
            return sheets.refusal(request, 429, say("Too many requests came from your address. Wait a minute, please."))
        try:
            return await handler(request)
        except LinkRefused as error:
            return sheets.refusal(request, 400, sheets.language_of(request).error(error))
        except BotError as error:
            return sheets.refusal(request, 503, sheets.language_of(request).error(error))
        except web.HTTPException as error:
            if error.status < 400:
                raise
            return sheets.refusal(request, error.status, _words(request, sheets, error.status), error.headers)
        except Exception as error:
            reference = secrets.token_hex(3).upper()
            log.error("page failed", reference=reference, exc_info=error)
            sentence = say(
                "Something went wrong on my side. If it goes on, tell the people who run this bot: reference "
                "{reference}.",
                reference=reference,
            )
            return sheets.refusal(request, 500, sentence)

    return guarded


def _words(request: web.Request, sheets: Sheets, status: int) -> str:
    say = sheets.language_of(request).say
    if status == HTTPStatus.NOT_FOUND:
        return say("There is no such page.")
    return say("This page cannot do anything with that request.")


@asynccontextmanager
async def listening(site: web.Application, headers: Mapping[str, str], host: str, port: int) -> AsyncGenerator[None]:
    """Answers at host and port while inside. OSError where it cannot listen there."""

    async def dress(_: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(headers)

    site.on_response_prepare.append(dress)
    runner = _Runner(site, headers)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        log.info("linking page listens", host=host, port=port)
        yield
    finally:
        await runner.cleanup()


class _Runner(web.AppRunner):
    """aiohttp's, with connections that answer in our way also what is no HTTP at all."""

    def __init__(self, site: web.Application, headers: Mapping[str, str]) -> None:
        super().__init__(site, access_log=None, handle_signals=False, shutdown_timeout=FINISH_WITHIN)
        self._headers = headers

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, made.request_factory, self._headers)


class _Server(web.Server):
    def __init__(self, handler: Any, factory: Any, headers: Mapping[str, str]) -> None:
        super().__init__(self._expecting_nothing_odd, request_factory=factory)
        self._site = handler
        self._headers = headers

    async def _expecting_nothing_odd(self, request: web.BaseRequest) -> web.StreamResponse:
        """aiohttp would send back what stands in `Expect`, from outside of our guard."""
        if request.headers.get("Expect", "100-continue").lower() != "100-continue":
            return _brief(HTTPStatus.EXPECTATION_FAILED, self._headers)
        return await self._site(request)

    def __call__(self) -> RequestHandler:
        return _Connection(self, self._headers)


class _Connection(RequestHandler):
    __slots__ = ("_dressed_in",)

    def __init__(self, server: _Server, headers: Mapping[str, str]) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # pyright: ignore[reportArgumentType]  as aiohttp documents it
            keepalive_timeout=KEEP_ALIVE,
            lingering_time=LINGER,
            auto_decompress=False,  # a small body cannot become a large one
        )
        self._dressed_in = headers

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if self._manager is not None and len(self._manager.connections) > MOST_CONNECTIONS:
            self.force_close()
            return
        self._loop.call_later(HEADERS_WITHIN, self._close_if_silent)

    def _close_if_silent(self) -> None:
        if self._request_count == 0:
            self.force_close()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """What cannot be read as a request: nothing of it is logged or sent back."""
        if request.writer.output_size > 0:
            raise ConnectionError("half an answer is out already")
        log.info("unreadable request", status=status, why=type(exc).__name__)
        return _brief(HTTPStatus(status), self._dressed_in)


def _brief(status: HTTPStatus, headers: Mapping[str, str]) -> web.Response:
    answer = web.Response(status=status, text=status.phrase, headers=headers)
    answer.force_close()
    return answer
