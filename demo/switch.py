"""The links between the channel and the DM. A link closes one view, opens the other, and leads the browser there."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from aiohttp import web

from demo.screen import Screen

PRINTS, DM = "prints", "dm"


class Switch:
    """Serves `/prints` and `/dm` on 127.0.0.1; `/` redirects to the current view."""

    def __init__(self) -> None:
        self._screen: Screen | None = None
        self.url = ""

    def connect(self, screen: Screen) -> None:
        self._screen = screen

    def link(self, view: str) -> str:
        return f"{self.url}/{view}"

    async def show(self, request: web.Request) -> web.StreamResponse:
        if self._screen is None:
            raise web.HTTPServiceUnavailable(text="The demo is still starting. Reload in a moment.")
        view = request.match_info.get("view")
        url = self._screen.url if view is None else await self._screen.show(view)
        return web.Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})


@asynccontextmanager
async def open_switch(port: int) -> AsyncGenerator[Switch]:
    """A switch on that port (0 for any free one). Raises OSError if the port is in use."""
    switch = Switch()
    served = web.Application()
    served.router.add_get("/", switch.show)
    served.router.add_get(f"/{{view:{PRINTS}|{DM}}}", switch.show)
    runner = web.AppRunner(served)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", port)
        await site.start()
        switch.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        yield switch
    finally:
        await runner.cleanup()
