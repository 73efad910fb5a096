"""Everything that has gone wrong with the real Thingiverse, to switch on and off."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from fnmatch import fnmatch

from aiohttp import web

_CHALLENGE = (
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head><body>Checking your browser</body></html>"
)
_ENDLESS = web.StreamResponse


@dataclass
class Rule:
    """Apply `kind` to the next `times` requests (None for all) that match, such as `GET /api/popular`."""

    kind: str
    match: str | None = None
    times: int | None = None
    retry_after: str | None = None


@dataclass
class Faults:
    latency: float = 0.0  # seconds before each answer
    rules: list[Rule] = field(default_factory=list[Rule])

    def set(
        self, kind: str, *, match: str | None = None, times: int | None = None, retry_after: str | None = None
    ) -> None:
        """Raises KeyError for an unknown kind."""
        KINDS[kind]
        self.rules.append(Rule(kind, match, times, retry_after))

    def clear(self) -> None:
        self.latency = 0.0
        self.rules.clear()

    def due(self, method: str, path: str) -> Rule | None:
        for rule in self.rules:
            if rule.match is None or fnmatch(f"{method} {path}", rule.match):
                if rule.times is not None:
                    rule.times -= 1
                    if rule.times == 0:
                        self.rules.remove(rule)
                return rule
        return None


Answering = Callable[[web.Request, Rule], Awaitable[web.StreamResponse]]


def _json(status: int, body: object) -> Answering:
    async def answer(_: web.Request, rule: Rule) -> web.StreamResponse:
        headers = {"Retry-After": rule.retry_after} if rule.retry_after is not None else None
        return web.json_response(body, status=status, headers=headers)

    return answer


def _body(status: int, body: bytes, kind: str) -> Answering:
    async def answer(_: web.Request, __: Rule) -> web.StreamResponse:
        return web.Response(status=status, body=body, content_type=kind)

    return answer


async def _slow_drip(request: web.Request, _: Rule) -> web.StreamResponse:
    """Send one byte at a time until the client disconnects."""
    response = _ENDLESS(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for byte in itertools.chain(b"[", itertools.repeat(32)):
        await response.write(bytes([byte]))
        await asyncio.sleep(0.05)
    return response


async def _cut(request: web.Request, _: Rule) -> web.StreamResponse:
    """Close the connection in the middle of the body."""
    response = _ENDLESS(headers={"Content-Type": "application/json", "Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b'[{"id": 1')
    if request.transport is not None:
        request.transport.abort()
    return response


async def _huge(request: web.Request, _: Rule) -> web.StreamResponse:
    """Send 50 MB without Content-Length."""
    response = _ENDLESS(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    for _chunk in range(800):
        await response.write(b" " * 65_536)
    return response


async def _hang(_: web.Request, __: Rule) -> web.StreamResponse:
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")


LOST = "lost"  # it was done, and the answer says nothing of it

KINDS: dict[str, Answering] = {
    "401": _json(401, {"error": "Unauthorized"}),
    "403": _json(403, {"error": "Access to thing is forbidden"}),
    "404_empty": _json(404, {"error": ""}),
    "400_no_results": _json(400, {"error": "No results"}),
    "429": _json(429, {"error": "Too many requests"}),
    "500": _json(500, {"error": ""}),
    "502_login": _json(502, {"error": "Login server exception"}),
    LOST: _json(500, {"error": ""}),
    "503": _json(503, {"error": "Unavailable"}),
    "gone": _json(410, {"error": "Gone"}),
    "null": _json(200, None),
    "null_hits": _json(200, {"total": 0, "hits": None}),
    "wrong_shape": _json(200, {"surprise": [1, 2, 3]}),
    "html": _body(200, _CHALLENGE.encode(), "text/html"),
    "html_403": _body(403, _CHALLENGE.encode(), "text/html"),
    "html_503": _body(503, _CHALLENGE.encode(), "text/html"),
    "robots": _body(403, b"You are not welcome here, robot", "text/plain"),
    "empty_200": _body(200, b"", "application/json"),
    "broken_json": _body(200, b'[{"id": 1, "name": "cut', "application/json"),
    "slow_drip": _slow_drip,
    "cut": _cut,
    "huge": _huge,
    "hang": _hang,
}


def middleware(faults: Faults) -> Callable[..., Awaitable[web.StreamResponse]]:
    """Apply the rules, except on the pages that switch them off."""

    @web.middleware
    async def misbehave(request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]):
        if request.path.startswith(("/panel", "/_control", "/pictures", "/style")):
            return await handler(request)
        if faults.latency:
            await asyncio.sleep(faults.latency)
        rule = faults.due(request.method, request.path)
        if rule is None:
            return await handler(request)
        if rule.kind == LOST:
            await handler(request)
        return await KINDS[rule.kind](request, rule)

    return misbehave
