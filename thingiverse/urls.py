"""Read what people enter for a design, a maker, or a collection: an ID, a name, or any link to it.

The forms of links are from Thingiverse, 2013 to 2026.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TypeVar
from urllib.parse import SplitResult, parse_qsl, quote, unquote

from thingiverse.addresses import split
from thingiverse.links import INVISIBLE, links_in, target_of, without_backslashes
from thingiverse.pages import PAGES, NotAThing, Reason, reason_of_host, reason_of_path

T = TypeVar("T")

LONGEST = 500
MOST_DIGITS = 12

_HOSTS = {"thingiverse.com", "www.thingiverse.com"}
_API_HOSTS = {"api.thingiverse.com"}
_THING = re.compile(r"(?:thing|embed)[:/]([0-9]+)(?![A-Za-z\d])", re.IGNORECASE)
_API_THING = re.compile(r"/things/([0-9]+)(?![A-Za-z\d])")
_COLLECTION = re.compile(r"(?:^|/)collections?[:/]([0-9]+)(?![A-Za-z\d])", re.IGNORECASE)
_NAMED_COLLECTION = re.compile(r"[^/]+/collections/[^/]+", re.IGNORECASE)
_TAG = re.compile(r"tags?[:/]([^/?#]+)", re.IGNORECASE)
_APP = re.compile(r"(?:apps/[^/]+|app:[0-9]+|customizer)(?:/|$)", re.IGNORECASE)  # such as the Customizer
_NAMED = re.compile(r"(?<![\w/:.@=-])thing(?:[:/] ?| #)([0-9]+)(?![A-Za-z\d])", re.IGNORECASE)
_WIDE = str.maketrans("０１２３４５６７８９：＃", "0123456789:#")  # as Japanese and Chinese keyboards type them
_BARE = re.compile(r"[(\[]?#?([0-9]+)[.,;:!?)\]]*")
_MENTION = re.compile(r"<(?:[@#]|a?:\w+:)[^<>]*>")  # of a person, a role, a channel, or an emoji on Discord
_SENTENCE_END = ".,;:!?)]}*~'"
_MARKS = "<>`\"'“”‘’()[]*~|,;:!?"


def read_thing(text: str) -> int:
    """The design's ID, even if there are words around its link. Raises NotAThing."""
    given = _tidy(text)
    if bare := _BARE.fullmatch(given.translate(_WIDE)):
        return _id(bare[1])
    if links := _links(given):
        return _only(set(_those_in(links, _from_link)))
    if named := {_id(found[1]) for found in _NAMED.finditer(given.translate(_WIDE))}:
        return _only(named)
    return _from_path(given.removeprefix("/"), otherwise="not_recognized")


def find_things(text: str) -> list[int]:
    """The IDs of the designs linked in a message, in order, without duplicates."""
    return list(dict.fromkeys(thing for _, thing in thing_links(text)))


def thing_links(text: str) -> Iterator[tuple[int, int]]:
    """Where each link to a design begins in the text, and the design's ID."""
    if not mentions_site(text):
        return
    for at, link in links_in(text):
        try:
            yield at, _from_link(link)
        except NotAThing:
            continue


def mentions_site(text: str) -> bool:
    """Whether the text may have a link to Thingiverse. It's fast, because it runs for every message."""
    return "thingiverse.com" in text.lower()


def names_thing(text: str) -> bool:
    """Whether a search term is a link or `thing:N`."""
    given = INVISIBLE.sub("", text).strip().strip(_MARKS)
    named = re.match(r"https?://|thing:[0-9]+(?![A-Za-z\d])", given, re.IGNORECASE)
    return named is not None or bool(find_things(given))


def read_maker(text: str) -> str:
    """The maker's login, from the login itself, with or without an @, or from a link to one of their pages.

    Raises NotAThing, whose reason says what it is instead.
    """
    given = _tidy(text)
    if links := _links(given):
        return _those_in(links, lambda link: _login(_path_of(link)))[0]
    return _login(given.strip(_MARKS))


def read_collection(text: str) -> int:
    """The collection's ID, from an ID or a link to its page. Raises NotAThing."""
    given = _tidy(text)
    if bare := _BARE.fullmatch(given.translate(_WIDE)):
        return _id(bare[1])
    if links := _links(given):
        return _those_in(links, lambda link: _collection(_path_of(link), otherwise="old_collection"))[0]
    return _collection(given, otherwise="not_recognized")


def read_tag(text: str) -> str:
    """The tag's name, from the name itself or a link to its page. Raises NotAThing."""
    if not mentions_site(text):
        return text
    return _those_in(_links(_tidy(text)), lambda link: _tag(_path_of(link)))[0]


def maker_url(name: str, www_url: str) -> str:
    return f"{www_url}/{quote(name, safe='')}"


def _tidy(text: str) -> str:
    """Remove spaces, brackets, and invisible characters. Raises NotAThing if nothing is left, or too much."""
    if len(text) > LONGEST:
        raise NotAThing("too_long")
    if _MENTION.fullmatch(text.strip()):
        raise NotAThing("not_recognized")
    given = without_backslashes(INVISIBLE.sub("", text)).strip().strip("<>`\"'“”‘’").strip()
    if not given:
        raise NotAThing("empty")
    return unquote(given) if re.match(r"https?%3a%2f%2f", given, re.IGNORECASE) else given


def _links(given: str) -> list[str]:
    """The links in the text; the whole text if it's a link with another scheme or host."""
    if found := [link.rstrip(_SENTENCE_END) for _, link in links_in(given)]:
        return found
    address = "://" in given or re.match(r"(?:[\w-]+\.)*thingiverse\.com(?:/|$)", given, re.IGNORECASE)
    return [given] if address else []


def _those_in(links: list[str], read: Callable[[str], T]) -> list[T]:
    """What `read` finds in the links. Raises NotAThing, with the first link's reason if it's nothing."""
    found: list[T] = []
    refused = [NotAThing("not_recognized")] if not links else []
    for link in links:
        try:
            found.append(read(link))
        except NotAThing as error:
            refused.append(error)
    if not found:
        raise refused[0]
    return found


def _only(found: set[int]) -> int:
    if len(found) > 1:
        raise NotAThing("several")
    return found.pop()


def _split(link: str) -> tuple[str, SplitResult]:
    """Host and parts of an http(s) link. Raises NotAThing."""
    try:
        parts = split(link if "://" in link else f"https://{link}")
        host, port = (parts.hostname or "").rstrip("."), parts.port
    except ValueError:
        raise NotAThing("not_recognized") from None
    if parts.scheme not in {"http", "https"} or port not in {None, 80, 443} or "@" in parts.netloc:
        raise NotAThing("foreign")
    return host, parts


def _arrive(link: str) -> tuple[str, SplitResult]:
    """Host and parts of the Thingiverse page that a link leads to. Raises NotAThing."""
    host, parts = _split(link)
    if host not in _HOSTS | _API_HOSTS and (target := target_of(host, parts)) is not None:
        host, parts = _split(target)
    if host not in _HOSTS | _API_HOSTS:
        raise NotAThing(reason_of_host(host))
    return host, parts


def _path_of(link: str) -> str:
    """The path of a page on Thingiverse, without the leading slash."""
    host, parts = _arrive(link)
    if host not in _HOSTS:
        raise NotAThing("not_recognized")
    return unquote(parts.path).lstrip("/")


def _from_link(link: str) -> int:
    host, parts = _arrive(link)
    if host in _API_HOSTS:
        if found := _API_THING.match(parts.path):
            return _id(found[1])
        raise NotAThing("other_page")
    path = unquote(parts.path).lstrip("/")
    if _APP.match(path):
        query = dict(parse_qsl(parts.query, max_num_fields=50))
        if found := re.match(r"[0-9]+", query.get("thing_id", "")):
            return _id(found[0])
    return _from_path(path, otherwise="other_page")


def _login(path: str) -> str:
    """The maker's login at the beginning of a path."""
    name = re.split(r"[/?#]", path.lstrip("@"), maxsplit=1)[0]
    if not re.fullmatch(r"[^\s:/?#]{1,100}", name) or not name.strip(".") or name.lower() in PAGES:
        raise NotAThing("not_recognized")
    return name


def _tag(path: str) -> str:
    if found := _TAG.match(path):
        return found[1]
    raise NotAThing("other_page")


def _collection(path: str, *, otherwise: Reason) -> int:
    """The collection's ID. `otherwise` is the reason for a path with a name where the ID should be."""
    if found := _COLLECTION.search(path):
        return _id(found[1])
    raise NotAThing(otherwise if _NAMED_COLLECTION.match(path) else "not_recognized")


def _from_path(path: str, *, otherwise: Reason) -> int:
    if found := _THING.match(path):
        return _id(found[1])
    raise NotAThing(reason_of_path(path, otherwise=otherwise))


def _id(digits: str) -> int:
    digits = digits.lstrip("0")
    if not digits:
        raise NotAThing("not_recognized")
    if len(digits) > MOST_DIGITS:
        raise NotAThing("too_big")
    return int(digits)
