"""Turn an HTTP response into data or an error. It does no I/O, so tests use recorded responses."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar, cast

import msgspec
import structlog

from thingiverse.decoding import BLANKS, UNREADABLE, convert, decoded, json_object, number, without_collecting
from thingiverse.errors import (
    Blocked,
    Forbidden,
    ListForbidden,
    NotFound,
    RateLimited,
    Refused,
    TokenRejected,
    Unexpected,
    Unreachable,
)
from thingiverse.models import Listing, Thing
from thingiverse.paging import has_more, total_of

log = structlog.get_logger("thingiverse.answers")

T = TypeVar("T")

_DEFAULT_PAUSE = 60.0  # seconds, if a 429 has no Retry-After; none was ever recorded
_LONGEST_PAUSE = 3600.0
_MOST_ITEMS = 500  # in a list; a page has up to 100. A million tiny items would block the event loop for seconds
_MOST_NAMED = 20  # broken items named in one log line

_FORM = re.compile(rb"[\w&=%.+-]*\b(?:access_token|error)=")


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP response. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class _Found(msgspec.Struct):
    """The response of /search. `hits` may be null; if there are none, it may also be missing."""

    hits: Any = msgspec.UNSET
    total: Any = None


class _FoundThings(_Found):
    hits: list[Thing] | msgspec.UnsetType | None = msgspec.UNSET


class _FoundParts(_Found):
    hits: list[Any] | dict[str, Any] | msgspec.UnsetType | None = msgspec.UNSET


_all_good = msgspec.json.Decoder(list[Thing] | _FoundThings | None, strict=False)
_plain_list = msgspec.json.Decoder(list[Any] | None)
_anything = msgspec.json.Decoder(list[Any] | _FoundParts | None)
_INNER = b'"thing":'  # in some lists, each design is inside another object, which may have an ID of its own


def check(answer: Answer) -> None:
    """Raise the error for the status. If a proxy responded instead of Thingiverse, that's Unreachable."""
    if answer.status == 429:  # Cloudflare's own 429 is a page
        raise RateLimited(retry_after(answer.headers))
    if _is_from_elsewhere(answer):
        raise Blocked("a page instead of data")
    match answer.status:
        case status if 200 <= status < 300:
            return
        case 400 | 409:
            raise Refused(str(answer.status))
        case 401:
            raise TokenRejected("401")
        case 403:
            raise Forbidden("403")
        case 404 | 410:
            raise NotFound(str(answer.status))
        case status if status >= 500:
            raise Unreachable(f"status {status}")
        case status:
            raise Unexpected(f"status {status}")


@without_collecting()
def read(answer: Answer, kind: type[T]) -> T:
    """Read one object."""
    check(answer)
    try:
        return msgspec.json.decode(answer.body, type=kind, strict=False)
    except UNREADABLE:
        pass  # perhaps only a part of it is odd
    try:
        return convert(json_object(answer.body), kind)
    except msgspec.ValidationError:
        raise Unexpected(f"not a {kind.__name__}") from None


@without_collecting()
def read_things(answer: Answer, page: int, per_page: int) -> Listing:
    """Read a list of designs: an array or `{total, hits}`. For null, 400, and 404, it's empty.

    Broken designs are left out. Raises Unexpected for another shape, or if all of them are broken.
    """
    try:
        check(answer)
    except (Refused, NotFound):
        return Listing(page=page, unsaid=page == 1)
    except Forbidden:
        raise ListForbidden("403") from None
    found, things = _things_in(answer.body)
    count = len(found.hits or ())  # with the broken ones, so that they don't hide the next page
    total = total_of(answer.headers, found.total, count)
    more = has_more(answer.headers, total, page, per_page, count)
    return Listing(things=things, total=total, page=page, more=more, unsaid=page == 1 and found.hits is None)


@without_collecting()
def read_each(answer: Answer, kind: type[T]) -> tuple[T, ...]:
    """Read an array; null is an empty one. Broken items are left out, and only the first 500 are read."""
    check(answer)
    items: list[Any] = decoded(_plain_list, answer.body) or []
    whole: list[T] = []
    for item in items[:_MOST_ITEMS]:
        try:
            whole.append(convert(item, kind))
        except msgspec.ValidationError:
            continue
    if items and not whole:
        raise Unexpected(f"no {kind.__name__} among them")
    return tuple(whole)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait: Retry-After as a number or a date, within an hour."""
    given = headers.get("retry-after", "")
    try:
        pause = float(given)
    except ValueError:
        try:
            pause = (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            pause = _DEFAULT_PAUSE
    return min(max(pause, 1.0), _LONGEST_PAUSE) if pause == pause else _DEFAULT_PAUSE  # NaN isn't equal to itself


def _is_from_elsewhere(answer: Answer) -> bool:
    """Whether a proxy responded: with a page, or with Cloudflare's text about robots, under any status."""
    start = answer.body[:512].lstrip(BLANKS)
    if start[:1] in {b"{", b"["}:
        return False
    if start.startswith(b"<") or b"robots, spiders" in start.lower():
        return True
    kind = answer.headers.get("content-type", "").lower()
    if answer.status == 403:  # Thingiverse's own 403 has JSON that says why
        return "json" not in kind and "x-error" not in answer.headers
    if 200 <= answer.status < 300 and (not start or _FORM.match(start)):
        return False  # PHP labels empty responses and forms as HTML, too
    return "text/html" in kind


def _things_in(body: bytes) -> tuple[_Found, tuple[Thing, ...]]:
    """What was sent, and the designs in it."""
    if _INNER not in body:
        with contextlib.suppress(*UNREADABLE):
            found = _as_found(_all_good.decode(body))
            return found, tuple(found.hits or ())
    found = _as_found(decoded(_anything, body))
    return found, _each(found.hits or [])


def _as_found(given: list[Any] | _Found | None) -> _Found:
    """Raises Unexpected for an object without hits, unless it says that there are none."""
    found = given if isinstance(given, _Found) else _Found(given)
    hits: Any = found.hits
    if hits is msgspec.UNSET:
        if number(found.total) != 0:
            raise Unexpected("no list")
        hits = None
    if isinstance(hits, dict):  # PHP writes a list with gaps as an object
        hits = [*cast("dict[str, Any]", hits).values()]
    if len(hits or ()) > _MOST_ITEMS:
        raise Unexpected("a list without end")
    return _Found(hits, found.total)


def _each(items: list[Any]) -> tuple[Thing, ...]:
    """Read item by item. In some lists, each design is inside another object (seen by Cura's plugin)."""
    things: list[Thing] = []
    broken: list[int] = []
    for position, item in enumerate(items):
        inner = cast("dict[str, Any]", item).get("thing") if isinstance(item, dict) else None
        try:
            things.append(convert(inner or item, Thing))
        except msgspec.ValidationError:
            broken.append(position)
    if broken:
        log.warning("unreadable designs skipped", count=len(broken), positions=broken[:_MOST_NAMED])
    if broken and not things:
        raise Unexpected("no thing among them")
    return tuple(things)
