"""Run a command on a terminal of its own, and type into it."""

from __future__ import annotations

import asyncio
import fcntl
import os
import re
import sys
import termios
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.waiting import PATIENCE, until
from tests.wire.process import ROOT

_COLORS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@dataclass
class Terminal:
    process: asyncio.subprocess.Process
    keyboard: int
    _shown: bytearray = field(default_factory=bytearray)
    _seen: int = 0

    @property
    def shown(self) -> str:
        return _COLORS.sub("", self._shown.decode(errors="replace")).replace("\r", "")

    async def asks(self, words: str) -> None:
        """Wait until it shows the words, after what was waited for before."""
        try:
            await until(lambda: words in self.shown[self._seen :])
        except TimeoutError:
            raise AssertionError(f"{words!r} isn't shown in:\n{self.shown}") from None
        self._seen = self.shown.index(words, self._seen) + len(words)

    async def answer(self, words: str, typed: str) -> None:
        await self.asks(words)
        os.write(self.keyboard, f"{typed}\n".encode())

    async def ended(self) -> int:
        async with asyncio.timeout(PATIENCE):
            return await self.process.wait()

    def read(self) -> None:
        try:
            self._shown += os.read(self.keyboard, 65_536)
        except OSError:  # the other end is closed
            asyncio.get_running_loop().remove_reader(self.keyboard)


@asynccontextmanager
async def on_a_terminal(settings: dict[str, str], folder: Path, *arguments: str) -> AsyncGenerator[Terminal]:
    ours, theirs = os.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(ROOT / "bot.py"),
        *arguments,
        cwd=folder,
        env={**settings, "TERM": "xterm", "COLUMNS": "200"},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    terminal = Terminal(process, ours)
    loop = asyncio.get_running_loop()
    loop.add_reader(ours, terminal.read)
    try:
        yield terminal
    finally:
        loop.remove_reader(ours)
        os.close(ours)
        if process.returncode is None:
            process.kill()
            await process.wait()
