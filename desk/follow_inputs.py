"""What is to be followed: the options of /follow, and the searches of Follow buttons."""

from __future__ import annotations

from typing import NamedTuple

from cards.searches import LICENSES, LONGEST_TERM, Search
from feed_records import FeedSource
from texts import bare


class Asked(NamedTuple):
    """The options of /follow."""

    tag: str
    maker: str
    words: str
    category: str
    collection: str
    popular: bool
    license: str
    makes: bool
    remixes: int | None

    @property
    def searches(self) -> bool:
        return bool(self.words or self.category or self.license or self.makes) or self.remixes is not None

    def search(self) -> FeedSource:
        return FeedSource(
            kind="words",
            value=bare(self.words, LONGEST_TERM),
            license=self.license if self.license in LICENSES else "",
            has_makes=self.makes,
            remixes=None if self.remixes is None else bool(self.remixes),
        )


def sought(search: Search) -> FeedSource | None:
    """The feed of a search; None for one that finds every design. Its order and age don't matter."""
    filters = search.filters
    if not search.narrows:
        return None
    return FeedSource(
        kind="words",
        value=search.term,
        license=filters.license,
        category=filters.category,
        has_makes=filters.has_makes,
        remixes=filters.remixes,
    )
