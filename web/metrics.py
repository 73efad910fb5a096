"""A small server for the operator's own tools: /metrics, /live, and /ready. It's apart from the linking page."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from web.serving import serving

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"  # Prometheus's text format


@asynccontextmanager
async def serving_metrics(
    scraped: Callable[[], Awaitable[bytes]], ready: Callable[[], Awaitable[bool]], host: str, port: int
) -> AsyncGenerator[None]:
    """Listen at host and port while inside. Raises OSError if that isn't possible."""

    async def metrics(_: web.Request) -> web.Response:
        return web.Response(body=await scraped(), headers={"Content-Type": CONTENT_TYPE})

    async def live(_: web.Request) -> web.Response:
        return web.Response(text="live\n")

    async def is_ready(_: web.Request) -> web.Response:
        return web.Response(text="ready\n") if await ready() else web.Response(status=503, text="not ready\n")

    site = web.Application()
    site.add_routes([web.get("/metrics", metrics), web.get("/live", live), web.get("/ready", is_ready)])
    runner = web.AppRunner(site, access_log=None, handle_signals=False, shutdown_timeout=0.5)
    async with serving(runner, "metrics", host, port):
        yield
