"""Pauses after a 429, and outages of Thingiverse, so that not every process runs into them."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from redis.asyncio import Redis

from shared.link import Gone, Link
from thingiverse.breaker import TRIAL_TIMEOUT, Breaker, Outage
from thingiverse.others import Others

REMEMBERED = 600.0  # seconds after which an outage that nobody reports anymore is forgotten
NEXT_TRIAL = 1.0  # seconds until this process asks again whether it may try


class SharedPauses(Others):
    """A host has "closed" after a 429, "down" in an outage, "open" while nobody may try, and "trial" while one does."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._told: dict[str, Outage] = {}

    async def closed_for(self, origin: str, breaker: Breaker) -> float:
        try:
            with self._link.using() as redis:
                async with redis.pipeline(transaction=False) as asked:
                    asked.pttl(self._key("closed", origin))
                    asked.get(self._key("down", origin))
                    asked.pttl(self._key("open", origin))
                    closed, down, left = await asked.execute()
                await self._learn(redis, origin, breaker, down, left / 1000)
        except Gone:
            return 0.0
        return max(0.0, closed / 1000)

    async def _learn(self, redis: Redis, origin: str, breaker: Breaker, down: bytes | None, left: float) -> None:
        if down is None:
            self._told.pop(origin, None)
            if breaker.outage is not None:
                breaker.answered()
            return
        began, pause = down.decode().split(" ")
        if left <= 0:
            mine = await redis.set(self._key("trial", origin), "1", px=round((TRIAL_TIMEOUT + 1) * 1000), nx=True)
            left = 0.0 if mine else NEXT_TRIAL
        outage = Outage(left, float(pause), datetime.fromisoformat(began))
        self._told[origin] = outage
        breaker.adopt(outage)

    async def close(self, origin: str, seconds: float) -> None:
        with suppress(Gone), self._link.using() as redis:
            await redis.set(self._key("closed", origin), "1", px=max(1, round(seconds * 1000)))

    async def tell(self, origin: str, breaker: Breaker) -> None:
        outage, told = breaker.outage, self._told.get(origin)
        if outage is None and told is None:
            return
        if outage is not None and told is not None and outage.left <= told.left:
            return  # nothing new
        with suppress(Gone), self._link.using() as redis:
            await (self._forget(redis, origin) if outage is None else self._report(redis, origin, outage))

    async def _report(self, redis: Redis, origin: str, outage: Outage) -> None:
        self._told[origin] = outage
        text = f"{outage.began.isoformat()} {outage.pause}"
        async with redis.pipeline() as asked:
            asked.set(self._key("down", origin), text, px=round((outage.left + REMEMBERED) * 1000))
            asked.set(self._key("open", origin), "1", px=max(1, round(outage.left * 1000)))
            asked.delete(self._key("trial", origin))
            await asked.execute()

    async def _forget(self, redis: Redis, origin: str) -> None:
        del self._told[origin]
        await redis.delete(*(self._key(each, origin) for each in ("down", "open", "trial")))

    def _key(self, what: str, origin: str) -> str:
        return self._link.key(what, origin)
