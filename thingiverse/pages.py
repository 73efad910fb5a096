"""Thingiverse's pages that aren't designs, and why a text doesn't name a design."""

from __future__ import annotations

import re
from typing import Literal

Reason = Literal[
    "empty",
    "too_long",
    "too_big",
    "several",
    "make",
    "download",
    "maker",
    "collection",
    "old_collection",
    "other_page",
    "foreign",
    "not_recognized",
]

# the first parts of paths that can't be a maker's name
PAGES = {
    *("about", "ajax", "app", "apps", "assets", "categories", "challenges", "collection", "collections", "customizer"),
    *("dashboard", "derivatives", "developers", "download", "education", "embed", "explore", "featured", "groups"),
    *("image", "legal", "login", "make", "makes", "messages", "newest", "notifications", "popular", "robots.txt"),
    *("me", "rss"),  # for the API, "me" is whoever owns the token
    *("search", "settings", "sitemap.xml", "tag", "thing", "things", "users"),
}
_DOWNLOADS = "cdn.thingiverse.com"


class NotAThing(ValueError):
    """The text doesn't name a design; `reason` says what it is instead."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def reason_of_path(path: str, *, otherwise: Reason) -> Reason:
    """What the path of a page is, without its leading slash. For text that isn't a link, `otherwise` if unclear."""
    first, _, rest = path.partition("/")
    first = re.split(r"[?#]", first, maxsplit=1)[0]
    kind, _, number = first.partition(":")
    kind = kind.lower()
    if kind in {"make", "makes"} and (number or rest[:1].isdecimal()):
        return "make"
    if kind == "download" or first == "thing:download":
        return "download"
    if otherwise == "not_recognized":
        return otherwise
    if rest.startswith("collections") or kind in {"collection", "collections"}:
        return "collection"
    return "maker" if kind and kind not in PAGES and ":" not in first else otherwise


def reason_of_host(host: str) -> Reason:
    """What a link to another host is."""
    if host == _DOWNLOADS:
        return "download"
    return "other_page" if host.endswith(".thingiverse.com") else "foreign"
