"""More likes than the bot can carry out, and a hundred a second afterwards."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
from dataclasses import dataclass
from pathlib import Path

from bench.bots import COMMANDS, Running, running, settings_for
from bench.load import Steady, Wishes, flat_out, popular, steadily
from bench.servers import BenchThingiverse

SECONDS = 20.0
CARRIED_OUT = 0.5  # of the limit
GROWTH = 50.0  # MB
CALM_AFTER = 2.0  # seconds
CALM = 50.0  # milliseconds of the first sign, p99, once the crowd has left
ROUNDS = 3


@dataclass
class Crowd:
    limit: float  # likes a second that go
    seconds: float
    during: Steady
    growth: float  # MB
    after: Steady

    @property
    def carried_out(self) -> float:
        """Likes a second."""
        return (len(self.during.signs) - self.during.busy) / self.seconds

    def lines(self) -> list[str]:
        return [
            f"{self.during.rate:,.0f} likes a second for {self.seconds:.0f} s; its limit is {self.limit:,.0f}",
            f"no sign within 3 s: {self.during.missed:,} of {len(self.during.signs):,}; {self.during}",
            f"carried out: {self.carried_out:,.0f} a second, {self.carried_out / self.limit:.0%} of the limit; "
            f"{self.during.busy:,} were told it's busy",
            f"memory: {self.growth:+.0f} MB",
            f"{CALM_AFTER:.0f} s later at 100/s: {self.after}",
        ]

    def missed_goals(self) -> list[str]:
        goals = {
            f"{self.during.missed} got no sign within 3 s": not self.during.missed,
            "less than half of the limit was carried out": self.carried_out >= CARRIED_OUT * self.limit,
            f"memory grew by {self.growth:.0f} MB": self.growth < GROWTH,
            "it was still busy afterwards": self.after.at(0.99) <= CALM and not self.after.busy,
        }
        return [said for said, kept in goals.items() if not kept]


async def measure(over: float, seconds: float) -> Crowd:
    """Find out what goes, and offer `over` times as much."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with BenchThingiverse() as thingiverse:
            settings = await settings_for(Path(folder), thingiverse)
            async with running(COMMANDS["ours"], settings) as bot:
                await popular(bot.discord)
                wishes = Wishes()
                rounds = [await flat_out(bot, wishes.press, 2) for _ in range(ROUNDS)]
                limit = statistics.median(each.rate for each in rounds)
                return await crowd(bot, wishes, limit, over, seconds)


async def crowd(bot: Running, wishes: Wishes, limit: float, over: float = 2.0, seconds: float = SECONDS) -> Crowd:
    before = bot.memory
    during = await steadily(bot, wishes.press, limit * over, seconds)
    growth = bot.memory - before
    await asyncio.sleep(CALM_AFTER)
    after = await steadily(bot, wishes.press, 100, 4)
    return Crowd(limit, seconds, during, growth, after)
