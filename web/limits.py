"""Limits on requests, connections, and bodies."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import parse_qsl

from aiohttp import web

PER_MINUTE = 60  # requests from one IP address; opening the page takes five
CONNECTIONS_EACH = 20  # open at a time from one IP address
MOST_ADDRESSES = 50_000  # counted in each minute; all others share one count
LONGEST_BODY = 4_096  # bytes; a reply from Thingiverse has about a hundred
BODY_WITHIN = 5.0  # seconds
FORM = "application/x-www-form-urlencoded"


class RateLimit:
    """Counts requests by IP address. The counts start over each minute."""

    def __init__(self, per_minute: int = PER_MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._minute = -1
        self._counts: Counter[str] = Counter()

    def refuses(self, address: str) -> bool:
        """Count one more request. Returns True if it's over the limit."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        key = address if address in self._counts or len(self._counts) < MOST_ADDRESSES else "the rest"
        self._counts[key] += 1
        return self._counts[key] > self._per_minute


def client_address(request: web.Request, header: str | None) -> str:
    """The IP address a request counts for; for IPv6, the network that one customer has.

    `header` is the one the operator's proxy sets. Only its last entry is from the proxy. With None, such headers are
    ignored, because clients can send any.
    """
    given = request.remote or ""
    if header is not None and (values := request.headers.getall(header, [])):
        given = values[-1].rpartition(",")[2].strip() or given
    return customer(given)


def customer(given: str) -> str:
    """The IP address, or for IPv6, the /64 network that one customer has."""
    try:
        address = ipaddress.ip_address(given.partition("%")[0])
    except ValueError:
        return "unreadable"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped is not None else str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


class Connections:
    """Counts open connections by IP address. With `each` None, there's no limit, as behind a proxy."""

    def __init__(self, each: int | None = CONNECTIONS_EACH) -> None:
        self._each = each
        self._open: Counter[str] = Counter()

    def opened(self, address: str) -> bool:
        """Count one more connection. Returns False if it's over the limit."""
        self._open[address] += 1
        return self._each is None or self._open[address] <= self._each

    def closed(self, address: str) -> None:
        self._open[address] -= 1
        if self._open[address] <= 0:
            del self._open[address]


class Unreadable:
    """Counts requests that couldn't be read, to log them once a minute."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minute = -1
        self._count = 0

    def count(self) -> int:
        """Count one more. For the first in each minute, returns how many there were since the last log; otherwise 0."""
        self._count += 1
        minute = int(self._clock() // 60)
        if minute == self._minute:
            return 0
        self._minute, told = minute, self._count
        self._count = 0
        return told


@dataclass(frozen=True)
class Limits:
    """The counters of one page."""

    requests: RateLimit
    connections: Connections
    unreadable: Unreadable


LIMITS = web.AppKey("limits", Limits)


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a small form. Raises a fitting HTTP error for anything else, before reading all of it."""
    if request.content_type != FORM or "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    if request.content_length is not None and request.content_length > LONGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LONGEST_BODY, request.content_length)
    try:
        async with asyncio.timeout(BODY_WITHIN):
            body = await request.read()  # up to the application's client_max_size
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=8))
    except ValueError:
        raise web.HTTPBadRequest from None
