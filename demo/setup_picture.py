"""The picture of `python bot.py init` in the docs: the real questions, against the two fakes.

python -m demo.setup_picture docs/images/init.svg
"""

from __future__ import annotations

import asyncio
import io
import re
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from rich.console import Console
from rich.terminal_theme import MONOKAI

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from operations.probes import Probes
from operations.setup import Setup, Terminal
from wiring.actions import open_thingiverse

FOLDER = "/srv/thingamabot"
WIDTH = 112
CLIENT_ID = "3fa1c2e8b7d94a6f5e10"
HIDDEN = "(hidden)"


@dataclass
class Typed(Terminal):
    """Answers with what's planned, and shows it as a terminal would."""

    console: Console
    answers: dict[str, list[str]] = field(repr=False)

    def ask(self, prompt: str, *, secret: bool, default: str | None) -> str:
        answer = self.answers[prompt].pop(0)
        shown = f" [dim]{HIDDEN}[/]" if secret and answer else f" {answer}"
        self.console.print(f"{prompt}{f' [{default}]' if default and not secret else ''}:", end="", markup=False)
        self.console.print(shown.rstrip())
        return answer or default or ""

    def confirm(self, prompt: str) -> bool:
        self.console.print(f"{prompt} [y/N]: n", markup=False)
        return False


async def draw() -> str:
    """The picture as SVG. It's the same each time."""
    async with FakeDiscord() as discord, FakeThingiverse() as world:
        world.app.client_id = CLIENT_ID
        world.tokens[world.app.app_token].client_id = CLIENT_ID
        services = {
            "DISCORD_API_BASE": discord.api_base,
            "THINGIVERSE_API_URL": world.api_url,
            "THINGIVERSE_URL": world.www_url,
        }
        answers = {
            "DISCORD_TOKEN": [str(discord.state.application_id), f"Bot {discord.token}"],
            "THINGIVERSE_CLIENT_ID": [CLIENT_ID],
            "THINGIVERSE_APP_TOKEN": [world.app.app_token],
            "THINGIVERSE_CLIENT_SECRET": [world.app.client_secret],
            "THINGIVERSE_REDIRECT_URI": [""],
            "DATABASE_URL": [""],
        }
        with ThreadPoolExecutor(1) as elsewhere:
            return await asyncio.get_running_loop().run_in_executor(elsewhere, _play, services, answers)


def _play(services: dict[str, str], answers: dict[str, list[str]]) -> str:
    console = Console(record=True, file=io.StringIO(), width=WIDTH, highlight=False, force_terminal=True)
    probes: Any = Probes(open_thingiverse)
    with tempfile.TemporaryDirectory() as folder, patch("config.given", lambda: dict(services)):
        console.print(f"[bold green]{FOLDER} $[/] .venv/bin/python bot.py init")
        Setup(Path(folder) / ".env", None, probes, console, Typed(console, answers)).ask()
        console.print(f"\nThis link adds the bot to a server:\n  {probes.invite}", markup=False)
        console.file.close()
    drawn = console.export_svg(title="python bot.py init", theme=MONOKAI, unique_id="init")
    drawn = drawn.replace(folder, FOLDER)
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)  # nothing is loaded from elsewhere


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(asyncio.run(draw()), encoding="utf-8")
