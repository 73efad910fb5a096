"""`make bench`: prints ratios, measured in one run on one machine; each load is bounded and ends by itself.

The bare bot runs twice, as it is and with our care for garbage collection. The three take turns every few seconds, so
that a machine that drifts drifts for all.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import statistics
import tempfile
import time
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path

import uvloop

from bench.bots import COMMANDS, Running, fill_links, running, settings_for
from bench.crowd import crowd
from bench.feeds import print_feeds
from bench.load import AT_ONCE, Ask, Flat, Steady, Wishes, flat_out, help_, popular, steadily, typing
from bench.requests import print_requests
from bench.servers import BenchThingiverse
from bench.suggestions import print_suggestions
from operations.keys import require_keys
from storage.store import open_store
from storage.vault import LINK_TOKEN, Vault, new_key

SECONDS = float(os.environ.get("BENCH_SECONDS", "1"))  # of each turn
ROUNDS = 3
STARTS = 3
CROWD_SECONDS = float(os.environ.get("BENCH_CROWD", "20"))
LINKS = 1_000_000
LIKE = "Like button"

Found = dict[tuple[str, str], list[Flat]]


async def main() -> None:
    print(f"{_processor()}, {os.cpu_count()} cores, load before: {os.getloadavg()[0]:.1f}")
    versions = ", ".join(f"{name} {version(name)}" for name in ("discord.py", "aiohttp", "uvloop"))
    print(f"Python {platform.python_version()}, {versions}\n")
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with BenchThingiverse() as thingiverse:
            settings = await settings_for(Path(folder), thingiverse)
            limit = await print_rates(settings)
            print("\n| | Thingamabot | bare | ratio |\n| --- | --- | --- | --- |")
            await print_starts(settings)
            async with running(COMMANDS["ours"], settings) as ours, running(COMMANDS["bare"], settings) as bare:
                await print_steady(ours, bare)
                await print_outage(ours, thingiverse)
            async with running(COMMANDS["ours"], settings) as ours:
                await print_crowd(ours, limit)
    await print_million_links()
    await print_suggestions()
    await print_requests()
    await print_feeds()


def _processor() -> str:
    """Its name, where the system tells; Linux does."""
    with contextlib.suppress(OSError):
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())
    return platform.processor() or platform.machine()


async def print_starts(settings: dict[str, str]) -> None:
    """Until READY, memory at rest, and the first answer, which for us reads Thingiverse."""
    ready: dict[str, list[float]] = {"ours": [], "bare": []}
    memory: dict[str, list[float]] = {"ours": [], "bare": []}
    first: dict[str, list[float]] = {"ours": [], "bare": []}
    for _ in range(STARTS):
        for name in ready:
            async with running(COMMANDS[name], settings) as bot:
                ready[name].append(bot.ready * 1000)
                memory[name].append(bot.memory)
                first[name].append((await popular(bot.discord)).seconds * 1000)
    rows = (("Start until READY", "ms", ready), ("Memory at rest", "MB", memory), ("First `/popular`", "ms", first))
    for what, unit, of in rows:
        ours, bare = statistics.median(of["ours"]), statistics.median(of["bare"])
        print(f"| {what} | {ours:.0f} {unit} | {bare:.0f} {unit} | {ours / bare:.1f} |")


async def print_rates(settings: dict[str, str]) -> float:
    """A table of rates and CPU; the likes a second that we can carry out."""
    wishes = Wishes()
    asks: dict[str, Ask] = {
        "`/popular`": popular,
        LIKE: wishes.press,
        "`/like`": wishes.command,
        "Suggestions": typing,
        "`/help`": help_,
    }
    found: Found = {}
    async with AsyncExitStack() as stack:
        bots = {name: await stack.enter_async_context(running(COMMANDS[name], settings)) for name in COMMANDS}
        for bot in bots.values():
            await popular(bot.discord)
        for _ in range(ROUNDS):
            for what, ask in asks.items():
                for name, bot in bots.items():
                    found.setdefault((name, what), []).append(await flat_out(bot, ask, SECONDS))
    print(f"{AT_ONCE} at a time, median of {ROUNDS} rounds; per second (ms of CPU each)\n")
    print("| | Thingamabot | bare | bare, GC care | rate / bare | CPU / bare | CPU / bare, GC care |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for what in asks:
        print(_line(found, what))
    return statistics.median(flat.rate for flat in found["ours", LIKE])


def _line(found: Found, what: str) -> str:
    def cell(name: str) -> str:
        rates, cpus = zip(*((flat.rate, flat.cpu) for flat in found[name, what]), strict=True)
        return f"{statistics.median(rates):,.0f} ({statistics.median(cpus):.2f})"

    def ratio(of: str, to: str) -> str:
        pairs = zip(found["ours", what], found[to, what], strict=True)
        return f"{statistics.median(getattr(ours, of) / getattr(bare, of) for ours, bare in pairs):.2f}"

    cells = [what, *(cell(name) for name in COMMANDS)]
    return f"| {' | '.join([*cells, ratio('rate', 'bare'), ratio('cpu', 'bare'), ratio('cpu', 'bare+gc')])} |"


async def print_steady(ours: Running, bare: Running) -> None:
    """First signs at a steady rate."""
    wishes = Wishes()
    for bot in (ours, bare):
        await popular(bot.discord)
    for what, ask in (("`/popular`", popular), (LIKE, wishes.press)):
        for rate in (100, 500):
            found = [await steadily(bot, ask, rate, SECONDS * 3) for bot in (ours, bare)]
            print(f"| {what} at {rate} a second: p50 / p99 / longest | {' | '.join(map(_signs, found))} | |")
    print()


def _signs(of: Steady) -> str:
    return f"{of.at(0.5):.1f} / {of.at(0.99):.1f} / {of.at(1):.0f} ms, {of.cpu:.0%} CPU"


async def print_outage(ours: Running, thingiverse: BenchThingiverse) -> None:
    before = thingiverse.requests
    await asyncio.gather(*(ours.discord.ask("newest", person) for person in range(1_000)))
    print(f"1,000 people ask /newest at once: {thingiverse.requests - before} request to Thingiverse")
    thingiverse.hang = True
    hung = await steadily(ours, Wishes().press, 50, 4)
    thingiverse.hang = False
    print(f"while Thingiverse hangs: the longest wait for a sign was {hung.at(1):.0f} ms")


async def print_crowd(ours: Running, limit: float) -> None:
    await popular(ours.discord)
    found = await crowd(ours, Wishes(), limit, seconds=CROWD_SECONDS)
    print("\ntwice the limit: " + "\n".join(found.lines()))


async def print_million_links() -> None:
    key = new_key()
    vault = Vault.from_text(key)
    token = vault.seal("c0ffee" * 5 + "aa", person=1, column=LINK_TOKEN)
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = Path(folder) / "links.db"
        await fill_links(path, (token for _ in range(LINKS)))
        began = time.perf_counter()
        async with open_store(f"sqlite:///{path}") as store:
            opened = time.perf_counter()
            await require_keys(store, vault)
            checked = time.perf_counter()
    times = f"opened in {(opened - began) * 1000:.0f} ms, keys checked in {(checked - opened) * 1000:.0f} ms"
    print(f"\nwith {LINKS:,} links: {times}")


if __name__ == "__main__":
    uvloop.run(main())
