"""What has to be done now and then: to delete what is kept about people no longer than was said."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta

import structlog

from actions.retention import RULES, Rule
from actions.servers import Servers
from storage.store import Store

log = structlog.get_logger("operations.housekeeping")

EVERY_MINUTE = 60.0  # seconds
ROUND = 10  # minutes from one look at all the rules to the next
FIRST_LOOK = 5 * 60.0
EVERY_DAY = 24 * 60 * 60.0
DESIGNS_KEPT = timedelta(days=180)


async def keep_house(store: Store, every: float = EVERY_MINUTE, rules: Sequence[Rule] = RULES) -> None:
    """Carry out the urgent rules each time, the others now and then, for ever. What fails is logged and tried again."""
    for minute in itertools.count():
        await carry_out(store, rules if minute % ROUND == 0 else [rule for rule in rules if rule.urgent])
        await asyncio.sleep(every)


async def keep_servers(
    present: Callable[[], Awaitable[set[int]]],
    servers: Servers,
    store: Store,
    *,
    first: float = FIRST_LOOK,
    every: float = EVERY_DAY,
) -> None:
    """Once a day: which servers is the bot still in? Discord is asked, for no event tells without a cache of servers.

    What is kept of a server goes thirty days after it was found missing, designs half a year after they were shown. If
    Discord does not say, nobody is taken for missing.
    """
    await asyncio.sleep(first)
    while True:
        try:
            await servers.note_present(await present())
            gone = await servers.forget_left()
            old = await store.index.forget(datetime.now(UTC) - DESIGNS_KEPT)
            log.info("servers looked through", forgotten=gone, designs_forgotten=old)
        except Exception:
            log.exception("servers not looked through")
        await asyncio.sleep(every)


async def carry_out(
    store: Store, rules: Sequence[Rule] = RULES, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> None:
    """Each rule once; one that fails keeps no other from being carried out. What was deleted is overwritten."""
    for rule in rules:
        try:
            count = await rule.carry_out(store, now())
        except Exception:
            log.exception("housekeeping failed", table=rule.table)
        else:
            if count:
                log.info("no longer kept", table=rule.table, count=count)
    try:
        await store.personal.overwrite()
    except Exception:
        log.exception("housekeeping failed")
