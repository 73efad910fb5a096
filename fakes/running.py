"""Run a fake as a program."""

from __future__ import annotations

import asyncio
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

Fake = TypeVar("Fake")


def run_until_stopped(
    fake: Callable[..., AbstractAsyncContextManager[Fake]], settings: Callable[[Fake], dict[str, str]]
) -> None:
    """Print the settings that point the bot at the fake, then run until Ctrl-C. `--port 0` is any free port."""
    parser = ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    port = parser.parse_args().port
    try:
        asyncio.run(_run(fake(port=port), settings))
    except KeyboardInterrupt:
        pass


async def _run(opening: AbstractAsyncContextManager[Any], settings: Callable[[Any], dict[str, str]]) -> None:
    async with opening as fake:
        for name, value in settings(fake).items():
            sys.stdout.write(f"{name}={value}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
