"""What happens to every request: reading, logging, faults, authorization, rate limits, and errors like Discord's."""

from __future__ import annotations

import asyncio
import hashlib
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import orjson
from aiohttp import web

from fakes.discord import terse
from fakes.discord.payloads import Payload
from fakes.discord.schemas import Description
from fakes.discord.state import ApiError, Request, State

PREFIX = "/api/v10"
BODY = web.RequestKey("body", object)  # the body, read from JSON or a form
MAJOR = ("channel_id", "guild_id", "webhook_id", "webhook_token", "interaction_id")
GENEROUS = (1_000, 1.0)  # requests, seconds; tests can set a lower limit

Handler = Callable[[web.Request], Awaitable[Any]]


@dataclass
class Fault:
    """What goes wrong with the next matching requests; see FakeDiscord.fail."""

    match: str
    status: int | None
    times: int
    code: int
    text: str
    retry_after: float | None
    everywhere: bool
    delay: float
    html: bool
    lose: bool
    late: float
    cut: bool


@dataclass
class Bucket:
    hash: str
    limit: int
    per: float
    left: int
    ends: float


class Middleware:
    def __init__(self, state: State, description: Description | None, *, check_answers: bool) -> None:
        self._state = state
        self._description = description
        self._answers = description if check_answers else None
        self._buckets: dict[tuple[str, ...], Bucket] = {}
        self.faults: list[Fault] = []
        self.limits: dict[str, tuple[int, float]] = {}

    def limit(self, match: str, requests: int, seconds: float) -> None:
        self.limits[match] = (requests, seconds)
        self._buckets.clear()

    def guard(self, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Handlers return data (200) or None (204), or raise ApiError. The body is in request[BODY]."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            self._state.in_flight += 1
            try:
                answer = await self._answer(request, handler)
                return terse.answer(answer) if self._state.terse else answer
            except ApiError as error:
                return _json(error.body, error.status)
            finally:
                self._state.in_flight -= 1
                self._state.last_request = self._state.clock()

        return guarded

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        path = request.path.removeprefix(PREFIX)
        request[BODY] = await _read(request)
        self._state.requests.append(Request(request.method, path, _bare(request[BODY])))
        fault = self._fault(f"{request.method} {path}")
        if fault is not None:
            await asyncio.sleep(fault.delay)
            if fault.cut and request.transport is not None:
                request.transport.abort()
                raise ApiError(500, 0, "nobody reads this")
            if fault.status is not None and not fault.lose:
                return _failure(fault)
        self._authorize(request, path)
        bucket, over = self._take(request)
        if over:
            return _limited(bucket.ends - self._state.clock(), bucket=bucket, clock=self._state.clock)
        self._check(request.method, path, request[BODY])
        answer = await self._carry_out(request, handler)
        answer.headers.update(_headers(bucket, self._state.clock))
        return answer if fault is None else await self._spoiled(request, fault, answer)

    async def _spoiled(self, request: web.Request, fault: Fault, answer: web.Response) -> web.Response:
        """What the bot gets instead of the response to a request that was carried out."""
        await asyncio.sleep(fault.late)
        if fault.lose and fault.status is not None:
            return _failure(fault)
        if fault.lose and request.transport is not None:
            request.transport.abort()
        return answer

    async def _carry_out(self, request: web.Request, handler: Handler) -> web.Response:
        try:
            data = await handler(request)
        except ApiError as error:
            return _json(error.body, error.status)
        if data is not None and self._answers is not None:
            path = request.path.removeprefix(PREFIX)
            self._state.misfits += self._answers.misfits(request.method, path, 200, data)
        return web.Response(status=204) if data is None else _json(data)

    def _authorize(self, request: web.Request, path: str) -> None:
        """Check the bot's token, or for replies to interactions, the one in the path."""
        public = path == "/gateway" or path.startswith("/interactions/") or "webhook_token" in request.match_info
        if not public and request.headers.get("Authorization") != f"Bot {self._state.token}":
            raise ApiError(401, 0, "401: Unauthorized")

    def _check(self, method: str, path: str, body: Any) -> None:
        if self._description is not None and body is not None:
            self._state.violations += self._description.violations(method, path, _bare(body))

    def _fault(self, line: str) -> Fault | None:
        fault = next((each for each in self.faults if each.times > 0 and fnmatchcase(line, each.match)), None)
        if fault is not None:
            fault.times -= 1
        return fault

    def _take(self, request: web.Request) -> tuple[Bucket, bool]:
        resource = request.match_info.route.resource
        template = resource.canonical if resource is not None else request.path
        major = (request.match_info.get(name, "") for name in MAJOR)
        key = (request.method, template, *major)
        now = self._state.clock()
        bucket = self._buckets.get(key)
        if bucket is None or bucket.ends <= now:
            bucket = self._buckets[key] = self._fresh(f"{request.method} {request.path.removeprefix(PREFIX)}", key, now)
        over = bucket.left <= 0
        bucket.left = max(bucket.left - 1, 0)
        return bucket, over

    def _fresh(self, line: str, key: tuple[str, ...], now: float) -> Bucket:
        if len(self._buckets) > 10_000:
            self._buckets.clear()
        limit, per = next((each for match, each in self.limits.items() if fnmatchcase(line, match)), GENEROUS)
        name = hashlib.md5(" ".join(key[:2]).encode(), usedforsecurity=False).hexdigest()
        return Bucket(name, limit, per, limit, now + per)


async def _read(request: web.Request) -> Any:
    """The JSON of a request, or of a form with files, whose descriptions are under `_files`."""
    if request.content_type == "multipart/form-data":
        form = await request.post()
        body: Payload = orjson.loads(str(form.get("payload_json", "{}")))
        files = [each for each in form.values() if isinstance(each, web.FileField)]
        body["_files"] = [_attachment(index, each) for index, each in enumerate(files)]
        return body
    raw = await request.read()
    try:
        return orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        raise ApiError(400, 50109, "The request body contains invalid JSON.") from None


def _attachment(index: int, file: web.FileField) -> Payload:
    url = f"https://cdn.discordapp.com/attachments/1/{index}/{file.filename}"
    size = len(file.file.read())
    return {"id": str(index), "filename": file.filename, "size": size, "url": url, "proxy_url": url}


def _bare(body: Any) -> Any:
    return {key: value for key, value in body.items() if key != "_files"} if isinstance(body, dict) else body


def _json(data: Any, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(data), status=status, content_type="application/json")


def _headers(bucket: Bucket, clock: Callable[[], float]) -> dict[str, str]:
    after = max(bucket.ends - clock(), 0.0)
    return {
        "X-RateLimit-Limit": str(bucket.limit),
        "X-RateLimit-Remaining": str(bucket.left),
        "X-RateLimit-Reset": f"{time.time() + after:.3f}",
        "X-RateLimit-Reset-After": f"{after:.3f}",
        "X-RateLimit-Bucket": bucket.hash,
        "Via": "1.1 google",
    }


def _limited(
    seconds: float, *, everywhere: bool = False, bucket: Bucket | None = None, clock: Callable[[], float]
) -> web.Response:
    """A 429 as from Discord: by the Via header, clients know it isn't from Cloudflare."""
    body = {"message": "You are being rate limited.", "retry_after": round(seconds, 3), "global": everywhere}
    answer = _json(body, 429)
    answer.headers.update(_headers(bucket, clock) if bucket is not None else {"Via": "1.1 google"})
    answer.headers["Retry-After"] = str(math.ceil(seconds))
    answer.headers["X-RateLimit-Scope"] = "global" if everywhere else "user"
    if everywhere:
        answer.headers["X-RateLimit-Global"] = "true"
    return answer


def _failure(fault: Fault) -> web.Response:
    if fault.html:
        page = "<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1>cloudflare</body></html>"
        return web.Response(text=page, status=fault.status or 502, content_type="text/html")
    if fault.status == 429:
        return _limited(fault.retry_after or 0.1, everywhere=fault.everywhere, clock=time.monotonic)
    status = fault.status or 500
    return _json({"message": fault.text or f"{status}: made to fail", "code": fault.code}, status)
