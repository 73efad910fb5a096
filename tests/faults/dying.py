"""A process that does one action for a person and kills itself between two steps of it.

A step is right before or after a query to the database or a request to Thingiverse. The process reads orders as lines
of JSON and forks for each, so that a real process is killed with SIGKILL. ACTS has the actions.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, Literal

import aiohttp

import log
from actions.accounts import Accounts
from actions.app import App
from actions.browser_check import BrowserCheck
from actions.likes import Likes
from actions.linking import Linking
from actions.saving import Saving
from storage.store import Store, open_store
from storage.vault import Vault
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.collecting import Collecting
from thingiverse.shelf import Shelf
from thingiverse.transport import Transport
from wiring.actions import build_actions

PERSON, THING, COLLECTION = 42, 1038, 16_002


@dataclass(frozen=True)
class Order:
    act: str
    step: int | None  # where to die, from 0; None to survive
    database: str
    key: str
    www_url: str
    api_url: str
    client_id: str
    client_secret: str | None
    app_token: str
    redirect_uri: str
    pasted: str
    maker_id: int
    typed: str = ""
    proof: Literal["code"] | None = None  # with a linking page, nothing can be pasted


@dataclass
class Rooms:
    """The actions in one process."""

    store: Store
    links: Linking
    browser_check: BrowserCheck
    accounts: Accounts
    likes: Likes
    saving: Saving
    order: Order


async def begin(rooms: Rooms) -> None:
    await rooms.links.begin_link(PERSON)


async def finish(rooms: Rooms) -> None:
    await rooms.links.finish_link(PERSON, rooms.order.pasted)


async def confirm(rooms: Rooms) -> None:
    await rooms.links.confirm_link(PERSON, rooms.order.maker_id)


async def arrive(rooms: Rooms) -> None:
    """A reply arrives in a browser, as on the linking page."""
    await rooms.browser_check.arrive(rooms.order.pasted)


async def enter(rooms: Rooms) -> None:
    await rooms.browser_check.enter_code(PERSON, rooms.order.typed)


async def like(rooms: Rooms) -> None:
    await rooms.likes.set_like(PERSON, THING, True)


async def unlike(rooms: Rooms) -> None:
    await rooms.likes.set_like(PERSON, THING, False)


async def save(rooms: Rooms) -> None:
    await rooms.saving.save(PERSON, THING, COLLECTION)


async def save_in_new(rooms: Rooms) -> None:
    await rooms.saving.save_in_new(PERSON, THING, "To print")


async def remove(rooms: Rooms) -> None:
    await rooms.saving.remove(PERSON, THING, COLLECTION)


async def unlink(rooms: Rooms) -> None:
    await rooms.accounts.unlink(PERSON)


ACTS: dict[str, Callable[[Rooms], Awaitable[None]]] = {
    each.__name__: each
    for each in (begin, finish, arrive, enter, confirm, like, unlike, save, save_in_new, remove, unlink)
}


class Steps:
    """Counts the steps, prints each, and kills the process at the chosen one."""

    def __init__(self, last: int | None) -> None:
        self._last = last
        self._taken = 0

    def step(self, name: str) -> None:
        if self._taken == self._last:
            _say(name)
            os.kill(os.getpid(), signal.SIGKILL)
        self._taken += 1

    def watch(self, whole: Any) -> Any:
        """Wrap the object, so that each call of a method has a step before and after it."""
        return _Watched(whole, self)


class _Watched:
    def __init__(self, whole: Any, steps: Steps) -> None:
        self._whole = whole
        self._steps = steps

    def __getattr__(self, name: str) -> Any:
        method, steps = getattr(self._whole, name), self._steps
        if isinstance(method, Collecting):
            return steps.watch(method)
        if not callable(method):
            return method

        def at_once(*given: Any, **named: Any) -> Any:
            steps.step(f"before {name}")
            result = method(*given, **named)
            steps.step(f"after {name}")
            return result

        async def in_time(*given: Any, **named: Any) -> Any:
            steps.step(f"before {name}")
            result = await method(*given, **named)
            steps.step(f"after {name}")
            return result

        return in_time if iscoroutinefunction(method) else at_once


@asynccontextmanager
async def rooms_for(order: Order, steps: Steps | None = None) -> AsyncGenerator[Rooms]:
    """The bot's actions. Without `steps`, nothing is counted or killed."""
    watch = steps.watch if steps is not None else lambda whole: whole
    app = App(
        client_id=order.client_id,
        client_secret=order.client_secret,
        app_token=order.app_token,
        www_url=order.www_url,
        redirect_uri=order.redirect_uri,
        proof=order.proof,
    )
    async with open_store(order.database) as store, aiohttp.ClientSession() as session:
        transport = Transport(session, user_agent="Thingamabot/test", budget=Budget(300), timeout=5.0)
        thingiverse = Thingiverse(transport, api_url=order.api_url, www_url=order.www_url, popular_source="popular")
        shelf, vault = Shelf(), Vault.from_text(order.key)
        made = build_actions(watch(store), vault, watch(thingiverse), shelf, app, likes_per_person=10**6)
        try:
            yield Rooms(store, made.links, made.browser_check, made.accounts, made.likes, made.saving, order)
        finally:
            await shelf.close()


async def _obey(order: Order) -> None:
    steps = Steps(order.step)
    async with rooms_for(order, steps) as rooms:
        await ACTS[order.act](rooms)
        steps.step("before it is written")


def main() -> None:
    log.configure("ERROR", "text", [])  # to standard error, because results are on standard output
    gc.collect()
    gc.freeze()  # otherwise each child copies the memory of all imports
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(_obey(Order(**json.loads(line))))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        _say("killed" if os.WIFSIGNALED(status) else f"ended {os.waitstatus_to_exitcode(status)}")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
