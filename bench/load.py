"""Loads: as many as go, so many a second, and more than go."""

from __future__ import annotations

import asyncio
import gc
import itertools
import time
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from bench.bots import PEOPLE, Running
from bench.servers import DESIGNS, BenchDiscord, Signed

SIGN = 3.0  # seconds that Discord waits
AT_ONCE = 64

Ask = Callable[[BenchDiscord], Coroutine[Any, Any, Signed]]


def popular(discord: BenchDiscord) -> Coroutine[Any, Any, Signed]:
    return discord.ask("popular", 1)


def help_(discord: BenchDiscord) -> Coroutine[Any, Any, Signed]:
    return discord.ask("help", 1)


def typing(discord: BenchDiscord) -> Coroutine[Any, Any, Signed]:
    return discord.type("like", 1, thing="des")


class Wishes:
    """Likes, each time by another person or of another design."""

    def __init__(self) -> None:
        self._wishes = itertools.cycle((each, thing) for thing in range(1, DESIGNS) for each in range(1, PEOPLE + 1))

    def command(self, discord: BenchDiscord) -> Coroutine[Any, Any, Signed]:
        person, thing = next(self._wishes)
        return discord.ask("like", person, thing=str(thing))

    def press(self, discord: BenchDiscord) -> Coroutine[Any, Any, Signed]:
        """Of a Like button on the page that the bot sent last."""
        person, thing = next(self._wishes)
        return discord.press_like(person, thing)


@dataclass
class Flat:
    rate: float  # answers a second
    cpu: float  # milliseconds an answer


async def flat_out(bot: Running, ask: Ask, seconds: float) -> Flat:
    """As many as go, AT_ONCE at a time."""
    until = time.perf_counter() + seconds
    before, began, done = bot.cpu, time.perf_counter(), itertools.count()

    async def again() -> None:
        while time.perf_counter() < until:
            await ask(bot.discord)
            next(done)

    await asyncio.gather(*(again() for _ in range(AT_ONCE)))
    answers = next(done)
    return Flat(answers / (time.perf_counter() - began), (bot.cpu - before) / answers * 1000)


@dataclass
class Steady:
    """How long first signs took, in milliseconds; `signs` are the shortest first."""

    signs: list[float]
    missed: int  # not within Discord's three seconds
    busy: int  # told so
    cpu: float  # of one core
    rate: float  # offered, as it came out
    generator: float  # its own share of a core; near 1, these figures are about the generator

    def at(self, part: float) -> float:
        return self.signs[min(len(self.signs) - 1, int(len(self.signs) * part))] if self.signs else float("inf")

    def __str__(self) -> str:
        return f"p50 {self.at(0.5):.1f}, p99 {self.at(0.99):.1f}, longest {self.at(1):.0f} ms, {self._shares}"

    @property
    def _shares(self) -> str:
        return f"CPU {self.cpu:.0%} (generator {self.generator:.0%})"


async def steadily(bot: Running, ask: Ask, rate: float, seconds: float) -> Steady:
    """So many a second, whatever comes back."""
    with _no_garbage_collected():
        return await _steadily(bot, ask, rate, seconds)


@contextmanager
def _no_garbage_collected() -> Generator[None]:
    """In the generator: its pauses of 100 ms, after all that it did before, would count as the bot's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


async def _steadily(bot: Running, ask: Ask, rate: float, seconds: float) -> Steady:
    tasks: list[asyncio.Task[Signed]] = []
    began, cpu, own = time.perf_counter(), bot.cpu, time.process_time()
    for number in range(int(rate * seconds)):
        late = began + number / rate - time.perf_counter()
        if late > 0 or number % 16 == 0:  # a generator that is late itself must still hear the answers
            await asyncio.sleep(max(0.0, late))
        tasks.append(asyncio.create_task(ask(bot.discord)))
    took = time.perf_counter() - began
    cpu, own = (bot.cpu - cpu) / took, (time.process_time() - own) / took
    done, waiting = await asyncio.wait(tasks, timeout=SIGN + 5)
    for task in waiting:
        task.cancel()
    signed = [task.result() for task in done]
    signs = sorted(each.seconds * 1000 for each in signed)
    late_ones = sum(sign > SIGN * 1000 for sign in signs)
    return Steady(signs, late_ones + len(waiting), sum(each.busy for each in signed), cpu, len(tasks) / took, own)
