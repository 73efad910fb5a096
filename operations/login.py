"""Patience with Discord's door: a process that is restarted after each refusal must not knock all the faster.

Discord resets a token that logs in 1,000 times a day, and its front blocks addresses that send too many refused
requests (topics/rate-limits). So refusals are remembered in the database, and each doubles the wait before the next.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from storage.store import Store

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=15)

_NAME = "login_refusals"


class _Refusals(msgspec.Struct):
    token: str  # a digest, to begin afresh when the token is changed
    count: int
    last: datetime


class Patience:
    def __init__(self, store: Store, token: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._token = hashlib.sha256(token.encode()).hexdigest()[:16]
        self._now = now

    async def wait(self) -> timedelta:
        """How long to wait before logging in; nothing after a success or with another token."""
        refusals = await self._read()
        if refusals is None:
            return timedelta(0)
        pause = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(refusals.count - 1, 10))
        return max(timedelta(0), min(pause, refusals.last + pause - self._now()))

    async def refused(self) -> None:
        refusals = await self._read()
        count = 1 if refusals is None else refusals.count + 1
        noted = msgspec.json.encode(_Refusals(self._token, count, self._now()))
        await self._store.set_meta(_NAME, noted.decode())

    async def accepted(self) -> None:
        await self._store.set_meta(_NAME, None)

    async def _read(self) -> _Refusals | None:
        noted = await self._store.meta(_NAME)
        if noted is None:
            return None
        refusals = msgspec.json.decode(noted, type=_Refusals)
        return refusals if refusals.token == self._token else None
