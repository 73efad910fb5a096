"""Wait longer after each login that Discord refuses, across restarts too.

Discord resets a token that identifies 1,000 times a day, and blocks IP addresses that send too many refused requests
(topics/rate-limits). So refusals are counted in the database, and each doubles the wait before the next login. They are
forgotten once a connection has lasted.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec
import structlog

from storage.errors import StorageError
from storage.store import Store

if TYPE_CHECKING:
    from shared.turns import IdentifyTurns  # not at the start, because Redis's client takes memory

log = structlog.get_logger("operations.login")

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)  # about 32 refused logins a day
LONGEST_WITHOUT_ANSWER = timedelta(minutes=1)  # if Discord couldn't be reached, so no attempt counts

STEADY = 60.0  # seconds after which a connection counts as stable
MOST_IN_PLACE = 45.0  # seconds; discord.py gives a shard 60 to connect

_REFUSED, _UNANSWERED = "login_refusals", "login_unanswered"


class _Refusals(msgspec.Struct):
    token: str  # a hash of the token, to start over when it changes
    count: int
    last: datetime


class Patience:
    """Counts rejected logins. `about` is another setting that can cause them: if it changes, counting starts over."""

    def __init__(
        self, store: Store, token: str, now: Callable[[], datetime] = lambda: datetime.now(UTC), *, about: str = ""
    ) -> None:
        self._store = store
        self._token = hashlib.sha256(f"{token}{about}".encode()).hexdigest()[:16]
        self._now = now

    async def wait(self) -> timedelta:
        """How long to wait before logging in; zero once a connection has lasted, or with another token."""
        return max(
            self._left(await self._read(_REFUSED), LONGEST_WAIT),
            self._left(await self._read(_UNANSWERED), LONGEST_WITHOUT_ANSWER),
        )

    async def refused(self) -> None:
        await self._count(_REFUSED)

    async def unanswered(self) -> None:
        """Count a login without a response from Discord, or with a server error."""
        await self._count(_UNANSWERED)

    async def accepted(self) -> None:
        """A connection was stable: start over."""
        for name in (_REFUSED, _UNANSWERED):
            await self._write(name, None)

    def _left(self, refusals: _Refusals | None, longest: timedelta) -> timedelta:
        if refusals is None:
            return timedelta(0)
        pause = min(longest, FIRST_WAIT * 2 ** min(refusals.count - 1, 10))
        return max(timedelta(0), min(pause, refusals.last + pause - self._now()))

    async def _count(self, name: str) -> None:
        before = await self._read(name)
        noted = _Refusals(self._token, 1 if before is None else before.count + 1, self._now())
        await self._write(name, msgspec.json.encode(noted).decode())

    async def _write(self, name: str, value: str | None) -> None:
        """Store the count. The bot also runs if that fails."""
        try:
            await self._store.set_meta(name, value)
        except StorageError as error:
            log.warning("refused logins not recorded", reason=str(error))

    async def _read(self, name: str) -> _Refusals | None:
        try:
            noted = await self._store.meta(name)
            refusals = None if noted is None else msgspec.json.decode(noted, type=_Refusals)
        except (StorageError, msgspec.MsgspecError) as error:
            log.warning("refused logins can't be read", reason=type(error).__name__)
            return None
        return refusals if refusals is not None and refusals.token == self._token else None


@dataclass
class Identifying:
    """Counts IDENTIFYs per shard while the bot runs. One soon after another means that the first was rejected.

    `turns` says when a shard may identify, if several processes do.
    """

    patience: Patience
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    turns: IdentifyTurns | None = None
    _last: dict[int | None, float] = field(default_factory=dict[int | None, float])

    async def admit(self, shard: int | None) -> None:
        """Wait until the shard may identify. Raises ConnectionRefusedError if that would take too long."""
        last = self._last.pop(shard, None)
        if last is not None:
            lasted = self.clock() - last >= STEADY
            await (self.patience.accepted() if lasted else self.patience.refused())
        pause = (await self.patience.wait()).total_seconds()
        if pause > MOST_IN_PLACE:
            raise ConnectionRefusedError(f"Discord ended the last sessions right away; waiting {pause:.0f} s")
        await self.sleep(pause)
        if self.turns is not None:
            await self.turns.wait(shard or 0)
        self._last[shard] = self.clock()
