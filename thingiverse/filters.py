"""What a search can be filtered by."""

from __future__ import annotations

from typing import Literal

import msgspec

Sort = Literal["relevant", "popular", "newest", "makes"]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """Filters of a search (Thingiverse's description of /search); 0, "", and None filter nothing."""

    sort: Sort = "relevant"
    license: str = ""  # cc, ccsa, ccnd, ccnc, ccncsa, ccncnd, pd0, gpl, lgpl, bsd
    category: int = 0
    days: int = 0  # published in the last so many days
    has_makes: bool = False
    remixes: bool | None = None  # True: only remixes; False: no remixes
    featured: bool = False
    no_ai: bool = False  # left out of what comes: /search has no such parameter

    def params(self) -> dict[str, str]:
        """Query parameters of /search. Dates are in Elasticsearch's format."""
        given = {
            "license": self.license,
            "category_id": str(self.category or ""),
            "posted_after": f"now-{self.days}d" if self.days else "",
            "has_makes": "1" if self.has_makes else "",
            "is_derivative": "" if self.remixes is None else str(int(self.remixes)),
            "is_featured": "1" if self.featured else "",
        }
        return {"sort": self.sort, **{name: value for name, value in given.items() if value}}
