"""A reverse proxy that can remove a path prefix and adds the client's IP address."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import web


@asynccontextmanager
async def open_proxy(port: int, target: str, *, prefix: str, strips: bool) -> AsyncGenerator[None]:
    """It serves only paths below `prefix`, and adds the client's address to X-Forwarded-For like nginx."""
    session = aiohttp.ClientSession(auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar())

    async def pass_on(request: web.Request) -> web.Response:
        path = request.raw_path.removeprefix(prefix) if strips else request.raw_path
        headers = {name: value for name, value in request.headers.items() if name not in {"Host", "Content-Length"}}
        sent = headers.get("X-Forwarded-For")
        headers["X-Forwarded-For"] = f"{sent}, {request.remote}" if sent else str(request.remote)
        async with session.request(
            request.method, target + path, headers=headers, data=await request.read(), allow_redirects=False
        ) as answer:
            kept = [(k, v) for k, v in answer.headers.items() if k not in {"Content-Length", "Transfer-Encoding"}]
            passed = web.Response(status=answer.status, body=await answer.read())
            passed.headers.clear()
            for name, value in kept:
                passed.headers.add(name, value)
            return passed

    site = web.Application()
    site.router.add_route("*", prefix + "/{rest:.*}", pass_on)
    runner = web.AppRunner(site)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield
    finally:
        await runner.cleanup()
        await session.close()
