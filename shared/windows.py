"""Sliding windows in Redis: take from all of them or from none, by Redis's own clock.

pyrate-limiter's Redis bucket has one window, counts what another one then refuses, trusts the clock of each machine,
and fails after Redis was restarted. tests/shared/test_windows.py shows it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shared.link import Gone, Link

SLICES = 10

# KEYS: Redis's memory, and the windows. ARGV: what's in the memory, the name of what's taken, milliseconds, and how
# much fits into each window. Returns the number of the first full window, from 1, or 0, or -1 if the memory is another
# one; milliseconds until all have room; and how many are in the last window.
_TAKE = """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return {-1, 0, 0} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local span = tonumber(ARGV[3])
local full, wait = 0, 0
for i = 1, #KEYS - 1 do
    local key = KEYS[i + 1]
    redis.call('ZREMRANGEBYSCORE', key, '-inf', now - span)
    local over = redis.call('ZCARD', key) - tonumber(ARGV[i + 3])
    if over >= 0 then
        local frees = redis.call('ZRANGE', key, over, over, 'WITHSCORES')
        wait = math.max(wait, tonumber(frees[2]) + span - now)
        if full == 0 then full = i end
    end
end
if full == 0 then
    for i = 2, #KEYS do
        redis.call('ZADD', KEYS[i], now, ARGV[2])
        redis.call('PEXPIRE', KEYS[i], span)
    end
end
return {full, wait, redis.call('ZCARD', KEYS[#KEYS])}
"""
# KEYS: the windows. ARGV: milliseconds, the name of what was taken, and how many milliseconds ago.
_TAKEN_BEFORE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(KEYS) do
    redis.call('ZADD', key, 'NX', now - ARGV[3], ARGV[2])
    redis.call('PEXPIRE', key, ARGV[1])
end
"""
# KEYS: a window. ARGV: milliseconds, and into how many slices to divide it. Returns what each has, the oldest first.
_CENSUS = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local slice = ARGV[1] / ARGV[2]
local counts = {}
for i = 1, ARGV[2] do
    local from = now - ARGV[1] + (i - 1) * slice
    local to = i == tonumber(ARGV[2]) and '+inf' or from + slice
    counts[i] = redis.call('ZCOUNT', KEYS[1], '(' .. from, to)
end
return counts
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """`full` is the index of the first window without room, or None. `wait` is in seconds."""

    full: int | None
    wait: float
    last: int  # how many are in the last window


class Windows:
    """`span` is how long all of them are, in milliseconds. Every method raises Gone if Redis doesn't answer."""

    def __init__(self, link: Link, span: int) -> None:
        self._link = link
        self._span = span
        self._take, self._before, self._census = map(link.script, (_TAKE, _TAKEN_BEFORE, _CENSUS))

    async def take(self, name: str, keys: Sequence[str], limits: Sequence[int]) -> Taken:
        """Take one from each window, if all have room. `name` is unique."""
        with self._link.using():
            full, wait, last = await self._take(
                keys=[self._link.memory_key, *keys], args=[self._link.memory, name, self._span, *limits]
            )
        if full < 0:
            self._link.forgot()
            raise Gone
        return Taken(full - 1 if full else None, wait / 1000, last)

    async def taken_before(self, name: str, keys: Sequence[str], ago: float) -> None:
        """Count what was taken so many seconds ago. What's already counted stays as it is."""
        with self._link.using():
            await self._before(keys=keys, args=[self._span, name, round(ago * 1000)])

    async def census(self, key: str) -> list[int]:
        """How many are in each slice of the window, the oldest first."""
        with self._link.using():
            return await self._census(keys=[key], args=[self._span, SLICES])
