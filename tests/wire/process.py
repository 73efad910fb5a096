"""Run the bot as a process, like an operator."""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from storage.vault import new_key
from tests.databases import up_to_date
from tests.waiting import PATIENCE, until
from tests.wire.starter import Order

ROOT = Path(__file__).parent.parent.parent


def environment(discord: FakeDiscord, world: FakeThingiverse, folder: Path, **given: str) -> dict[str, str]:
    """All settings of a bot for the two fakes, and nothing of this process's environment."""
    key = folder / "key"
    if not key.exists():
        key.write_text(new_key())
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "DISCORD_TOKEN": discord.token,
        "DISCORD_API_BASE": discord.api_base,
        "THINGIVERSE_CLIENT_ID": world.app.client_id,
        "THINGIVERSE_APP_TOKEN": world.app.app_token,
        "THINGIVERSE_REDIRECT_URI": world.app.redirect_uri,
        "THINGIVERSE_API_URL": world.api_url,
        "THINGIVERSE_URL": world.www_url,
        "THINGIVERSE_TIMEOUT": "20",
        "THINGIVERSE_BUDGET": "100000",
        "LIKES_PER_PERSON": "100000",
        "TOKEN_KEYS_FILE": str(key),
        "DATABASE_URL": up_to_date(folder / "bot.db"),
        **given,
    }


class Running(Protocol):
    """A running process, started directly or by the starter."""

    @property
    def pid(self) -> int: ...

    @property
    def returncode(self) -> int | None: ...

    def send_signal(self, signal: int) -> None: ...

    def kill(self) -> None: ...

    async def wait(self) -> int: ...


class Forked:
    """A process forked by the starter."""

    def __init__(self, pid: int, code: asyncio.Task[int]) -> None:
        self.pid = pid
        self._code = code

    @property
    def returncode(self) -> int | None:
        return self._code.result() if self._code.done() else None

    def send_signal(self, signal: int) -> None:
        if not self._code.done():
            os.kill(self.pid, signal)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    async def wait(self) -> int:
        return await asyncio.shield(self._code)


@dataclass
class Process:
    running: Running
    log: Path

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.running.send_signal(how)

    async def ended(self, timeout: float = PATIENCE) -> int:
        async with asyncio.timeout(timeout):
            return await self.running.wait()

    async def until(self, holds: Callable[[str], bool], timeout: float = PATIENCE) -> None:
        """Wait until its output meets the condition. Raises AssertionError if it ends before."""
        await until(lambda: holds(self.said) or self.running.returncode is not None, timeout)
        said = self.said  # read after it ended, so it's complete
        assert holds(said), f"it ended with {self.running.returncode}:\n{said}"

    async def says(self, words: str, timeout: float = PATIENCE) -> None:
        """Wait until its output contains the text."""
        await self.until(lambda said: words in said, timeout)

    @property
    def said(self) -> str:
        return self.log.read_text()


@cache
def _starter() -> tuple[subprocess.Popen[str], Path]:
    """One starter per test worker; it ends with the worker."""
    program = [sys.executable, "-m", "tests.wire.starter"]
    started = subprocess.Popen(program, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    atexit.register(started.communicate)  # closes its standard input and waits
    return started, Path(started.stdout.readline().strip())


async def _fork(order: Order) -> Forked:
    reader, writer = await asyncio.open_unix_connection(_starter()[1])
    writer.write(order.as_line())
    pid = int(await reader.readline())

    async def code() -> int:
        try:
            return int(await reader.readline())
        finally:
            writer.close()

    return Forked(pid, asyncio.create_task(code()))


async def start(
    command: str,
    settings: dict[str, str],
    folder: Path,
    *arguments: str,
    root: Path = ROOT,
    through: Sequence[str] = (),
    module: str = "",
    warm: bool = True,
) -> Process:
    """Run `python bot.py COMMAND ARGUMENTS`, with its output in a file.

    With `warm`, it's forked from a process that has imported everything. The other options need a new process: run it
    `through` another program, from another `root`, or run `python -m MODULE` instead of bot.py.
    """
    log = folder / f"{command}.log"
    log.touch()  # so that it can be read before the process opens it
    if warm and root == ROOT and not through and not module:
        return Process(await _fork(Order([command, *arguments], settings, str(folder), str(log))), log)
    program = ["-m", module] if module else [str(root / "bot.py")]
    with log.open("ab") as file:
        running = await asyncio.create_subprocess_exec(
            *through,
            sys.executable,
            *program,
            command,
            *arguments,
            cwd=root if module else folder,
            env=settings,
            stdout=file,
            stderr=file,
        )
    return Process(running, log)


@asynccontextmanager
async def running_bot(
    discord: FakeDiscord, world: FakeThingiverse, folder: Path, *, warm: bool = True, **given: str
) -> AsyncGenerator[Process]:
    """A connected bot, killed at the end if it still runs."""
    process = await start("run", environment(discord, world, folder, **given), folder, warm=warm)
    async with until_connected(discord, process):
        yield process


@asynccontextmanager
async def until_connected(discord: FakeDiscord, process: Process) -> AsyncGenerator[None]:
    """Wait until the bot is connected, and leave no process behind."""
    try:
        await discord.ready(PATIENCE)
        yield
    finally:
        if process.running.returncode is None:
            process.running.kill()
            await process.running.wait()
