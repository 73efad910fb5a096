"""Taking addresses apart without leaving them lying about."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit


def split(address: str) -> SplitResult:
    """As urlsplit, which remembers the last hundreds it was given, with the keys in them: it gets only the rest.

    Raises ValueError.
    """
    rest, _, fragment = address.partition("#")
    rest, _, query = rest.partition("?")
    return urlsplit(rest)._replace(query=query, fragment=fragment)
