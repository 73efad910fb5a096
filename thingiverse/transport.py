"""One request: token in a header, time limit around sending and reading, size limit, retries, budget, breaker."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping

import aiohttp
import stamina
import yarl

from thingiverse.answers import Answer, check, retry_after
from thingiverse.breaker import Breaker, Slow
from thingiverse.budget import Budget, Urgency
from thingiverse.errors import RateLimited, ThingiverseError, Unreachable

MOST_BYTES = 5_000_000
ATTEMPTS = 3
_RETRIED = {500, 502, 503, 504}


class _Again(Exception):
    """A failure that may pass; holds the error to raise if it does not."""

    def __init__(self, error: Unreachable) -> None:
        super().__init__("again")
        self.error = error


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

        Only GET is repeated, unless `repeatable` says otherwise. Raises Unreachable or RateLimited.
        """
        self._obey_pause(url)
        if repeatable is None:
            repeatable = method == "GET"
        headers = {"User-Agent": self._user_agent, "Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        with self.breaker(url).call(self._timeout) as timeout:
            try:
                async with asyncio.timeout(timeout):
                    return await self._attempts(method, url, headers, params, form, urgency, repeatable)
            except TimeoutError:
                raise Slow(f"no answer in {timeout:.0f} s") from None

    async def _attempts(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        urgency: Urgency,
        repeatable: bool,
    ) -> Answer:
        try:
            async for attempt in stamina.retry_context(
                on=_Again,
                attempts=ATTEMPTS if repeatable else 1,
                wait_initial=self._first_pause,
                wait_max=self._first_pause * 8,
                wait_jitter=self._first_pause,
                timeout=None,
            ):
                with attempt:
                    self._budget.take(urgency)
                    answer = await self._once(method, url, headers, params, form)
                    self._judge(url, answer)
                    return answer
        except _Again as error:
            raise error.error from None
        raise AssertionError("an attempt returns or raises")

    async def _once(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        params: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
    ) -> Answer:
        try:
            # never followed: a redirect elsewhere would take the token along
            async with self._session.request(
                method, url, headers=headers, params=params, data=form, allow_redirects=False
            ) as response:
                body = await self._read(response)
                return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, body)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            # the original is dropped: it may hold headers and the address
            raise _Again(Unreachable(type(error).__name__)) from None

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
            self._closed_until[_origin(url)] = self._clock() + limit.retry_after
            raise
        except Unreachable as error:
            if "retry-after" in answer.headers:
                self._closed_until[_origin(url)] = self._clock() + retry_after(answer.headers)
                raise
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
