"""The connection to Redis: whether it answers, and what to call when it does again.

Nothing in Redis may be needed: everyone who uses it has a way to go on without.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager, suppress
from secrets import token_hex
from typing import Any

import structlog
from cashews.exceptions import CacheBackendInteractionError
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

log = structlog.get_logger("shared.link")

LOOKED = 1.0  # seconds between two looks at whether it answers
WITHIN = 3.0  # seconds for one answer; a busy process hears it late
SETTLED = 4.0  # seconds after which every process has noticed that it's back
CONNECTIONS = 20
Job = Callable[[], Awaitable[None]]

_FAILED = (RedisError, CacheBackendInteractionError, OSError, TimeoutError)


class Gone(Exception):
    """Redis doesn't answer."""


class Link:
    """`secret` is the same in all processes of a bot. It names their keys, and hides IDs of people in them."""

    def __init__(self, url: str, secret: str, clock: Callable[[], float] = time.monotonic) -> None:
        pool: BlockingConnectionPool = BlockingConnectionPool.from_url(  # pyright: ignore[reportUnknownMemberType]
            url,
            max_connections=CONNECTIONS,
            timeout=WITHIN,
            socket_timeout=WITHIN,
            socket_connect_timeout=WITHIN,
            retry=Retry(NoBackoff(), 1),  # a connection that broke while it was idle
            decode_responses=False,
        )
        self._client = Redis(connection_pool=pool)
        self._secret = hashlib.sha256(f"redis {secret}".encode()).digest()
        self._name = f"{{thingamabot-{self.hashed('name')[:8]}}}"  # braces keep all keys on one node
        self._clock = clock
        self._since: float | None = None
        self._lost_at = clock()
        self._looked = False
        self.memory_key = self.key("memory")
        self.memory = ""  # what's under that key changes when Redis has forgotten everything
        self.when_back: list[Job] = []
        self.each_second: list[Job] = []

    @property
    def up(self) -> bool:
        return self._since is not None

    @property
    def settled(self) -> bool:
        """Whether it has answered for so long that every process has told it what it knew."""
        return self._since is not None and self._clock() - self._since >= SETTLED

    async def back_within(self, seconds: float) -> None:
        """Wait until it answers again, or hasn't for so many seconds."""
        while True:
            if self.up or self._clock() - self._lost_at >= seconds:
                return
            await asyncio.sleep(LOOKED / 10)

    def key(self, *parts: str) -> str:
        return ":".join([self._name, *parts])

    def hashed(self, value: object) -> str:
        """A name for what must not be readable in Redis."""
        return hashlib.blake2b(str(value).encode(), key=self._secret, digest_size=12).hexdigest()

    def script(self, text: str) -> AsyncScript:
        """A script that Redis gets again after it was restarted."""
        return self._client.register_script(text)

    @contextmanager
    def using(self) -> Generator[Redis]:
        """Redis for the commands inside. Raises Gone right away while it doesn't answer."""
        if not self.up:
            raise Gone
        try:
            yield self._client
        except _FAILED as error:
            self._lost(error)
            raise Gone from None

    async def refusal(self) -> str | None:
        """What went wrong, such as AuthenticationError; None if it answers. Nothing is noted."""
        try:
            await self._client.ping()  # pyright: ignore[reportUnknownMemberType]
        except _FAILED as error:
            return type(error).__name__
        return None

    async def look(self) -> None:
        """See whether it answers. When it does again, those who wait for that are called."""
        try:
            await self._client.set(self.memory_key, token_hex(8), nx=True)
            kept: Any = await self._client.get(self.memory_key)
        except _FAILED as error:
            self._lost(error)
            return
        memory = "" if kept is None else kept.decode()
        with suppress(Gone):
            if not self.up or memory != self.memory:
                await self._found(memory)
            for job in self.each_second:
                await job()

    async def keep_looking(self) -> None:
        """Look each second, forever."""
        while True:
            await asyncio.sleep(LOOKED)
            await self.look()

    async def _found(self, memory: str) -> None:
        self._since, self.memory = self._clock(), memory
        for job in self.when_back:
            await job()
        log.info("redis answers")
        self._looked = True

    def forgot(self) -> None:
        """Redis was restarted, and has forgotten everything: don't rely on it until everyone has told it again."""
        log.warning("redis was restarted, going on with a share of the requests")
        self._since, self._lost_at = None, self._clock()

    def _lost(self, error: Exception) -> None:
        if self.up or not self._looked:
            log.warning(
                "redis doesn't answer, going on with a share of the requests",
                why=type(error).__name__,
                fix="check the server at REDIS_URL; nothing else needs to be done",
            )
            self._lost_at = self._clock()
        self._looked, self._since = True, None

    async def close(self) -> None:
        await self._client.aclose(close_connection_pool=True)
