"""Show one channel at a time in the browser, because simcord allows one preview."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Pictures = Mapping[str, tuple[str, bytes]]


@dataclass(frozen=True)
class View:
    """A channel, and the people who can look at it."""

    channel: Any
    viewers: list[Any]


class Screen:
    """Shows one of its views at a time, each at its own URL."""

    def __init__(self, env: Any, views: Mapping[str, View], pictures: Pictures, port: int | None) -> None:
        self._env = env
        self._views = views
        self._pictures = pictures
        self._port = port
        self._turn = asyncio.Lock()
        self._watching: asyncio.Task[None] | None = None
        self.ended = asyncio.Event()
        self.preview: Any = None

    @property
    def url(self) -> str:
        return self.preview.url

    async def show(self, name: str) -> str:
        """Show that view and return its URL. Raises KeyError for an unknown name, OSError for a port in use."""
        view = self._views[name]
        async with self._turn:
            await self._close()
            preview = self._env.preview(
                view.channel,
                viewers=view.viewers,
                layout="channel",
                presentation_time=datetime.now(UTC),
                assets=dict(self._pictures),
                port=self._port,
            )
            await preview.__aenter__()
            self.preview = preview
            self._watching = asyncio.create_task(self._watch(preview))
            return preview.url

    async def close(self) -> None:
        async with self._turn:
            await self._close()

    async def _close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
        if self.preview is not None:
            await self.preview.close()

    async def _watch(self, preview: Any) -> None:
        """Keep the page's clock running until someone ends the session in the page."""
        closed = asyncio.ensure_future(preview.wait_closed())
        try:
            while not closed.done():
                preview.capture_time = datetime.now(UTC)
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(closed), timeout=1.0)
            self.ended.set()
        finally:
            closed.cancel()


@asynccontextmanager
async def open_screen(
    env: Any, views: Mapping[str, View], pictures: Pictures, port: int | None
) -> AsyncGenerator[Screen]:
    """A screen that shows the first of its views."""
    async with AsyncExitStack() as stack:
        screen = Screen(env, views, pictures, port)
        stack.push_async_callback(screen.close)
        await screen.show(next(iter(views)))
        yield screen
