"""Reads and posts for feeds until it's killed: `python -m tests.feeds.victim`.

It imports everything once. For each line of JSON, it forks a child, kills it as ordered, and prints how it ended.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from typing import Any

import discord
from discord.http import Route
from sqlalchemy import event

import log
from desk.channels import Channels
from desk.feed_channels import FeedChannels
from operations import feed_sender
from operations.feeds import Pace
from operations.leases import holding
from settings import Settings
from storage.store import Store
from texts import Texts
from wiring.actions import open_actions
from wiring.feeds import build_feeds

QUICK = Pace(poll=0.05, send=0.02, bundle=0.5, look_again=1.0, publish=1.0, clean=60.0)


@dataclass
class Order:
    """Kill it after so many seconds, or at the n-th time of a step; with neither, it ends once nothing is left.

    The seconds count from when it has begun its work, or with `early`, from its birth.
    """

    settings: dict[str, Any]
    seconds: float | None = None
    early: bool = False
    step: str = ""
    number: int = 1
    forgetful: bool = False  # whether it must look first, as when Discord has forgotten the nonces

    def as_line(self) -> str:
        return json.dumps(asdict(self)) + "\n"


class Steps:
    """Counts the steps, and ends this process at the one that's ordered."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._left = order.number

    def reached(self, step: str) -> None:
        if step == self._order.step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, store: Store) -> None:
        engine = store._engines.transactions.sync_engine
        event.listen(engine, "commit", lambda _: self.reached("commit"))
        event.listen(engine, "before_cursor_execute", lambda c, cursor, said, *rest: self.reached(_name_of(said)))
        send = FeedChannels.send

        async def watched(channels: FeedChannels, *given: Any, **options: Any) -> int:
            self.reached("send")
            sent = await send(channels, *given, **options)
            self.reached("sent")
            return sent

        FeedChannels.send = watched


def _name_of(statement: str) -> str:
    """Such as INSERT feed_seen, or UPDATE feed_outbox state,epoch."""
    words = statement.split()
    if words[0] == "UPDATE":
        columns = re.findall(r"(\w+)=", statement)
        return f"UPDATE {words[1]} {','.join(columns[:2])}"
    return f"{words[0]} {words[2]}" if words[0] == "INSERT" else words[0]


async def run(order: Order, begun: int) -> None:
    settings = Settings.model_validate(order.settings)
    log.configure("ERROR", "text", [])
    Route.BASE = settings.discord_api_base
    if order.forgetful:
        feed_sender.RESEND *= 0
    async with AsyncExitStack() as stack:
        actions = await stack.enter_async_context(open_actions(settings))
        Steps(order).watch(actions.store)
        client = await stack.enter_async_context(discord.Client(intents=discord.Intents.none()))
        await client.login(settings.discord_token.get_secret_value())
        jobs = build_feeds(client, settings, actions, Texts(), Channels(), online=lambda: True, pace=QUICK)
        holder = await stack.enter_async_context(holding(actions.store.leases, alone=True))
        await stack.enter_async_context(jobs.running(holder))
        os.close(begun)
        while order.seconds is not None or order.step or not await _is_done(actions.store):
            await asyncio.sleep(0.1)


async def _is_done(store: Store) -> bool:
    """Whether the stream was read lately, and nothing waits."""
    counts = await store.posted.counts()
    return counts.outbox.keys() <= {"sent", "uncertain"} and counts.outbox.get("sent", 0) >= EXPECTED


EXPECTED = int(os.environ.get("EXPECTED", "0"))


def carry_out(order: Order) -> str:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reading)
        try:
            asyncio.run(run(order, writing))
        except BaseException as error:
            sys.stderr.write(f"{error!r}\n")
            os._exit(1)
        os._exit(0)
    os.close(writing)
    if order.seconds is not None:
        if not order.early:
            os.read(reading, 1)  # ends when the child has closed its end, or is gone
        time.sleep(order.seconds)
        os.kill(pid, signal.SIGKILL)
    os.close(reading)
    _, status = os.waitpid(pid, 0)
    return f"{os.waitstatus_to_exitcode(status)}\n"


if __name__ == "__main__":
    for line in sys.stdin:
        sys.stdout.write(carry_out(Order(**json.loads(line))))
        sys.stdout.flush()
