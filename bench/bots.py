"""Bots in processes of their own, each with a Discord of its own and one Thingiverse for all."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import psutil

from bench.servers import TOKEN, BenchDiscord, BenchThingiverse
from storage.store import open_store
from storage.vault import LINK_TOKEN, Vault, new_key

ROOT = Path(__file__).parent.parent
PEOPLE = 4_000
COMMANDS = {
    "ours": [sys.executable, "bot.py", "run"],
    "bare": [sys.executable, "-m", "bench.bare"],
    "bare+gc": [sys.executable, "-m", "bench.bare", "gc"],
}


@dataclass
class Running:
    discord: BenchDiscord
    process: psutil.Popen
    ready: float  # seconds from the start of the process

    @property
    def memory(self) -> float:
        """MB, resident."""
        return self.process.memory_info().rss / 1e6

    @property
    def cpu(self) -> float:
        """Seconds of CPU so far."""
        return sum(self.process.cpu_times()[:2])


@asynccontextmanager
async def running(command: list[str], settings: dict[str, str]) -> AsyncGenerator[Running]:
    async with BenchDiscord() as discord:
        environment = {**settings, "DISCORD_API_BASE": discord.url, "DISCORD_TOKEN": TOKEN}
        began = time.perf_counter()
        process = psutil.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        try:
            async with asyncio.timeout(20):
                await discord.online.wait()
            ready = time.perf_counter() - began
            await asyncio.sleep(1)
            yield Running(discord, process, ready)
        finally:
            process.terminate()
            _, said = await asyncio.to_thread(process.communicate, timeout=15)
            if b"Traceback" in said:
                print(said.decode(), file=sys.stderr)


async def settings_for(folder: Path, thingiverse: BenchThingiverse, people: int = PEOPLE) -> dict[str, str]:
    """A database in which everybody is linked."""
    key, path = new_key(), folder / "bench.db"
    vault = Vault.from_text(key)
    tokens = (vault.seal("c0ffee" * 5 + "aa", person=each, column=LINK_TOKEN) for each in range(1, people + 1))
    await fill_links(path, tokens)
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


async def fill_links(path: Path, tokens: Iterable[bytes]) -> None:
    """Link the persons 1, 2, 3 and so on."""
    async with open_store(f"sqlite:///{path}"):
        pass  # which makes the tables
    now = int(datetime.now(UTC).timestamp() * 1000)
    with closing(sqlite3.connect(path)) as database, database:
        database.executemany(
            "INSERT INTO links (person, maker_id, maker_name, token, linked_at) VALUES (?, ?, 'mira', ?, ?)",
            ((person, person, token, now) for person, token in enumerate(tokens, 1)),
        )
