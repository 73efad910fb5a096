"""Export and delete everything kept about a person."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
import structlog

from actions.retention import RULES
from errors import with_plain_commands
from storage.store import Store

log = structlog.get_logger("actions.rights")


class Rights:
    """Works without Discord and Thingiverse, so also in an outage, after a ban, and without a server."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def entries(self, person: int) -> dict[str, int]:
        """How many entries are kept about the person, by table."""
        return {table: len(rows) for table, rows in (await self._store.personal.of(person)).items()}

    async def export(self, person: int) -> bytes:
        """Everything kept about the person, as readable JSON without secrets."""
        entries = await self._store.personal.of(person)
        log.info("exported", person=person)
        said = {
            rule.table: {"what": rule.what, "why": with_plain_commands(rule.why), "how_long": rule.until}
            for rule in RULES
        }
        kept = {table: {**said.get(table, {}), "entries": rows} for table, rows in entries.items()}
        whole = {"discord_user": str(person), "exported_at": datetime.now(UTC), "kept": kept}
        return msgspec.json.format(msgspec.json.encode(whole), indent=2)

    async def erase(self, person: int) -> dict[str, int]:
        """Delete everything kept about the person. Returns how many entries, by table."""
        erased = await self._store.personal.erase(person)
        log.info("erased", person=person, entries=sum(erased.values()))
        return erased
