"""Look again at designs that had too few likes for a feed when they were new."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import structlog

from actions.catalog import Catalog
from actions.schedule import digest_at
from errors import BotError
from storage.bundles import BundleStore
from storage.feed_rows import options_of
from thingiverse.budget import Urgency
from thingiverse.errors import Forbidden, NotFound, ThingiverseError

log = structlog.get_logger("actions.enough_likes")


class EnoughLikes:
    def __init__(self, catalog: Catalog, bundles: BundleStore, now: Callable[[], datetime]) -> None:
        self._catalog = catalog
        self._bundles = bundles
        self._now = now

    async def judge_due(self) -> int:
        """Judge designs that are due. Returns how many. If Thingiverse fails, the rest waits."""
        judged = 0
        for row in await self._bundles.few_likes(self._now()):
            try:
                likes = await self._likes_of(row.thing)
            except (ThingiverseError, BotError) as error:
                log.info("likes not read", why=type(error).__name__)
                return judged
            options, now = options_of(row.options), self._now()
            later = digest_at(options, now)
            await self._bundles.judge(row.feed, row.thing, now, enough=likes >= options.likes, digest_at=later)
            judged += 1
        return judged

    async def _likes_of(self, thing: int) -> int:
        """One that was taken down has none."""
        try:
            return (await self._catalog.thing(thing, urgency=Urgency.FEEDS)).value.like_count or 0
        except (NotFound, Forbidden):
            return 0
