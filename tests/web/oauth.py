"""A fake of Discord's OAuth for the scope `identify`, with the errors of the real one."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import encode_basic_auth, web

from tests.ports import free_port

PERSON = "discord_person"


@dataclass
class FakeOAuth:
    """The signed-in user is in a cookie of each browser."""

    redirect_uri: str
    client_id: str = "1234567890"
    client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    down: bool = False
    codes: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    given_back: int = 0
    port: int = field(default_factory=free_port)
    _runner: Any = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        site = web.Application()
        site.router.add_get("/oauth2/authorize", self._authorize)
        site.router.add_post("/api/oauth2/token", self._token)
        site.router.add_post("/api/oauth2/token/revoke", self._revoke)
        site.router.add_get("/api/users/@me", self._me)
        self._runner = web.AppRunner(site)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self.port).start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _authorize(self, request: web.Request) -> web.StreamResponse:
        asked = request.query
        if asked["client_id"] != self.client_id or asked["redirect_uri"] != self.redirect_uri:
            raise web.HTTPBadRequest
        assert (asked["response_type"], asked["scope"]) == ("code", "identify")
        if PERSON not in request.cookies:
            raise web.HTTPFound(f"{self.redirect_uri}?error=access_denied&state={asked['state']}")
        code = self.code_for(request.cookies[PERSON])
        raise web.HTTPFound(f"{self.redirect_uri}?code={code}&state={asked['state']}")

    def code_for(self, person: str) -> str:
        code = secrets.token_urlsafe(22)
        self.codes[code] = person
        return code

    async def _token(self, request: web.Request) -> web.Response:
        self._require_us(request)
        form = await request.post()
        person = self.codes.pop(str(form.get("code")), None)
        if person is None or form.get("redirect_uri") != self.redirect_uri:
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = secrets.token_urlsafe(22)
        self.tokens[token] = person
        return web.json_response({"access_token": token, "token_type": "Bearer", "scope": "identify"})

    async def _me(self, request: web.Request) -> web.Response:
        person = self.tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if person is None:
            raise web.HTTPUnauthorized
        return web.json_response({"id": person, "username": "somebody"})

    async def _revoke(self, request: web.Request) -> web.Response:
        self._require_us(request)
        form = await request.post()
        self.given_back += self.tokens.pop(str(form["token"]), None) is not None
        return web.json_response({})

    def _require_us(self, request: web.Request) -> None:
        if self.down:
            raise web.HTTPServiceUnavailable
        if request.headers["Authorization"] != encode_basic_auth(self.client_id, self.client_secret):
            raise web.HTTPUnauthorized
