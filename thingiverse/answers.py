"""The one place where an answer becomes data or an error. Pure, so that recorded answers are its tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What came over the wire. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)


class _Found(msgspec.Struct):
    """/search; `hits` may be null."""

    hits: list[Any] | None = None
    total: int | None = None


_things = msgspec.json.Decoder(list[Thing], strict=False)
_found = msgspec.json.Decoder(_Found, strict=False)


def check(answer: Answer) -> None:
    """Raise what the status means. HTML, from whatever proxy, means that Thingiverse was not reached."""
    if _is_page(answer):
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
        case 429:
            raise RateLimited(retry_after(answer.headers))
        case status if status >= 500:
            raise Unreachable(f"status {status}")
        case status:
            raise Unexpected(f"status {status}")


def read(answer: Answer, kind: type[T]) -> T:
    """One object."""
    check(answer)
    try:
        return msgspec.json.decode(answer.body, type=kind, strict=False)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Unexpected(f"not a {kind.__name__}") from None


def read_things(answer: Answer, page: int, per_page: int) -> Listing:
    """A list of things: a bare array or `{total, hits}`; null, 400 and 404 all mean that there are none."""
    try:
        check(answer)
    except (Refused, NotFound):
        return Listing(page=page)
    body = answer.body.lstrip()
    if body.startswith(b"{"):
        found = _decoded(_found, body)
        things, total = _each(found.hits or []), found.total
    elif body == b"null":
        return Listing(page=page)
    else:
        things, total = _all_or_each(body), None
    total = _total(answer.headers) if total is None else total
    return Listing(
        things=things, total=total, page=page, more=_more(answer.headers, total, page, per_page, len(things))
    )


def read_token(answer: Answer) -> str:
    """The token of a code exchange: form-encoded by every client's account, JSON by one test."""
    check(answer)
    text = answer.body.decode("utf-8", "replace").strip()
    members = _json_object(answer.body) if text.startswith("{") else dict(parse_qsl(text))
    token = members.get("access_token")
    if isinstance(token, str) and token:
        return token
    raise Refused("no token") if "error" in members else Unexpected("no token")


def read_token_info(answer: Answer) -> TokenInfo:
    """`{"audience": CLIENT_ID, "user_id": "244"}`; a bad token is an `error`, with status 200 or another."""
    try:
        check(answer)
    except (Refused, Forbidden, NotFound):
        raise TokenRejected("tokeninfo") from None
    members = _json_object(answer.body)
    if "error" in members:
        raise TokenRejected("tokeninfo")
    audience, user = members.get("audience"), members.get("user_id")
    if not isinstance(audience, (str, int)):
        raise Unexpected("tokeninfo")
    number = str(user)
    is_number = number.isascii() and number.isdigit() and len(number) < 19
    return TokenInfo(audience=str(audience), user_id=int(number) if is_number else None)


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds to wait: Retry-After as a number or a date, within an hour."""
    given = headers.get("retry-after", "")
    try:
        pause = float(given)
    except ValueError:
        try:
            pause = (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            pause = _DEFAULT_PAUSE
    return min(max(pause, 1.0), _LONGEST_PAUSE) if pause == pause else _DEFAULT_PAUSE  # a NaN is not itself


def _is_page(answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "")
    return "text/html" in kind or answer.body[:64].lstrip()[:1] == b"<"


def _all_or_each(body: bytes) -> tuple[Thing, ...]:
    try:
        return tuple(_things.decode(body))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return _each(_decoded(msgspec.json.Decoder(list[Any]), body))


def _each(items: list[Any]) -> tuple[Thing, ...]:
    """Item by item, so that one broken thing costs only itself."""
    things: list[Thing] = []
    for position, item in enumerate(items):
        try:
            things.append(msgspec.convert(item, Thing, strict=False))
        except msgspec.ValidationError:
            log.warning("thing not understood", position=position)
    return tuple(things)


def _decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Unexpected("not a list") from None


def _json_object(body: bytes) -> dict[str, Any]:
    return _decoded(msgspec.json.Decoder(dict[str, Any]), body)


def _total(headers: Mapping[str, str]) -> int | None:
    count = headers.get("total-count", "")
    return int(count) if count.isascii() and count.isdigit() else None


def _more(headers: Mapping[str, str], total: int | None, page: int, per_page: int, count: int) -> bool:
    """Whether another page follows: said by Link, or reckoned; the server may ignore per_page."""
    if not count:
        return False
    if "link" in headers:
        return 'rel="next"' in headers["link"]
    return page * per_page < total if total is not None else count >= per_page
