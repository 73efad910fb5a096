"""What people give for a design: a number or any of its addresses. The forms are Thingiverse's own, 2013 to 2026."""

from __future__ import annotations

import re
from typing import Literal
from urllib.parse import quote, unquote

from thingiverse.addresses import split

LONGEST = 500
MOST_DIGITS = 12

Reason = Literal[
    "empty",
    "too_long",
    "too_big",
    "make",
    "download",
    "maker",
    "collection",
    "other_page",
    "foreign",
    "not_recognised",
]

_HOSTS = {"thingiverse.com", "www.thingiverse.com"}
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff\u00ad]")
_IN_TEXT = re.compile(r"(?<![\w/@.-])(?:https?://|(?:www\.)?thingiverse\.com/)[^\s<>|`]+", re.IGNORECASE)
_API_HOSTS = {"api.thingiverse.com"}
_THING = re.compile(r"(?:thing|embed):(\d+)", re.ASCII | re.IGNORECASE)
_API_THING = re.compile(r"/things/(\d+)(?:/.*)?", re.ASCII)
_PAGES = {
    "app",
    "tag",
    "groups",
    "challenges",
    "apps",
    "developers",
    "search",
    "explore",
    "customizer",
    "education",
    "about",
    "dashboard",
    "featured",
    "legal",
    "login",
    "newest",
    "popular",
    "settings",
    "things",
}


class NotAThing(ValueError):
    """What was given is no design; `reason` says what it is instead."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


def read_thing(text: str) -> int:
    """The id of the design meant. Raises NotAThing."""
    if len(text) > LONGEST:
        raise NotAThing("too_long")
    given = _INVISIBLE.sub("", text).strip().strip("<>`\"'").strip()
    if not given:
        raise NotAThing("empty")
    if bare := re.fullmatch(r"#?(\d+)", given, re.ASCII):
        return _id(bare[1])
    if "://" not in given and re.match(r"(?:[\w-]+\.)*thingiverse\.com(?:/|$)", given, re.IGNORECASE):
        given = f"https://{given}"
    if "://" in given:
        return _from_address(given)
    return _from_path(given, otherwise="not_recognised")


def find_things(text: str) -> list[int]:
    """The designs whose addresses stand in a message, each once, in their order."""
    found: dict[int, None] = {}
    for address in _IN_TEXT.findall(text):
        try:
            found[read_thing(address.rstrip(".,;:!?)]}*_'\""))] = None
        except NotAThing:
            continue
    return list(found)


def maker_url(name: str, www_url: str) -> str:
    """A maker's page."""
    return f"{www_url}/{quote(name, safe='')}"


def _from_address(given: str) -> int:
    try:
        parts = split(given)
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise NotAThing("not_recognised") from None
    if parts.scheme not in {"http", "https"} or port not in {None, 80, 443} or "@" in parts.netloc:
        raise NotAThing("foreign")
    if host in _API_HOSTS:
        if found := _API_THING.fullmatch(parts.path):
            return _id(found[1])
        raise NotAThing("other_page")
    if host not in _HOSTS:
        raise NotAThing("foreign")
    return _from_path(unquote(parts.path).lstrip("/"), otherwise="other_page")


def _from_path(path: str, *, otherwise: Reason) -> int:
    first, _, rest = path.partition("/")
    first = first.partition("#")[0].partition("?")[0]
    if found := _THING.fullmatch(first):
        return _id(found[1])
    kind = first.partition(":")[0]
    if kind == "make" and ":" in first:
        raise NotAThing("make")
    if kind == "download" or first == "thing:download":
        raise NotAThing("download")
    if otherwise == "not_recognised":
        raise NotAThing(otherwise)
    if rest.startswith("collections") or kind in {"collection", "collections"}:
        raise NotAThing("collection")
    if kind and kind not in _PAGES and ":" not in first:
        raise NotAThing("maker")
    raise NotAThing(otherwise)


def _id(digits: str) -> int:
    digits = digits.lstrip("0")
    if not digits:
        raise NotAThing("not_recognised")
    if len(digits) > MOST_DIGITS:
        raise NotAThing("too_big")
    return int(digits)
