"""`make soak`: many people use the bot for a while, while Thingiverse fails one time in ten.

It prints what it measured, and exits with 1 if the bot broke a promise: everyone gets a first sign within Discord's
three seconds and a reply after it, memory stays flat, no task is left over, and the log has no unexpected errors.

`make soak OVER=2` offers twice as many likes as go.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import psutil
import uvloop
from aiohttp import web

from bench import crowd
from bench.bots import ROOT, settings_for
from bench.payloads import CALLBACK, MESSAGE, interaction, press, typing
from bench.servers import TOKEN, BenchDiscord, BenchThingiverse

SIGN = 3.0  # seconds that Discord waits for a first sign
PROMPT = 0.05  # seconds; p99 of first signs where Thingiverse responds in time
LONGEST = 0.75  # seconds of any first sign
ANSWER = 30.0  # seconds in which an answer has to follow
WARM = 10.0  # seconds until memory is as large as it has reason to be
GROWTH = 32.0  # MB that memory may grow after that, over the whole of it
SLOW = 2.0  # seconds that a slow failure takes
FAILS = 10  # one in so many answers of Thingiverse
PEOPLE = 400
STRANGERS = 50  # people who are not linked
DEFERRED, DEFERRED_EDIT, CHOICES = 5, 6, 8


@dataclass
class Asked:
    began: float
    asks: str  # the begin of the path that Thingiverse is asked for; empty for nothing
    sign: float | None = None
    answer: float | None = None
    deferred: bool = False


class SoakDiscord(BenchDiscord):
    """Records when each interaction got its first sign and its reply."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, Asked] = {}
        self.told: Counter[str] = Counter()

    async def tell(self, what: str, payload: dict[str, Any]) -> None:
        self.told[what] += 1
        self.asked[payload["id"]] = Asked(time.perf_counter(), _asks(payload["data"]))
        await self._send(0, payload, "INTERACTION_CREATE")

    async def _callback(self, request: web.Request) -> web.Response:
        body, asked = await request.read(), self.asked[request.match_info["id"]]
        asked.sign = time.perf_counter() - asked.began
        asked.deferred = _type_of(body) in {DEFERRED, DEFERRED_EDIT}
        if not asked.deferred:
            asked.answer = asked.sign
        return web.Response(body=CALLBACK, content_type="application/json")

    async def _edited(self, request: web.Request) -> web.Response:
        await request.read()
        asked = self.asked[request.match_info["token"].removeprefix("interaction-")]
        asked.answer = time.perf_counter() - asked.began
        return web.Response(body=MESSAGE, content_type="application/json")


def _asks(data: dict[str, Any]) -> str:
    options = {option["name"]: option["value"] for option in data.get("options", [])}
    thing = data["custom_id"].rpartition(":")[2] if "custom_id" in data else options.get("thing", "")
    if thing.isdigit():
        return f"/things/{thing}"
    return {"popular": "/popular", "search": "/search/", "account": "/users/me"}.get(data.get("name", ""), "")


def _type_of(body: bytes) -> int:
    """The type of a callback, sent as JSON or with files."""
    start = body.find(b'{"type"') if not body.startswith(b"{") else 0
    return int(json.JSONDecoder().raw_decode(body[start:].decode())[0]["type"]) if start >= 0 else 0


class FailingThingiverse(BenchThingiverse):
    """Every tenth response is a failure, each of another kind."""

    def __init__(self) -> None:
        super().__init__()
        self.failed: list[tuple[float, str]] = []  # when, and which path
        self._kinds = itertools.cycle((self._broken, self._proxy, self._cut, self._slow, self._garbage))
        self.app.middlewares.append(self._failing)
        self.app.router.add_get("/things/{id}", self._one)
        self.app.router.add_delete("/things/{id}/likes", self._like)
        self.app.router.add_get("/users/me", self._me_at_thingiverse)

    @web.middleware
    async def _failing(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        if (self.requests + 1) % FAILS == 0:
            self.requests += 1
            self.failed.append((time.perf_counter(), request.path))
            return await next(self._kinds)(request)
        return await handler(request)

    def in_time(self, asked: Asked) -> bool:
        """Whether nothing failed that it asked for, by itself or together with someone who asked a bit earlier."""
        until = time.perf_counter() if asked.sign is None else asked.began + asked.sign
        begin = bisect_left(self.failed, (asked.began - SLOW, ""))
        meanwhile = self.failed[begin : bisect_left(self.failed, (until, ""))]
        return not asked.asks or not any(path.startswith(asked.asks) for _, path in meanwhile)

    async def _one(self, request: web.Request) -> web.Response:
        await self._count()
        thing = json.loads(self._popular)[0] | {"id": int(request.match_info["id"])}
        return web.Response(body=json.dumps(thing).encode(), content_type="application/json")

    async def _me_at_thingiverse(self, _: web.Request) -> web.Response:
        await self._count()
        return web.Response(body=b'{"id": 8, "name": "mira"}', content_type="application/json")

    async def _broken(self, _: web.Request) -> web.Response:
        return web.Response(status=500)

    async def _proxy(self, _: web.Request) -> web.Response:
        return web.Response(status=503, text="<html>be right back</html>", content_type="text/html")

    async def _cut(self, request: web.Request) -> web.Response:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()

    async def _slow(self, _: web.Request) -> web.Response:
        await asyncio.sleep(SLOW)
        return web.Response(status=504)

    async def _garbage(self, _: web.Request) -> web.Response:
        return web.Response(body=b'{"id": ', content_type="application/json")


class People:
    """Who does what, the same each time for the same seed."""

    def __init__(self, discord: SoakDiscord) -> None:
        self._discord = discord
        self._chance = random.Random(20)
        self._things = itertools.cycle(range(1, 5_000))
        self._acts: dict[str, tuple[int, Callable[[], dict[str, Any]]]] = {
            "/popular": (25, lambda: self._command("popular", self._anybody())),
            "/search": (5, lambda: self._command("search", self._anybody(), text=self._chance.choice("abcdefgh"))),
            "suggestions": (20, self._typing),
            "/like": (20, lambda: self._command("like", self._linked(), thing=str(next(self._things)))),
            "Like": (15, lambda: self._press(self._linked(), f"t1:like:{next(self._things)}")),
            "/thing": (5, lambda: self._command("thing", self._anybody(), thing=str(self._chance.randint(1, 30)))),
            "/likes of a stranger": (4, lambda: self._command("likes", self._stranger())),
            "Like of a stranger": (2, lambda: self._press(self._stranger(), "t1:like:5")),
            "/account": (2, lambda: self._command("account", self._linked())),
            "/help": (2, lambda: self._command("help", self._anybody())),
        }

    def next(self) -> tuple[str, dict[str, Any]]:
        names = list(self._acts)
        (name,) = self._chance.choices(names, [self._acts[each][0] for each in names])
        return name, self._acts[name][1]()

    def _linked(self) -> int:
        return self._chance.randint(1, PEOPLE)

    def _stranger(self) -> int:
        return PEOPLE + self._chance.randint(1, STRANGERS)

    def _anybody(self) -> int:
        return self._chance.randint(1, PEOPLE + STRANGERS)

    def _command(self, name: str, person: int, **options: str) -> dict[str, Any]:
        return interaction(self._discord.number(), name, person, options)

    def _typing(self) -> dict[str, Any]:
        return typing(self._discord.number(), "like", self._linked(), {"thing": "des"})

    def _press(self, person: int, custom_id: str) -> dict[str, Any]:
        button = {"type": 2, "id": 2, "style": 2, "label": "Like", "custom_id": custom_id}
        message = json.loads(MESSAGE) | {"flags": 1 << 15, "components": [{"type": 1, "id": 1, "components": [button]}]}
        return press(self._discord.number(), person, custom_id, message)


@dataclass
class Report:
    rate: float
    told: Counter[str]
    signs: list[float]  # seconds, the shortest first
    unsigned: int
    unanswered: int
    failed: int  # of the requests
    requests: int
    memory: list[float]  # MB, one each second
    tasks: tuple[int, int]  # at rest, before and after
    unforeseen: list[str]
    cpu: float  # of one core
    prompt: list[float] = field(default_factory=list[float])  # of those for whom Thingiverse responds in time

    @property
    def growth(self) -> float:
        """MB, from the median after the warm-up to the median at the end."""
        warm = self.memory[int(min(WARM, len(self.memory) / 3)) :]
        part = max(1, len(warm) // 5)
        return _median(warm[-part:]) - _median(warm[:part])

    def lines(self) -> list[str]:
        p50, p99 = (self.signs[int(len(self.signs) * part)] * 1000 for part in (0.5, 0.99))
        return [
            f"{sum(self.told.values()):,} interactions, {self.rate:.0f} a second: "
            + ", ".join(f"{count:,} {what}" for what, count in self.told.most_common()),
            f"Thingiverse was asked {self.requests:,} times and failed {self.failed:,}",
            f"first sign: p50 {p50:.1f} ms, p99 {p99:.1f} ms, longest {self.signs[-1] * 1000:.0f} ms; "
            f"where Thingiverse responds in time: p99 {self.prompt_p99 * 1000:.1f} ms",
            "memory: "
            + ", ".join(f"{self.memory[int((len(self.memory) - 1) * part / 4)]:.0f}" for part in range(5))
            + f" MB, a quarter of the time apart; {self.growth:+.1f} MB after the warm-up",
            f"tasks at rest: {self.tasks[0]} before, {self.tasks[1]} after; CPU: {self.cpu:.0%} of a core",
        ]

    @property
    def prompt_p99(self) -> float:
        return self.prompt[int(len(self.prompt) * 0.99)] if self.prompt else 0.0

    def missed_goals(self) -> list[str]:
        """How fast it should be on a quiet machine."""
        missed: list[str] = []
        if self.prompt_p99 > PROMPT:
            missed.append(f"p99 is {self.prompt_p99 * 1000:.0f} ms where Thingiverse responds in time")
        if self.signs[-1] > LONGEST:
            missed.append(f"someone waited {self.signs[-1] * 1000:.0f} ms for a first sign")
        return missed

    def broken_promises(self) -> list[str]:
        late = sum(sign > SIGN for sign in self.signs) + self.unsigned
        broken: list[str] = []
        if late:
            broken.append(f"{late} interactions got no sign within {SIGN:.0f} seconds")
        if self.unanswered:
            broken.append(f"{self.unanswered} interactions were never answered")
        if self.growth > GROWTH:
            broken.append(f"memory grew by {self.growth:.0f} MB")
        if self.tasks[1] > self.tasks[0]:
            broken.append(f"{self.tasks[1] - self.tasks[0]} tasks are left over")
        return broken + [f"the log has: {line}" for line in self.unforeseen[:3]]


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


@dataclass
class Bot:
    """The bot in its own process. On request, it reports how many tasks it has."""

    process: psutil.Popen
    folder: Path
    memory: list[float] = field(default_factory=list[float])

    async def count_tasks(self) -> int:
        told = self.folder / "tasks"
        told.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        async with asyncio.timeout(10):
            while not told.exists() or not told.read_text().endswith("\n"):
                await asyncio.sleep(0.05)
        return int(told.read_text())

    @property
    def unforeseen(self) -> list[str]:
        """Errors in the log, except those that Thingiverse's failures cause."""
        lines = (self.folder / "log").read_text().splitlines()
        errors = [line for line in lines if "Traceback" in line or "never retrieved" in line or '"error"' in line]
        return [line for line in errors if "thingiverse.errors." not in line]

    async def watch_memory(self) -> None:
        while True:
            self.memory.append(self.process.memory_info().rss / 1e6)
            await asyncio.sleep(1)


@asynccontextmanager
async def running(discord: SoakDiscord, settings: dict[str, str], folder: Path) -> AsyncGenerator[Bot]:
    environment = {**settings, "DISCORD_API_BASE": discord.url, "DISCORD_TOKEN": TOKEN, "LOG_FORMAT": "json"}
    with (folder / "log").open("w") as log:
        process = psutil.Popen(
            [sys.executable, "-m", "bench.counted", str(folder / "tasks")],
            cwd=ROOT,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        async with asyncio.timeout(20):
            await discord.online.wait()
        await asyncio.sleep(1)
        yield Bot(process, folder)
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 15)


async def soak(rate: float, seconds: float) -> Report:
    """Send so many interactions per second, without waiting for earlier ones."""
    with tempfile.TemporaryDirectory(prefix="soak-") as name:
        folder = Path(name)
        async with FailingThingiverse() as thingiverse, SoakDiscord() as discord:
            settings = await settings_for(folder, thingiverse, PEOPLE)
            async with running(discord, settings, folder) as bot:
                people = People(discord)
                for what in ("popular", "help"):
                    await discord.tell("to begin with", interaction(discord.number(), what, 1, {}))
                await _all_answered(discord)
                before, cpu = await bot.count_tasks(), sum(bot.process.cpu_times()[:2])
                discord.asked.clear()
                discord.told.clear()
                watching = asyncio.create_task(bot.watch_memory())
                began = time.perf_counter()
                for number in range(int(rate * seconds)):
                    await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
                    await discord.tell(*people.next())
                took = time.perf_counter() - began
                cpu = (sum(bot.process.cpu_times()[:2]) - cpu) / took
                await _all_answered(discord)
                watching.cancel()
                asked = list(discord.asked.values())
                return Report(
                    rate=len(asked) / took,
                    told=discord.told,
                    signs=sorted(each.sign for each in asked if each.sign is not None),
                    unsigned=sum(each.sign is None for each in asked),
                    unanswered=sum(each.answer is None for each in asked),
                    failed=len(thingiverse.failed),
                    requests=thingiverse.requests,
                    memory=bot.memory,
                    tasks=(before, await _tasks_at_rest(bot, before)),
                    unforeseen=bot.unforeseen,
                    cpu=cpu,
                    prompt=sorted(each.sign for each in asked if each.sign is not None and thingiverse.in_time(each)),
                )


async def _all_answered(discord: SoakDiscord) -> None:
    until = time.perf_counter() + ANSWER
    while time.perf_counter() < until and any(each.answer is None for each in discord.asked.values()):
        await asyncio.sleep(0.1)


async def _tasks_at_rest(bot: Bot, wanted: int) -> int:
    """How many tasks there are at rest: current ones get ten seconds to finish."""
    until = time.perf_counter() + 10
    while (count := await bot.count_tasks()) > wanted and time.perf_counter() < until:
        await asyncio.sleep(0.5)
    return count


@click.command()
@click.option("--rate", default=500.0, help="Interactions per second.")
@click.option("--seconds", type=float, help="How long to run, in seconds.")
@click.option("--over", type=float, help="Offer so many times as many likes as go, instead.")
def main(rate: float, seconds: float | None, over: float | None) -> None:
    """Print the results. Exits with 1 if the bot broke a promise."""
    if over is not None:
        found = uvloop.run(crowd.measure(over, seconds or crowd.SECONDS))
        broken = found.missed_goals()
    else:
        found = uvloop.run(soak(rate, seconds or 120.0))
        broken = [*found.broken_promises(), *found.missed_goals()]
    print("\n".join(found.lines()))
    print("\n".join(f"✗ {promise}" for promise in broken) or "✓ every promise was kept")
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
