"""The server: the API, the login, and the website of one World."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from typing import Self

from aiohttp import web

from fakes.thingiverse import api, login, pages
from fakes.thingiverse.faults import middleware
from fakes.thingiverse.world import RegisteredApp, SeenRequest, Token, World


class FakeThingiverse(World):
    """`async with FakeThingiverse() as world`: the API under /api and the website, on one port of 127.0.0.1."""

    def __init__(self, port: int = 0) -> None:
        super().__init__()
        self._port = port
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        served = web.Application(middlewares=[self._note, middleware(self.faults)])
        for room in (api, login, pages):
            room.add_routes(served, self)
        self._runner = web.AppRunner(served, handle_signals=False, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port)
        await site.start()
        port = self._runner.addresses[0][1]
        self.www_url = f"http://127.0.0.1:{port}"
        self.app = RegisteredApp(
            client_id=secrets.token_hex(10),
            client_secret=secrets.token_hex(16),
            app_token=secrets.token_hex(16),
            redirect_uri=f"{self.www_url}/callback/landed",
        )
        self.tokens[self.app.app_token] = Token(self.app.owner, self.app.client_id, is_app=True)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _note(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        token = self.token_of(request)
        agent = request.headers.get("User-Agent", "")
        owner = token.maker if token is not None else None
        self.requests.append(SeenRequest(request.method, request.path, dict(request.query), owner, agent, time.time()))
        return await handler(request)
