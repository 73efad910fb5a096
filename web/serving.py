"""Listen for HTTP while inside a block."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import structlog
from aiohttp import web

log = structlog.get_logger("web.serving")


@asynccontextmanager
async def serving(runner: web.BaseRunner, what: str, host: str, port: int) -> AsyncGenerator[None]:
    """Listen at host and port; `what` is its name in the log. Raises OSError if that isn't possible."""
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        log.info(f"{what} listening", host=host, port=port)
        yield
    finally:
        await runner.cleanup()
