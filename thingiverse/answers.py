"""The one place where an answer becomes data or an error. Pure, so that recorded answers are its tests."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar, cast
from urllib.parse import parse_qsl

import msgspec
import structlog

from thingiverse.errors import (
    Forbidden,
    NotFound,
    RateLimited,
    Refused,
    TokenRejected,
    Unexpected,
    Unreachable,
)
from thingiverse.models import Listing, Thing, TokenInfo

log = structlog.get_logger("thingiverse.answers")

T = TypeVar("T")

_DEFAULT_PAUSE = 60.0  # seconds, where a 429 does not say; no Retry-After is on record
_LONGEST_PAUSE = 3600.0
_LONGEST_FORM = 4_000  # bytes; a token and its type take less than 100
_MOST_ITEMS = 500  # of a list; a page has 30, 100 at the most. A million tiny ones would hold everybody up for seconds
_MOST_NAMED = 20  # broken things in one line of the log

_BLANKS = b" \t\r\n\xef\xbb\xbf"  # a byte order mark among them
_FORM = re.compile(rb"[\w&=%.+-]*\b(?:access_token|error)=")
_TOKEN = re.compile(r"[!-~]{1,512}")  # what fits into a header
_PAGED = re.compile(r"""rel="?(?:next|prev|first|last)\b""")
_NEXT = re.compile(r"""rel="?next\b""")

# what does not decode; bytes that are not UTF-8, and nesting without end, are not DecodeErrors
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came over the wire. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class _Found(msgspec.Struct, Generic[T]):
    """/search. `hits` may be null; where it is missing, this is something else."""

    hits: list[T] | None
    total: Any = None


_all_good = msgspec.json.Decoder(list[Thing] | _Found[Thing] | None, strict=False)
_plain_list = msgspec.json.Decoder(list[Any] | None)
_anything = msgspec.json.Decoder(list[Any] | _Found[Any] | None)


def check(answer: Answer) -> None:
    """Raise what the status means. What some proxy says in Thingiverse's place means that it was not reached."""
    if answer.status == 429:  # Cloudflare's own 429 is a page
        raise RateLimited(retry_after(answer.headers))
    if _is_from_elsewhere(answer):
        raise Unreachable("a page instead of data")
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


def read(answer: Answer, kind: type[T]) -> T:
    """One object."""
    check(answer)
    try:
        return msgspec.json.decode(answer.body, type=kind, strict=False)
    except _UNREADABLE:
        raise Unexpected(f"not a {kind.__name__}") from None


def read_things(answer: Answer, page: int, per_page: int) -> Listing:
    """A list of things: a bare array or `{total, hits}`; null, 400 and 404 all mean that there are none.

    One broken thing costs only itself. Raises Unexpected for another shape, or where no thing is whole.
    """
    try:
        check(answer)
    except (Refused, NotFound):
        return Listing(page=page)
    try:
        found = _all_good.decode(answer.body)
        items = _items(found)
        things = tuple(items)
    except _UNREADABLE:
        found = _decoded(_anything, answer.body)
        items = _items(found)
        things = _each(items)
    total = _total(answer.headers, found.total if isinstance(found, _Found) else None)
    # counted before the broken ones are left out, so that one of them does not hide the next page
    more = _more(answer.headers, total, page, per_page, len(items))
    return Listing(things=things, total=total, page=page, more=more)


def read_each(answer: Answer, kind: type[T]) -> tuple[T, ...]:
    """A bare array, of which one broken item costs only itself; null is an empty one."""
    check(answer)
    items: list[Any] = _decoded(_plain_list, answer.body) or []
    whole: list[T] = []
    for item in items:
        try:
            whole.append(msgspec.convert(item, kind, strict=False))
        except msgspec.ValidationError:
            continue
    if items and not whole:
        raise Unexpected(f"no {kind.__name__} among them")
    return tuple(whole)


def read_token(answer: Answer) -> str:
    """The token of a code exchange: form-encoded by every client's account, JSON by one test.

    Raises Refused for a code, or a secret, that is not taken, whatever the status.
    """
    try:
        check(answer)
    except (TokenRejected, Forbidden, NotFound):
        raise Refused("no token") from None
    if answer.body.lstrip(_BLANKS).startswith(b"{"):
        members = _json_object(answer.body)
    else:
        members = dict(parse_qsl(answer.body[:_LONGEST_FORM].decode("utf-8", "replace").strip()))
    token = members.get("access_token")
    if isinstance(token, str) and _TOKEN.fullmatch(token):
        return token
    raise Refused("no token") if "error" in members else Unexpected("no token")


def read_token_info(answer: Answer) -> TokenInfo:
    """`{"audience": CLIENT_ID, "user_id": "244"}`; a bad token is an `error`, with status 200 or another."""
    try:
        check(answer)
    except (Refused, Forbidden, NotFound):
        raise TokenRejected("tokeninfo") from None
    except Unexpected:
        raise TokenRejected("tokeninfo") if answer.status >= 400 else Unexpected("tokeninfo") from None
    members = _json_object(answer.body)
    if members.get("error") is not None:
        raise TokenRejected("tokeninfo")
    audience = members.get("audience")
    if not isinstance(audience, (str, int)) or isinstance(audience, bool):
        raise Unexpected("tokeninfo")
    return TokenInfo(audience=str(audience), user_id=_number(members.get("user_id")))


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
    return min(max(pause, 1.0), _LONGEST_PAUSE) if pause == pause else _DEFAULT_PAUSE  # a NaN is not itself


def _is_from_elsewhere(answer: Answer) -> bool:
    """Whether a proxy answered: a page, or Cloudflare's sentence about robots, under any status."""
    start = answer.body[:512].lstrip(_BLANKS)
    if start[:1] in {b"{", b"["}:
        return False
    if start.startswith(b"<") or b"robots, spiders" in start.lower():
        return True
    kind = answer.headers.get("content-type", "").lower()
    if answer.status == 403:  # Thingiverse's own says why, as JSON
        return "json" not in kind and "x-error" not in answer.headers
    if 200 <= answer.status < 300 and (not start or _FORM.match(start)):
        return False  # an empty answer or a form may well be labelled as a page, which is PHP's habit
    return "text/html" in kind


def _items(found: list[T] | _Found[T] | None) -> list[T]:
    items = (found.hits if isinstance(found, _Found) else found) or []
    if len(items) > _MOST_ITEMS:
        raise Unexpected("a list without end")
    return items


def _each(items: list[Any]) -> tuple[Thing, ...]:
    """Item by item. Some lists have each thing inside another object (seen by Cura's plugin)."""
    things: list[Thing] = []
    broken: list[int] = []
    for position, item in enumerate(items):
        inner = cast("dict[str, Any]", item).get("thing") if isinstance(item, dict) else None
        try:
            things.append(msgspec.convert(inner or item, Thing, strict=False))
        except msgspec.ValidationError:
            broken.append(position)
    if broken:
        log.warning("things not understood", count=len(broken), positions=broken[:_MOST_NAMED])
    if broken and not things:
        raise Unexpected("no thing among them")
    return tuple(things)


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except _UNREADABLE:
        raise Unexpected("not what was asked for") from None


def _json_object(body: bytes) -> dict[str, Any]:
    return _decoded(msgspec.json.Decoder(dict[str, Any]), body.lstrip(_BLANKS))


def _total(headers: Mapping[str, str], said: object) -> int | None:
    total = _number(said)
    return _number(headers.get("total-count")) if total is None else total


def _number(given: object) -> int | None:
    """A count or an id, which come as numbers and as text; None for anything else."""
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _more(headers: Mapping[str, str], total: int | None, page: int, per_page: int, count: int) -> bool:
    """Whether another page follows: said by Link, or reckoned; the server may ignore per_page."""
    link = headers.get("link", "")
    if not count:
        return False
    if _PAGED.search(link):
        return _NEXT.search(link) is not None
    return page * per_page < total if total is not None else count >= per_page
