"""The pages of Thingiverse's lists that feeds are read from."""

from __future__ import annotations

from typing import Any

from actions.catalog import NEWEST as NEWEST_FIRST
from actions.catalog import Catalog
from actions.feeds import asked
from feed_records import NEWEST
from storage.seen import Query
from thingiverse.budget import Urgency
from thingiverse.errors import Unreachable
from thingiverse.models import Listing

FRESH = 0.75  # of an interval: a page that someone just read is used


async def read_page(catalog: Catalog, query: Query, page: int, every: int) -> Listing:
    """One page; it may be one that people just read. The stream is read every so many seconds.

    Raises ThingiverseError or BotError.
    """
    fresh = every * FRESH if query.query == NEWEST else query.interval * FRESH
    if page > 1:
        fresh = 1.0  # pages of one poll must fit together
    given: dict[str, Any] = {"fresh": fresh, "urgency": Urgency.FEEDS}
    if query.source.kind == "collection":
        shelved = await catalog.collected(int(query.source.value), page, **given)
    elif query.query == NEWEST:
        shelved = await catalog.search("", NEWEST_FIRST, page, **given)
    else:
        shelved = await catalog.search(*asked(query.source), page, **given)
    if shelved.stale:
        raise Unreachable("only an old copy")
    if page == 1 and shelved.value.unsaid and not _may_be_empty(query):
        raise Unreachable("no list")
    return shelved.value


def _may_be_empty(query: Query) -> bool:
    """Whether no list may mean that there's nothing. Elsewhere, everything would count as new the next time."""
    return query.query != NEWEST and query.source.kind in {"words", "category"}
