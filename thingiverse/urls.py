"""What people give for a design, a maker or a collection: its number, its name, or any of its addresses.

The forms of addresses are Thingiverse's own, 2013 to 2026.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
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
_COLLECTION = re.compile(r"(?:^|/)collections?[:/](\d+)(?:/|$)", re.ASCII | re.IGNORECASE)
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
    given = _tidy(text)
    if bare := re.fullmatch(r"#?(\d+)", given, re.ASCII):
        return _id(bare[1])
    if _looks_like_address(given):
        return _from_address(given)
    return _from_path(given, otherwise="not_recognised")


def find_things(text: str) -> list[int]:
    """The designs whose addresses stand in a message, each once, in their order."""
    return list(dict.fromkeys(thing for _, thing in addresses(text)))


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where in the text the address of a design begins, and which design it is."""
    for match in _IN_TEXT.finditer(text):
        try:
            yield match.start(), read_thing(match[0].rstrip(".,;:!?)]}*_'\""))
        except NotAThing:
            continue


def read_maker(text: str) -> str:
    """The login of the maker meant: given as such, with an @, or by the address of one of their pages.

    Raises NotAThing, whose reason says what else it is.
    """
    given = _tidy(text)
    path = _path_of(given) if _looks_like_address(given) else given.removeprefix("@")
    name = path.partition("/")[0].partition("?")[0].partition("#")[0]
    if not re.fullmatch(r"[^\s:/?#]{1,100}", name) or not name.strip(".") or name.lower() in _PAGES:
        raise NotAThing("not_recognised")
    return name


def read_collection(text: str) -> int:
    """The id of the collection meant: a number, or the address of its page. Raises NotAThing."""
    given = _tidy(text)
    if bare := re.fullmatch(r"#?(\d+)", given, re.ASCII):
        return _id(bare[1])
    path = _path_of(given) if _looks_like_address(given) else given
    if found := _COLLECTION.search(path):
        return _id(found[1])
    raise NotAThing("not_recognised")


def maker_url(name: str, www_url: str) -> str:
    """A maker's page."""
    return f"{www_url}/{quote(name, safe='')}"


def _tidy(text: str) -> str:
    """Without what people's phones and habits add. Raises NotAThing for nothing and for far too much."""
    if len(text) > LONGEST:
        raise NotAThing("too_long")
    given = _INVISIBLE.sub("", text).strip().strip("<>`\"'").strip()
    if not given:
        raise NotAThing("empty")
    return given


def _looks_like_address(given: str) -> bool:
    return "://" in given or re.match(r"(?:[\w-]+\.)*thingiverse\.com(?:/|$)", given, re.IGNORECASE) is not None


def _split(given: str) -> tuple[str, str]:
    """Host and path of an address of the web. Raises NotAThing."""
    try:
        parts = split(given if "://" in given else f"https://{given}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise NotAThing("not_recognised") from None
    if parts.scheme not in {"http", "https"} or port not in {None, 80, 443} or "@" in parts.netloc:
        raise NotAThing("foreign")
    return host, parts.path


def _path_of(given: str) -> str:
    """The path of an address on Thingiverse's site, without its first stroke."""
    host, path = _split(given)
    if host not in _HOSTS:
        raise NotAThing("foreign")
    return unquote(path).lstrip("/")


def _from_address(given: str) -> int:
    host, path = _split(given)
    if host in _API_HOSTS:
        if found := _API_THING.fullmatch(path):
            return _id(found[1])
        raise NotAThing("other_page")
    if host not in _HOSTS:
        raise NotAThing("foreign")
    return _from_path(unquote(path).lstrip("/"), otherwise="other_page")


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
