"""Decide if replies from Thingiverse must have a state, which says whose they are.

A reply without a state could be anyone's, and an attacker can leave it out. So once it's known that Thingiverse sends
it, replies without one are rejected. One person alone can't cause that, because anyone can add a state to a link.
"""

from __future__ import annotations

import structlog

from actions.app import App
from storage.look import Look
from storage.store import Store

log = structlog.get_logger("actions.states")

WITNESSES = 3  # people, each with their own Thingiverse account
KNOWN = "state_is_returned"  # in meta
REFUSED = "answers_without_state"  # in meta: how many were refused
MANY = 5  # rejected replies, after which the setting may be wrong
_TOLD_AT = {MANY * 2**times for times in range(32)}  # less and less often, because anyone can send such replies


class States:
    def __init__(self, store: Store, app: App) -> None:
        self._store = store
        self._app = app

    async def needed(self) -> bool:
        """Whether replies without a state are rejected."""
        if self._app.state == "auto":
            return await self._store.meta(KNOWN) is not None
        return self._app.state == "always"

    async def confirmed(self, person: int) -> None:
        """Record a confirmed link whose reply had a state. After enough of them, a state is required forever."""
        await self._store.mark_with_state(person)
        if await self._store.meta(KNOWN) is None and await self._store.accounts_with_state() >= WITNESSES:
            await self._store.set_meta(KNOWN, "yes")
            log.info("thingiverse returns states", witnesses=WITNESSES)

    async def refused(self) -> None:
        """Count a rejected reply without a state, and log a warning if there are many."""
        count = await refused_without_state(self._store) + 1
        await self._store.set_meta(REFUSED, str(count))
        if count in _TOLD_AT:
            log.warning("many answers without a state", count=count, fix="run check, and see THINGIVERSE_STATE")


async def refused_without_state(store: Store | Look) -> int:
    """How many replies were rejected because they had no state."""
    return int(await store.meta(REFUSED) or 0)
