"""What the fake API's parts share: who is let in, lists by the page, and errors."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from fakes.thingiverse.shapes import Shapes
from fakes.thingiverse.things import FakeThing
from fakes.thingiverse.world import Token, World

LIBRARIES = ("python-requests", "python/", "aiohttp", "curl", "go-http-client")
Answer = Callable[[web.Request, Token], Awaitable[web.Response]]


def error(status: int, text: str = "", **more: Any) -> web.Response:
    return web.json_response({"error": text, **more}, status=status, headers={"x-error": text} if text else None)


class Answering:
    def __init__(self, world: World) -> None:
        self._world = world
        self._shapes = Shapes(world)

    def guarded(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
        """Check requests like the real server: 403 for the user agents of libraries, 401 without a valid token."""

        async def guard(request: web.Request) -> web.Response:
            if request.headers.get("User-Agent", "").lower().startswith(LIBRARIES):
                return error(403, "Forbidden")
            if "Authorization" not in request.headers:
                refused = error(
                    401, "Unauthorized access. No authentication was provided.", code=401, type="NO_TOKEN_PROVIDED"
                )
                refused.headers["WWW-Authenticate"] = "Bearer V1"
                return refused
            token = self._world.token_of(request)
            return error(401, "Unauthorized") if token is None else await answer(request, token)

        return guard

    def _asked(self, request: web.Request) -> FakeThing | web.Response:
        given = request.match_info["id"]
        thing = self._world.things.get(int(given)) if given.isdigit() and len(given) < 15 else None
        if thing is None:
            return error(404, f"Thing {given} does not exist")
        return error(403, f"Access to thing {given} is forbidden") if "private" in thing.flags else thing

    def _list(
        self, request: web.Request, things: list[Any], shape: Callable[[Any], dict[str, Any]] | None = None
    ) -> web.Response:
        page = self._page(request, things)
        past = self._world.settings.past_the_end
        if not page and past != "empty" and int(request.query.get("page", 1)) > 1:
            return error(int(past), "Not Found")
        number = int(request.query.get("page", 1))
        headers = {"total-count": str(len(things))}
        if number * self._length(request) < len(things):
            headers["Link"] = f'<{request.path}?page={number + 1}>; rel="next", <{request.path}>; rel="first"'
        else:
            headers["Link"] = f'<{request.path}>; rel="first"'
        return web.json_response([(shape or self._shapes.short)(thing) for thing in page], headers=headers)

    def _page(self, request: web.Request, things: list[Any]) -> list[Any]:
        length = self._length(request)
        start = (int(request.query.get("page", 1)) - 1) * length
        return things[start : start + length]

    def _length(self, request: web.Request) -> int:
        asked = 30 if self._world.settings.per_page_ignored else int(request.query.get("per_page", 30))
        return max(1, min(asked, 100))
