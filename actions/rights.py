"""What people may ask for: all that is kept about them, and that all of it goes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import msgspec
import structlog

from actions.retention import RULES
from storage.store import Store

log = structlog.get_logger("actions.rights")


class Rights:
    """Asks nothing of Discord or Thingiverse, so it works in an outage, for who was banned, and without any server."""

    def __init__(self, store: Store, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._now = now

    async def count(self, person: int) -> int:
        """How many entries are kept about the person."""
        return sum(len(rows) for rows in (await self._store.personal_of(person)).values())

    async def export(self, person: int) -> bytes:
        """All that is kept about the person, as JSON for people to read; no secret is in it."""
        entries = await self._store.personal_of(person)
        log.info("exported", person=person)
        said = {rule.table: {"what": rule.what, "why": rule.why, "how_long": rule.until} for rule in RULES}
        kept = {table: {**said.get(table, {}), "entries": rows} for table, rows in entries.items()}
        whole = {"discord_user": str(person), "exported_at": self._now(), "kept": kept}
        return msgspec.json.format(msgspec.json.encode(whole), indent=2)

    async def erase(self, person: int) -> dict[str, int]:
        """Delete all that is kept about the person, at once; how many entries there were, by table."""
        erased = await self._store.erase(person)
        log.info("erased", person=person, entries=sum(erased.values()))
        return erased
