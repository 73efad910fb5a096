"""Parse URLs without leaving pasted keys in the cache of urlsplit."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import SplitResult, urlsplit

import yarl


def split(address: str) -> SplitResult:
    """Like urlsplit, which caches what it parses: here it never gets the query or fragment, which may hold keys.

    Raises ValueError.
    """
    rest, _, fragment = address.partition("#")
    rest, _, query = rest.partition("?")
    return urlsplit(rest)._replace(query=query, fragment=fragment)


def origin_of(url: str) -> str:
    return _origin("/".join(url.split("/", 3)[:3]))


@lru_cache(maxsize=16)  # two hosts in all; taking a URL apart costs as much as sending it
def _origin(host: str) -> str:
    return str(yarl.URL(host).origin())
