"""Read from a list's headers how long it is, and whether another page follows."""

from __future__ import annotations

import re
from collections.abc import Mapping

from thingiverse.decoding import number

_PAGED = re.compile(r"""rel="?(?:next|prev|first|last)\b""")
_NEXT = re.compile(r"""rel="?next\b""")


def total_of(headers: Mapping[str, str], said: object) -> int | None:
    total = number(said)
    return number(headers.get("total-count")) if total is None else total


def has_more(headers: Mapping[str, str], total: int | None, page: int, per_page: int, count: int) -> bool:
    """Whether another page follows: from the Link header or the counts, because the server may ignore per_page."""
    link = headers.get("link", "")
    if not count:
        return False
    if _PAGED.search(link):
        return _NEXT.search(link) is not None
    return page * per_page < total if total is not None else count >= per_page
