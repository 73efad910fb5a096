"""Two processes, as far as Redis can tell: two connections that know nothing of each other."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from shared import link as links
from shared.link import Link
from tests.waiting import until

SECRET = "discord.canary.token"


class Clock:
    """Real time, and what tests add to it."""

    def __init__(self) -> None:
        self.ahead = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.ahead


@asynccontextmanager
async def linked(
    url: str, *, clock: Callable[[], float] = time.monotonic, secret: str = SECRET
) -> AsyncGenerator[Link]:
    """A connection that isn't looked after by itself: tests call `look`."""
    link = Link(url, secret, clock)
    try:
        yield link
    finally:
        await link.close()


@asynccontextmanager
async def two_linked(url: str) -> AsyncGenerator[tuple[Link, Link, Clock]]:
    """Both have settled."""
    clock = Clock()
    async with AsyncExitStack() as stack:
        one, two = [await stack.enter_async_context(linked(url, clock=clock)) for _ in range(2)]
        for each in (one, two):
            await each.look()
        clock.ahead += links.SETTLED
        yield one, two, clock


async def up(link: Link) -> None:
    async def looks() -> bool:
        await link.look()
        return link.up

    while not await looks():
        await until(lambda: True)
