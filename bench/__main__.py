"""`make bench`: prints ratios, measured in one run on one machine; each load is bounded and ends by itself."""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from bench.requests import print_requests
from bench.servers import TOKEN, BenchDiscord, BenchThingiverse
from bench.suggestions import print_suggestions
from storage.records import Attempt, Link, Parked
from storage.store import open_store
from storage.vault import LINK_TOKEN, Vault, new_key

ROOT = Path(__file__).parent.parent
PEOPLE = 400
SECONDS = 6.0
AT_ONCE = 64
ROUNDS = 3

Ask = Callable[[BenchDiscord], Coroutine[Any, Any, float]]


@dataclass
class Measured:
    rate: float  # answers a second
    cpu: float  # milliseconds an answer


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with BenchThingiverse() as thingiverse:
            settings = await settings_for(Path(folder), thingiverse)
            ours, bare = [sys.executable, "bot.py", "run"], [sys.executable, "-m", "bench.bare"]
            found: dict[str, list[Measured]] = {}
            for _ in range(ROUNDS):  # in turn, so that a machine that drifts drifts for both
                for name, command in (("ours", ours), ("bare", bare)):
                    async with running(command, settings) as (discord, process):
                        await discord.ask("popular", 1)
                        for what, ask in (("popular", popular), ("like", like())):
                            found.setdefault(f"{name} {what}", []).append(await flat_out(discord, process, ask))
            _print_rates(found)
            async with running(ours, settings) as (discord, process):
                await _print_details(discord, process, thingiverse)
            async with running(bare, settings) as (_, process):
                print(f"memory at rest, bare: {process.memory_info().rss / 1e6:.0f} MB")
    await print_suggestions()
    await print_requests()


async def flat_out(discord: BenchDiscord, process: psutil.Process, ask: Ask) -> Measured:
    """As many as go, so many at a time, for some seconds."""
    until = time.perf_counter() + SECONDS
    before, began, done = sum(process.cpu_times()[:2]), time.perf_counter(), itertools.count()

    async def again() -> None:
        while time.perf_counter() < until:
            await ask(discord)
            next(done)

    await asyncio.gather(*(again() for _ in range(AT_ONCE)))
    answers = next(done)
    spent = sum(process.cpu_times()[:2]) - before
    return Measured(answers / (time.perf_counter() - began), spent / answers * 1000)


async def steadily(discord: BenchDiscord, ask: Ask, rate: int = 100, seconds: float = 8) -> list[float]:
    """So many a second, whatever comes back; seconds until each first sign."""
    tasks: list[asyncio.Task[float]] = []
    began = time.perf_counter()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(discord)))
    return sorted(await asyncio.gather(*tasks))


def popular(discord: BenchDiscord) -> Coroutine[Any, Any, float]:
    return discord.ask("popular", 1)


def like() -> Ask:
    """Every time by another person, or of another design."""
    wishes = itertools.cycle((person, thing) for thing in range(1, 31) for person in range(1, PEOPLE + 1))

    def ask(discord: BenchDiscord) -> Coroutine[Any, Any, float]:
        person, thing = next(wishes)
        return discord.ask("like", person, thing=str(thing))

    return ask


async def _print_details(discord: BenchDiscord, process: psutil.Process, thingiverse: BenchThingiverse) -> None:
    await asyncio.sleep(1)
    print(f"memory at rest, ours: {process.memory_info().rss / 1e6:.0f} MB")
    before = thingiverse.requests
    await asyncio.gather(*(discord.ask("popular", person) for person in range(1_000)))
    print(f"1,000 people ask /popular at once: {thingiverse.requests - before} request to Thingiverse")
    for name, ask in (("popular", popular), ("like", like())):
        times = await steadily(discord, ask)
        p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
        print(f"/{name} at 100/s: p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms")
    thingiverse.hang = True
    times = await steadily(discord, like(), rate=50, seconds=6)
    print(f"while Thingiverse hangs: the longest wait for a sign was {times[-1] * 1000:.0f} ms")
    thingiverse.hang = False


def _print_rates(found: dict[str, list[Measured]]) -> None:
    print(f"median of {ROUNDS} rounds of {SECONDS:.0f} s, {AT_ONCE} at a time")
    for what in ("popular", "like"):
        for name in ("ours", "bare"):
            rate = statistics.median(m.rate for m in found[f"{name} {what}"])
            cpu = statistics.median(m.cpu for m in found[f"{name} {what}"])
            print(f"/{what}, {name}: {rate:,.0f} a second, {cpu:.2f} ms of CPU each")
        pairs = list(zip(found[f"ours {what}"], found[f"bare {what}"], strict=True))
        ratio = statistics.median(ours.rate / bare.rate for ours, bare in pairs)
        print(f"/{what}: {ratio:.2f} of the bare bot's rate")


@asynccontextmanager
async def running(command: list[str], settings: dict[str, str]) -> AsyncGenerator[tuple[BenchDiscord, psutil.Process]]:
    """A bot in a process of its own, connected to a Discord of its own."""
    async with BenchDiscord() as discord:
        environment = {**settings, "DISCORD_API_BASE": discord.url, "DISCORD_TOKEN": TOKEN}
        started = subprocess.Popen(command, cwd=ROOT, env=environment)
        try:
            async with asyncio.timeout(20):
                await discord.online.wait()
            await asyncio.sleep(1)
            yield discord, psutil.Process(started.pid)
        finally:
            started.terminate()
            await asyncio.to_thread(started.wait, 15)


async def settings_for(folder: Path, thingiverse: BenchThingiverse) -> dict[str, str]:
    """A database in which everybody is linked."""
    key, path = new_key(), folder / "bench.db"
    vault, now = Vault.from_text(key), datetime.now(UTC)
    async with open_store(f"sqlite:///{path}") as store:
        for person in range(1, PEOPLE + 1):
            token = vault.seal("c0ffee" * 5 + "aa", person=person, column=LINK_TOKEN)
            await store.begin_attempt(Attempt(person, b"d", now, now, parked=Parked(token, 7, "mira", None, True)))
            await store.confirm(person, b"d", Link(person, 8, "mira", None, token, now))
    return {
        "PATH": os.environ["PATH"],
        "LIKES_PER_PERSON": "1000000",
        "THINGIVERSE_API_URL": thingiverse.url,
        "THINGIVERSE_URL": thingiverse.url,
        "THINGIVERSE_CLIENT_ID": "c" * 20,
        "THINGIVERSE_APP_TOKEN": "a" * 32,
        "THINGIVERSE_BUDGET": "100000000",
        "TOKEN_KEYS": key,
        "DATABASE_URL": f"sqlite:///{path}",
        "BARE_DATABASE": str(path),
        "LOG_LEVEL": "WARNING",
    }


if __name__ == "__main__":
    asyncio.run(main())
