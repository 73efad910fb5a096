"""The server and what is true in it: things, people, tokens, likes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from aiohttp import web

from demo.thingiverse import api, login, pages
from demo.thingiverse.faults import Faults, middleware
from demo.thingiverse.things import MAKERS, FakeThing, all_things


@dataclass
class Settings:
    """What public facts leave open about the real one."""

    echo_state: bool = True
    popular_exists: bool = True
    double_like: Literal["ok", "400", "409"] = "ok"
    unlike_unliked: Literal["ok", "400", "404"] = "ok"
    past_the_end: Literal["404", "400", "empty"] = "404"
    exchange_json: bool = False
    tokeninfo_bad_status: int = 200
    approved: bool = True
    per_page_ignored: bool = False
    random_exists: bool = True


@dataclass
class Maker:
    id: int
    name: str
    first_name: str


@dataclass
class FakeCollection:
    id: int
    name: str
    maker: str
    things: list[int]


@dataclass
class RegisteredApp:
    """The one app that is registered."""

    client_id: str
    client_secret: str = field(repr=False)
    app_token: str = field(repr=False)
    redirect_uri: str
    owner: str = "owner"
    name: str = "Thingamabot"


@dataclass
class Token:
    maker: str
    client_id: str
    is_app: bool = False


@dataclass(frozen=True)
class Seen:
    """A request that came in; never its token, only whose it was."""

    method: str
    path: str
    query: dict[str, str]
    owner: str | None
    user_agent: str
    at: float


class FakeThingiverse:
    """`async with FakeThingiverse() as world`: the API under /api and the site beside it, on one port of 127.0.0.1."""

    def __init__(self, port: int = 0) -> None:
        self._port = port
        self.settings = Settings()
        self.faults = Faults()
        self.things: dict[int, FakeThing] = all_things()
        self.people = {name: Maker(200 + i, name, first) for i, (name, first) in enumerate(MAKERS.items())}
        self.likes: dict[str, dict[int, float]] = {name: {} for name in self.people}
        self.collections = {found.id: found for found in self._collections()}
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, str] = {}
        self.requests: list[Seen] = []
        self._runner: web.AppRunner | None = None
        self.www_url = ""
        self.app = RegisteredApp("", "", "", "")

    @property
    def api_url(self) -> str:
        return f"{self.www_url}/api"

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

    # -- what tests and the demo do to it

    def token_for(self, name: str, *, client_id: str | None = None) -> str:
        """A token of somebody's, as if they had pressed Allow."""
        token = secrets.token_hex(16)
        self.tokens[token] = Token(name, client_id or self.app.client_id)
        return token

    def code_for(self, name: str) -> str:
        code = secrets.token_hex(16)
        self.codes[code] = name
        return code

    def revoke(self, token: str) -> None:
        del self.tokens[token]

    def revoke_all(self, name: str) -> None:
        for token in [token for token, known in self.tokens.items() if known.maker == name and not known.is_app]:
            del self.tokens[token]

    def like(self, name: str, thing_id: int) -> None:
        """As if done on the site."""
        if thing_id not in self.likes[name]:
            self.likes[name][thing_id] = time.time()
            self._count(thing_id, 1)

    def unlike(self, name: str, thing_id: int) -> None:
        if self.likes[name].pop(thing_id, None) is not None:
            self._count(thing_id, -1)

    def likes_of(self, name: str) -> set[int]:
        return set(self.likes[name])

    def add_thing(self, thing_id: int, **extra: Any) -> FakeThing:
        """A design that answers with `extra` in place of what it would say."""
        thing = FakeThing(thing_id, f"Odd {thing_id}", "box", "ada_prints", 1, 1, None, [], extra=extra)
        self.things[thing_id] = thing
        return thing

    def count(self, method: str, path: str) -> int:
        """How many requests came for a path, such as /api/popular."""
        return sum(seen.method == method and seen.path == path for seen in self.requests)

    def clear_requests(self) -> None:
        self.requests.clear()

    # -- what its rooms ask

    def token_of(self, request: web.Request) -> Token | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.tokens.get(token) if kind == "Bearer" else None

    def listed(self) -> list[FakeThing]:
        """What everybody may see, the most popular first."""
        return [thing for thing in self.things.values() if "private" not in thing.flags]

    def _collections(self) -> list[FakeCollection]:
        def tagged(tag: str) -> list[int]:
            return [thing.id for thing in self.things.values() if tag in thing.tags]

        return [
            FakeCollection(16_001, "Gears that teach", "mira", tagged("gear")),
            FakeCollection(16_002, "Desk, tidy at last", "kumiko", tagged("desk")),
            FakeCollection(16_003, "Nothing so far", "gyro", []),
        ]

    def _count(self, thing_id: int, step: int) -> None:
        thing = self.things[thing_id]
        if thing.like_count is not None:
            thing.like_count += step

    @web.middleware
    async def _note(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        token = self.token_of(request)
        agent = request.headers.get("User-Agent", "")
        owner = token.maker if token is not None else None
        self.requests.append(Seen(request.method, request.path, dict(request.query), owner, agent, time.time()))
        return await handler(request)
