"""The bot as a process of its own, as an operator runs it."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from demo.thingiverse import FakeThingiverse
from storage.vault import new_key
from tests.wire.discord import FakeDiscord

ROOT = Path(__file__).parent.parent.parent


def environment(discord: FakeDiscord, world: FakeThingiverse, folder: Path, **given: str) -> dict[str, str]:
    """All settings of a bot that lives between the two fakes, and nothing of this process's own."""
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
        "THINGIVERSE_TIMEOUT": "3",
        "TOKEN_KEYS_FILE": str(key),
        "DATABASE_URL": f"sqlite:///{folder / 'bot.db'}",
        **given,
    }


@dataclass
class Process:
    running: asyncio.subprocess.Process
    log: Path

    def stop(self, how: int = signal.SIGTERM) -> None:
        self.running.send_signal(how)

    async def ended(self, timeout: float = 12.0) -> int:
        async with asyncio.timeout(timeout):
            return await self.running.wait()

    @property
    def said(self) -> str:
        return self.log.read_text()


async def start(
    command: str,
    settings: dict[str, str],
    folder: Path,
    *arguments: str,
    root: Path = ROOT,
    through: Sequence[str] = (),
) -> Process:
    """`python bot.py COMMAND ARGUMENTS`, with everything it prints in a file; `through` another program, if given."""
    log = folder / f"{command}.log"
    with log.open("ab") as file:
        running = await asyncio.create_subprocess_exec(
            *through,
            sys.executable,
            str(root / "bot.py"),
            command,
            *arguments,
            cwd=folder,
            env=settings,
            stdout=file,
            stderr=file,
        )
    return Process(running, log)


@asynccontextmanager
async def running_bot(
    discord: FakeDiscord, world: FakeThingiverse, folder: Path, **given: str
) -> AsyncGenerator[Process]:
    """A bot that is connected; killed at the end if it still runs."""
    process = await start("run", environment(discord, world, folder, **given), folder)
    try:
        await discord.ready(20)
        yield process
    finally:
        if process.running.returncode is None:
            process.running.kill()
            await process.running.wait()
