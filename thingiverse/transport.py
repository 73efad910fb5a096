"""One request: token in a header, time limit around sending and reading, size limit, retries, budget, breaker."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
import stamina
import yarl

from thingiverse.answers import Answer, check, retry_after
from thingiverse.breaker import Away, Breaker, Slow
from thingiverse.budget import Budget, Urgency
from thingiverse.errors import RateLimited, ThingiverseError, Unexpected, Unreachable

MOST_BYTES = 2_000_000  # the largest page seen has 131 kB; what is larger is only slow to read
ATTEMPTS = 3
_RETRIED = {500, 502, 503, 504}
_OURS = aiohttp.ClientTimeout(total=None)  # `request` keeps the time; aiohttp would give up on connecting sooner


class _Again(Exception):
    """A failure that may pass; holds the error to raise if it does not."""

    def __init__(self, error: Unreachable) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True, slots=True)
class _Request:
    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    params: Mapping[str, str] | None = field(repr=False)
    form: Mapping[str, str] | None = field(repr=False)


class Transport:
    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        user_agent: str,
        budget: Budget,
        timeout: float = 15.0,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], float] = time.monotonic,
        first_pause: float = 0.2,
    ) -> None:
        """`timeout` in seconds is for a whole call, retries and all; `first_pause` comes before the first retry."""
        self._session = session
        self._user_agent = user_agent
        self._budget = budget
        self._timeout = timeout
        self._most_bytes = most_bytes
        self._clock = clock
        self._first_pause = first_pause
        self._breakers: defaultdict[str, Breaker] = defaultdict(lambda: Breaker(clock))
        self._closed_until: dict[str, float] = {}

    def breaker(self, url: str) -> Breaker:
        """The breaker of the address's host; api and www fail each on its own."""
        return self._breakers[_origin(url)]

    async def request(
        self,
        method: str,
        url: str,
        *,
        token: str | None = None,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        urgency: Urgency = Urgency.READ,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send it and return what came back, whatever the status, except 429, 5xx and HTML.

        Only GET is repeated, unless `repeatable` says otherwise. Raises Unreachable, RateLimited, or Unexpected for
        what cannot be sent at all.
        """
        self._obey_pause(url)
        if self._session.closed:
            raise Unreachable("closed")
        headers = {"User-Agent": self._user_agent, "Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        request = _Request(method, url, headers, params, form)
        tries = ATTEMPTS if (method == "GET" if repeatable is None else repeatable) else 1
        with self.breaker(url).call(self._timeout) as timeout:
            try:
                async with asyncio.timeout(timeout):
                    return await self._attempts(request, urgency, tries)
            except TimeoutError:
                raise Slow(f"no answer in {timeout:.0f} s") from None

    async def _attempts(self, request: _Request, urgency: Urgency, tries: int) -> Answer:
        failure: Unreachable | None = None
        try:
            async for attempt in stamina.retry_context(
                on=_Again,
                attempts=tries,
                wait_initial=self._first_pause,
                wait_max=self._first_pause * 8,
                wait_jitter=self._first_pause,
                timeout=None,
            ):
                with attempt:
                    self._take(urgency, failure)
                    try:
                        answer = await self._once(request)
                        self._judge(request.url, answer)
                        return answer
                    except _Again as again:
                        failure = again.error
                        raise
        except _Again as again:
            raise again.error from None
        raise AssertionError("an attempt returns or raises")

    def _take(self, urgency: Urgency, failure: Unreachable | None) -> None:
        """Every attempt counts. Where there is no room for another, the failure of the last is what is to say."""
        try:
            self._budget.take(urgency)
        except RateLimited:
            if failure is not None:
                raise failure from None
            raise

    async def _once(self, request: _Request) -> Answer:
        try:
            # never followed: a redirect elsewhere would take the token along
            async with self._session.request(
                request.method,
                request.url,
                headers=request.headers,
                params=request.params,
                data=request.form,
                allow_redirects=False,
                timeout=_OURS,
            ) as response:
                body = await self._read(response)
                return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, body)
        # the original is dropped each time: it may hold headers and the address
        except (aiohttp.ClientError, OSError) as error:
            raise _Again(Unreachable(type(error).__name__)) from None
        except ValueError:
            raise Unexpected("cannot be sent") from None  # such as a token that fits into no header

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The body, decompressed, up to the limit."""
        if (response.content_length or 0) > self._most_bytes:
            response.close()
            raise Unreachable("answer too large")
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > self._most_bytes:
                response.close()
                raise Unreachable("answer too large")
        return bytes(body)

    def _judge(self, url: str, answer: Answer) -> None:
        """Raise for what concerns the connection and not the question asked."""
        try:
            check(answer)
        except RateLimited as limit:
            origin = _origin(url)
            self._closed_until[origin] = max(self._closed_until.get(origin, 0.0), self._clock() + limit.retry_after)
            self.breaker(url).answered()
            raise
        except Unreachable as error:
            if "retry-after" in answer.headers:
                raise Away(str(error), retry_after(answer.headers)) from None
            if answer.status in _RETRIED:
                raise _Again(error) from None
            raise
        except ThingiverseError:
            return  # an answer to the question, for the caller to read

    def _obey_pause(self, url: str) -> None:
        left = self._closed_until.get(_origin(url), 0.0) - self._clock()
        if left > 0:
            raise RateLimited(left)


def _origin(url: str) -> str:
    return str(yarl.URL(url).origin())
