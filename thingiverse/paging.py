"""Read from a list's headers how long it is, and whether another page follows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from thingiverse.decoding import number

_PAGED = re.compile(r"""rel=["']?(?:[a-z]+ )*(?:next|prev|first|last)\b""", re.IGNORECASE)
_NEXT = re.compile(r"""rel=["']?(?:[a-z]+ )*next\b""", re.IGNORECASE)


def total_of(headers: Mapping[str, str], said: object, count: int) -> int | None:
    """How many there are; None if it isn't said, or if it's fewer than the `count` of them on this page."""
    total = number(said)
    total = number(headers.get("total-count")) if total is None else total
    return None if total is not None and total < count else total


def has_more(headers: Mapping[str, str], total: int | None, page: int, per_page: int, count: int) -> bool:
    """Whether another page follows: from the Link header or the counts, because the server may ignore per_page."""
    link = headers.get("link", "")
    if not count:
        return False
    if _PAGED.search(link):
        return _NEXT.search(link) is not None
    return page * per_page < total if total is not None else count >= per_page
