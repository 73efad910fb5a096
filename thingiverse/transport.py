"""Send one request, with its token in a header, and with limits on time, size, retries, and number of requests."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

import aiohttp
import stamina

from thingiverse.addresses import origin_of
from thingiverse.answers import Answer, check, retry_after
from thingiverse.breaker import Away, Breaker, Slow
from thingiverse.budget import Budget, Urgency
from thingiverse.errors import Delayed, RateLimited, ThingiverseError, Unexpected, Unreachable
from thingiverse.others import Others

MOST_BYTES = 500_000  # the largest response seen has 131 kB
ATTEMPTS = 3
LATE = 1.0  # seconds after a time limit; whoever notices so late was too busy to hear the answer
_RETRIED = {500, 502, 503, 504}
_OURS = aiohttp.ClientTimeout(total=None)  # `request` has its own time limit; aiohttp's is shorter for connecting


# Told of each request that was sent: its URL, its outcome in one word, and its seconds.
Watch = Callable[[str, str, float], None]


def _nothing(_url: str, _outcome: str, _seconds: float) -> None: ...


class _Again(Exception):
    """A failure worth retrying, with the error to raise if retries fail."""

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
    json: Mapping[str, str] | None = field(repr=False)


class Transport:
    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        user_agent: str,
        budget: Budget,
        others: Others | None = None,
        timeout: float = 15.0,
        clock: Callable[[], float] = time.monotonic,
        first_pause: float = 0.2,
    ) -> None:
        """`timeout` is in seconds and includes all retries; `first_pause` is the time before the first one."""
        self.watch: Watch = _nothing
        self._session = session
        self._user_agent = user_agent
        self.budget = budget
        self._others = others or Others()
        self._timeout = timeout
        self._clock = clock
        self._first_pause = first_pause
        self._breakers: defaultdict[str, Breaker] = defaultdict(lambda: Breaker(clock))
        self._closed_until: dict[str, float] = {}

    def breaker(self, url: str) -> Breaker:
        """The breaker for the URL's host; api and www have one each."""
        return self._breakers[origin_of(url)]

    async def request(
        self,
        method: str,
        url: str,
        *,
        token: str | None = None,
        params: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: Mapping[str, str] | None = None,
        urgency: Urgency = Urgency.READ,
        repeatable: bool | None = None,
    ) -> Answer:
        """Send it and return the response, whatever the status, except 429, 5xx, and HTML.

        Only GET is repeated, unless `repeatable` says otherwise. Raises Unreachable, RateLimited, or Unexpected for
        a request that can't be sent at all.
        """
        await self._obey_pause(url)
        if self._session.closed:
            raise Unreachable("closed")
        headers = {"User-Agent": self._user_agent, "Accept": "application/json"}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        request = _Request(method, url, headers, params, form, json)
        tries = ATTEMPTS if (method == "GET" if repeatable is None else repeatable) else 1
        try:
            return await self._guarded(request, urgency, tries)
        finally:
            await self._others.tell(origin_of(url), self.breaker(url))

    async def _guarded(self, request: _Request, urgency: Urgency, tries: int) -> Answer:
        """Send it within the time limit, unless the host is known to be down."""
        with self.breaker(request.url).call(self._timeout) as timeout:
            limit = asyncio.timeout(timeout)
            try:
                async with limit:
                    return await (self._attempt if tries == 1 else self._attempts)(request, urgency)
            except _Again as again:
                raise again.error from None
            except TimeoutError:
                if asyncio.get_running_loop().time() - (limit.when() or 0.0) > LATE:
                    raise Delayed("busy") from None
                raise Slow(f"no answer in {timeout:.0f} s") from None

    async def _attempts(self, request: _Request, urgency: Urgency) -> Answer:
        failure: Unreachable | None = None
        async for attempt in stamina.retry_context(
            on=_Again,
            attempts=ATTEMPTS,
            wait_initial=self._first_pause,
            wait_max=self._first_pause * 8,
            wait_jitter=self._first_pause,
            timeout=None,
        ):
            with attempt:
                try:
                    return await self._attempt(request, urgency, failure)
                except _Again as again:
                    failure = again.error
                    raise
        raise AssertionError("an attempt returns or raises")

    async def _attempt(self, request: _Request, urgency: Urgency, failure: Unreachable | None = None) -> Answer:
        await self._take(urgency, failure)
        before, outcome = self._clock(), "unreachable"
        try:
            answer = await self._once(request)
            outcome = "limited" if answer.status == HTTPStatus.TOO_MANY_REQUESTS else f"{answer.status // 100}xx"
        finally:
            self.watch(request.url, outcome, self._clock() - before)
        await self._judge(request.url, answer)
        return answer

    async def _take(self, urgency: Urgency, failure: Unreachable | None) -> None:
        """Count an attempt. If there's no room for a retry, raise the last attempt's failure."""
        try:
            await self.budget.spend(urgency)
        except RateLimited:
            if failure is not None:
                raise failure from None
            raise

    async def _once(self, request: _Request) -> Answer:
        try:
            # never followed: a redirect to another site would get the token
            async with self._session.request(
                request.method,
                request.url,
                headers=request.headers,
                params=request.params,
                data=request.form,
                json=request.json,
                allow_redirects=False,
                timeout=_OURS,
            ) as response:
                body = await self._read(response)
                return Answer(response.status, {k.lower(): v for k, v in response.headers.items()}, body)
        # without the original error, which may contain headers and the URL
        except (aiohttp.ClientError, OSError) as error:
            raise _Again(Unreachable(type(error).__name__)) from None
        except ValueError:
            raise Unexpected("cannot be sent") from None  # such as a token that isn't valid in a header

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        """The body, decompressed, up to the limit."""
        if (response.content_length or 0) > MOST_BYTES:
            response.close()
            raise Unreachable("answer too large")
        body = bytearray()
        async for chunk in response.content.iter_any():
            body += chunk
            if len(body) > MOST_BYTES:
                response.close()
                raise Unreachable("answer too large")
        return bytes(body)

    async def _judge(self, url: str, answer: Answer) -> None:
        """Raise for failures of the connection or the server, not of the request."""
        try:
            check(answer)
        except RateLimited as limit:
            origin = origin_of(url)
            self._closed_until[origin] = max(self._closed_until.get(origin, 0.0), self._clock() + limit.retry_after)
            self.breaker(url).answered()
            await self._others.close(origin, limit.retry_after)
            raise
        except Unreachable as error:
            if "retry-after" in answer.headers:
                raise Away(str(error), retry_after(answer.headers)) from None
            if answer.status in _RETRIED:
                raise _Again(error) from None
            raise
        except ThingiverseError:
            return  # the caller handles this response

    async def _obey_pause(self, url: str) -> None:
        origin = origin_of(url)
        left = self._closed_until.get(origin, 0.0) - self._clock()
        if left <= 0:
            left = await self._others.closed_for(origin, self.breaker(url))
        if left > 0:
            raise RateLimited(left)
