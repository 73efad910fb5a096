"""Delete what is kept about people after the time that /privacy names."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from actions.retention import RULES, Rule
from actions.servers import Servers
from operations.background import background
from operations.client import Thingamabot
from operations.leases import HOUSE, always, holding
from storage.store import Store

log = structlog.get_logger("operations.housekeeping")

EVERY_MINUTE = 60.0  # seconds
ROUND = 10  # minutes between two runs of all rules
FIRST_ROUND = 0.0  # seconds after the start
FIRST_LOOK = 5 * 60.0
EVERY_DAY = 24 * 60 * 60.0
DESIGNS_KEPT = timedelta(days=180)


async def keep_house(
    store: Store, every: float = EVERY_MINUTE, rules: Sequence[Rule] = RULES, *, may: Callable[[], bool] = always
) -> None:
    """Run urgent rules every minute and the others every ten, forever. Failures are logged and tried again.

    `may` is whether this process does it, and not another one.
    """
    await asyncio.sleep(FIRST_ROUND)
    for minute in itertools.count():
        if may():
            await carry_out(store, rules if minute % ROUND == 0 else [rule for rule in rules if rule.urgent])
        await asyncio.sleep(every)


async def keep_servers(
    present: Callable[[], Awaitable[set[int]]],
    servers: Servers,
    store: Store,
    *,
    first: float = FIRST_LOOK,
    every: float = EVERY_DAY,
    may: Callable[[], bool] = always,
) -> None:
    """Once a day, ask Discord which servers the bot is still in. Without a cache of servers, no event says so.

    Data of a server is deleted thirty days after the bot was removed, and designs half a year after they were shown. If
    Discord doesn't respond, no server counts as removed.
    """
    await asyncio.sleep(first)
    while True:
        if not may():
            await asyncio.sleep(EVERY_MINUTE)
            continue
        try:
            await servers.note_present(await present())
            gone = await servers.forget_left()
            old = await store.designs.forget(datetime.now(UTC) - DESIGNS_KEPT)
            log.info("servers checked", forgotten=gone, designs_forgotten=old)
        except Exception:
            log.exception("server check failed")
        await asyncio.sleep(every)


async def carry_out(
    store: Store, rules: Sequence[Rule] = RULES, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> None:
    """Run each rule once, even if another fails, and overwrite what was deleted."""
    for rule in rules:
        try:
            count = await rule.carry_out(store, now())
        except Exception:
            log.exception("housekeeping failed", table=rule.table)
        else:
            if count:
                log.info("expired data deleted", table=rule.table, count=count)
    try:
        await store.personal.overwrite()
    except Exception:
        log.exception("housekeeping failed")


@asynccontextmanager
async def keeping_house(bot: Thingamabot, store: Store, servers: Servers, *, many: bool) -> AsyncGenerator[None]:
    """Delete what's kept no longer, while inside. Of several processes, one does, and makes the backups."""
    async with AsyncExitStack() as stack:
        if many:
            leading = holding(store.leases, HOUSE, alone=False, wanted=bot.has_shards)
            holder = await stack.enter_async_context(leading)
            bot.keeps_house = lambda: holder.epoch is not None
        may = bot.keeps_house
        async with background(keep_house(store, may=may), keep_servers(bot.servers_present, servers, store, may=may)):
            yield
