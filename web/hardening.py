"""Limits below aiohttp's public interface: silent connections, too many connections, and requests that are not HTTP.

This file overrides private parts of aiohttp: `AppRunner._make_server`, `Server.__call__`, and `_manager`, `_loop` and
`_request_count` of RequestHandler. requirements.in keeps aiohttp below its next minor version. If an upgrade changes
one of them, connections that send nothing stay open, nothing limits their number, or malformed requests get aiohttp's
own error pages without our headers; tests/web/test_answers.py fails then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from web.limits import LIMITS, Limits, customer

log = structlog.get_logger("web.hardening")

HEADERS_WITHIN = 10.0  # seconds for a new connection to send its first request
KEEP_ALIVE = 5.0  # seconds between two requests; the page loads everything together
MOST_CONNECTIONS = 500  # at any time, so that a flood doesn't stop the rest of the bot
LINGER = 0.2  # seconds to read and drop the rest of a rejected body
FINISH_WITHIN = 0.5


class Runner(web.AppRunner):
    """aiohttp's AppRunner, with our limits on every connection."""

    def __init__(self, site: web.Application, headers: Mapping[str, str]) -> None:
        super().__init__(site, access_log=None, handle_signals=False, shutdown_timeout=FINISH_WITHIN)
        self._headers = headers

    async def _make_server(self) -> web.Server:
        made = await super()._make_server()
        return _Server(made.request_handler, made.request_factory, self._headers, self.app[LIMITS])


class _Server(web.Server):
    def __init__(self, handler: Any, factory: Any, headers: Mapping[str, str], limits: Limits) -> None:
        super().__init__(self._check_expect, request_factory=factory)
        self._site = handler
        self._headers = headers
        self._limits = limits

    async def _check_expect(self, request: web.BaseRequest) -> web.StreamResponse:
        """Reject odd `Expect` headers, which aiohttp would send back before our middleware runs."""
        if request.headers.get("Expect", "100-continue").lower() != "100-continue":
            return _brief(HTTPStatus.EXPECTATION_FAILED, self._headers)
        return await self._site(request)

    def __call__(self) -> RequestHandler:
        return _Connection(self, self._headers, self._limits)


class _Connection(RequestHandler):
    __slots__ = ("_customer", "_limits", "_response_headers")

    def __init__(self, server: _Server, headers: Mapping[str, str], limits: Limits) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            access_log=None,  # pyright: ignore[reportArgumentType]  as aiohttp documents it
            keepalive_timeout=KEEP_ALIVE,
            lingering_time=LINGER,
            auto_decompress=False,  # so that a small body can't become a large one
        )
        self._response_headers = headers
        self._limits = limits
        self._customer = ""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._customer = customer(str((transport.get_extra_info("peername") or ("",))[0]))
        room = self._limits.connections.opened(self._customer)
        if not room or (self._manager is not None and len(self._manager.connections) > MOST_CONNECTIONS):
            self.force_close()
            return
        self._loop.call_later(HEADERS_WITHIN, self._close_if_silent)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._limits.connections.closed(self._customer)

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
        """Respond to what isn't HTTP. It counts as a request, and none of it is logged or sent back."""
        if request.writer.output_size > 0:
            raise ConnectionError("part of a response has been sent")
        if (count := self._limits.unreadable.count()) > 0:
            log.info("unreadable requests", count=count, status=status, why=type(exc).__name__)
        if self._limits.requests.refuses(self._customer):
            return _brief(HTTPStatus.TOO_MANY_REQUESTS, self._response_headers)
        return _brief(HTTPStatus(status), self._response_headers)


def _brief(status: HTTPStatus, headers: Mapping[str, str]) -> web.Response:
    answer = web.Response(status=status, text=status.phrase, headers=headers)
    answer.force_close()
    return answer
