"""What has to be done now and then: to delete what is kept about people no longer than was said."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from actions.retention import RULES, Rule
from storage.store import Store

log = structlog.get_logger("operations.housekeeping")

EVERY = 10 * 60.0  # seconds


async def keep_house(store: Store, every: float = EVERY, rules: Sequence[Rule] = RULES) -> None:
    """Carry out the rules, for ever. A failure is logged, and tried again the next time."""
    while True:
        await carry_out(store, rules)
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
