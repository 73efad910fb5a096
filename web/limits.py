"""How much one address may ask, and how much a body may hold."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import Counter
from collections.abc import Callable
from urllib.parse import parse_qsl

from aiohttp import web

PER_MINUTE = 60  # requests of one address; landing takes five
MOST_ADDRESSES = 50_000  # counted in any minute; what comes beyond shares one count
LONGEST_BODY = 4_096  # bytes; an answer of Thingiverse's has about a hundred
BODY_WITHIN = 5.0  # seconds
FORM = "application/x-www-form-urlencoded"


class RateLimit:
    """Counts the requests of each address in each minute. The counts are forgotten with the minute."""

    def __init__(self, per_minute: int = PER_MINUTE, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._minute = -1
        self._counts: Counter[str] = Counter()

    def refuses(self, address: str) -> bool:
        """Count one more request; True if it is one too many."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        key = address if address in self._counts or len(self._counts) < MOST_ADDRESSES else "the rest"
        self._counts[key] += 1
        return self._counts[key] > self._per_minute


def client_address(request: web.Request, header: str | None) -> str:
    """Whom to count a request for: the address, of IPv6 the network that one customer has.

    `header` is the one in which the operator's proxy says who it is; only the last address in it is the proxy's own
    word. Without a header, what clients send in any is not looked at.
    """
    given = (request.remote or "").partition("%")[0]
    if header is not None and (values := request.headers.getall(header, [])):
        given = values[-1].rpartition(",")[2].strip() or given
    try:
        address = ipaddress.ip_address(given)
    except ValueError:
        return "unreadable"
    if isinstance(address, ipaddress.IPv6Address):
        mapped = address.ipv4_mapped
        return str(mapped) if mapped is not None else str(ipaddress.ip_network((address, 64), strict=False))
    return str(address)


async def read_form(request: web.Request) -> dict[str, str]:
    """The fields of a small form. Raises the HTTP error that fits anything else, without reading it to the end."""
    if request.content_type != FORM or "Content-Encoding" in request.headers:
        raise web.HTTPUnsupportedMediaType
    if request.content_length is not None and request.content_length > LONGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LONGEST_BODY, request.content_length)
    try:
        async with asyncio.timeout(BODY_WITHIN):
            body = await request.content.read(LONGEST_BODY + 1)
            while len(body) <= LONGEST_BODY and (more := await request.content.read(LONGEST_BODY + 1)):
                body += more
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    if len(body) > LONGEST_BODY:
        raise web.HTTPRequestEntityTooLarge(LONGEST_BODY, len(body))
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=8))
    except ValueError:
        raise web.HTTPBadRequest from None
