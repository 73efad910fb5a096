"""Authorizing: make the link people start with, and read the one they land on. Nothing pasted is fetched.

Facts from public clients: the implicit flow ends at `CALLBACK#access_token=…`, the code flow at `CALLBACK?code=…`;
`state` is probably sent back, and must match if it is; `error=access_denied` means the person said no.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, get_args
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from thingiverse.addresses import split
from thingiverse.links import INVISIBLE, without_backslashes
from thingiverse.repair import AROUND, bare_key, is_cut, is_whole, joined, key_in_marks, state_in_marks, tidied

LONGEST = 2_000

Reason = Literal[
    "empty",
    "too_long",
    "several",
    "damaged",
    "foreign_address",
    "authorize_link",
    "thing_address",
    "no_answer_in_address",
    "not_recognized",
]
AuthorizeError = Literal[
    "application_suspended",
    "invalid_client",
    "invalid_request",
    "invalid_scope",
    "redirect_uri_mismatch",
    "server_error",
    "temporarily_unavailable",
    "unauthorized_client",
    "unsupported_response_type",
    "other",
]
_ERRORS: dict[str, AuthorizeError] = {each: each for each in get_args(AuthorizeError)}
_DENIALS = {"access_denied", "user_denied", "denied", "user_canceled", "user_cancelled", "canceled", "cancelled", ""}

# Tokens so far have 32 or 40 hexadecimal digits, but that isn't documented.
_SECRET = re.compile(r"[0-9A-Za-z_-]{16,128}")
_URLSAFE = re.compile(r"[0-9A-Za-z_-]*")
_BEGIN = re.compile(r"https?://(?!https?://)", re.IGNORECASE)
_IN_WORD = re.compile(r"[^\s<>|`]*")
_BETWEEN = ",;)<>|"  # characters that can separate two links
_MEMBER = re.compile(r"(?<!\w)(?:access_token|code|state|error)=")
_LEAK = re.compile(
    r"access_token(?:=|%3D)[0-9A-Za-z_-]{16,}|[?&#]code=[0-9A-Za-z_-]{16,}"
    r"|\b(?=[0-9]*[a-f])(?:[0-9a-f]{32}|[0-9a-f]{40})\b",
    re.IGNORECASE,
)


class NotAnAnswer(ValueError):
    """The pasted text isn't a reply from Thingiverse. The error never contains that text."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason: Reason = reason


@dataclass(frozen=True, slots=True)
class PastedToken:
    token: str = field(repr=False)
    state: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PastedCode:
    code: str = field(repr=False)
    state: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class PastedBare:
    """A token or a code on its own; only Thingiverse knows which."""

    secret: str = field(repr=False)
    state: None = None


@dataclass(frozen=True, slots=True)
class Denied:
    state: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Failed:
    """Thingiverse sent an error other than the person's own "no"."""

    error: AuthorizeError
    state: str | None = field(default=None, repr=False)


Pasted = PastedToken | PastedCode | PastedBare | Denied | Failed


def authorize_url(
    www_url: str,
    *,
    client_id: str,
    flow: Literal["token", "code"],
    state: str,
    redirect_uri: str | None = None,
) -> str:
    """The link where a person allows the app. Without redirect_uri, Thingiverse uses the registered one."""
    query = {"client_id": client_id, "response_type": flow, "state": state}
    if redirect_uri is not None:
        query["redirect_uri"] = redirect_uri
    return f"{www_url}/login/oauth/authorize?{urlencode(query)}"


def looks_secret(text: str) -> bool:
    """Whether a message contains a token or a code, or something that looks like one."""
    return _LEAK.search(without_backslashes(INVISIBLE.sub("", text))) is not None


def read_pasted(text: str, *, redirect_uri: str | None) -> Pasted:
    """Read the redirected link, or a bare token or code. Raises NotAnAnswer.

    If `redirect_uri` is known, any other link is rejected. The scheme can be missing, and so can the slash that
    Thingiverse adds after a host without a path.
    """
    if len(text) > LONGEST:
        raise NotAnAnswer("too_long")
    given = tidied(text)
    if not given:
        raise NotAnAnswer("empty")
    if pieces := list(pieces_in(given)):
        return _the_one(pieces, redirect_uri)
    if "://" in given:
        raise NotAnAnswer("foreign_address")
    return _bare(given)


def pieces_in(given: str) -> Iterator[str]:
    """Parts of the text that can be a reply: links, or otherwise parameters without a link."""
    begins = [*_link_begins(given)]
    if not begins and "://" not in given and (member := _MEMBER.search(given)):
        begins = [_word_begin(given, member.start())]
    yield from (given[begin:end] for begin, end in pairwise([*begins, len(given)]))


def read_piece(piece: str, redirect_uri: str | None) -> Pasted:
    """Read one of the pieces. Raises NotAnAnswer."""
    link = joined(piece)
    if link is None:
        raise NotAnAnswer("damaged")
    if _BEGIN.match(link):
        return _from_address(link, redirect_uri)
    if place := place_of(link):
        scheme = "https" if redirect_uri is None else urlsplit(redirect_uri).scheme
        return _from_address(f"{scheme}://{place}{link[link.index(place) + len(place) :]}", redirect_uri)
    member = _MEMBER.search(link)
    if member is None or _MEMBER.search(piece, len(link)):
        raise NotAnAnswer("damaged" if member is None else "several")
    return _from_members(parse_qsl(link[member.start() :].replace("#", "&"), keep_blank_values=True))


def place_of(link: str) -> str:
    """Host and path of a link without a scheme; empty if it also has no host."""
    place = re.split(r"[#?]", link, maxsplit=1)[0].strip(AROUND + "/")
    return place if place != link and ("." in place or "/" in place) else ""


def _the_one(pieces: list[str], redirect_uri: str | None) -> Pasted:
    """The only reply among the pieces; other text is ignored."""
    found: set[Pasted] = set()
    refused: list[NotAnAnswer] = []
    for piece in pieces:
        try:
            found.add(read_piece(piece, redirect_uri))
        except NotAnAnswer as error:
            refused.append(error)
    if len(found) > 1:
        raise NotAnAnswer("several")
    if not found:
        raise NotAnAnswer(refused[0].reason)
    return found.pop()


def _link_begins(given: str) -> Iterator[int]:
    for word in re.finditer(r"\S+", given):
        for number, begin in enumerate(_BEGIN.finditer(word[0])):
            if number == 0 or word[0][begin.start() - 1] in _BETWEEN:
                yield word.start() + begin.start()


def _word_begin(given: str, at: int) -> int:
    backward = _IN_WORD.match(given[:at][::-1])  # searched forward, it would take the square of the length
    return at if backward is None else at - backward.end()


def _bare(given: str) -> PastedBare:
    given = given.strip(AROUND).strip()
    if is_whole(whole := key_in_marks("".join(given.split()).lstrip("-#"))) or (whole := bare_key(given)):
        return PastedBare(whole)
    if not _SECRET.fullmatch(given) or not re.search(r"\d", given):
        raise NotAnAnswer("not_recognized")
    if is_cut(given):
        raise NotAnAnswer("damaged")
    return PastedBare(given)


def _from_address(address: str, redirect_uri: str | None) -> Pasted:
    try:
        parts = split(address)
        _ = parts.port
    except ValueError:
        raise NotAnAnswer("damaged") from None
    host = (parts.hostname or "").removeprefix("www.")
    if host == "thingiverse.com" and parts.path.startswith("/login/oauth/authorize"):
        raise NotAnAnswer("authorize_link")
    if redirect_uri is not None and not _same_place(parts, urlsplit(redirect_uri)):
        raise NotAnAnswer("thing_address" if re.match(r"/(thing|make):", parts.path) else "foreign_address")
    if "@" in parts.netloc or not parts.netloc.isascii() or "xn--" in host:
        raise NotAnAnswer("foreign_address")
    behind = parts.fragment.replace("#", "&").lstrip("/!?")  # some pages append #_=_
    members = parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(behind, keep_blank_values=True)
    if not {"access_token", "code", "error"} & {name for name, _ in members}:
        raise NotAnAnswer("thing_address" if re.match(r"/(thing|make):", parts.path) else "no_answer_in_address")
    return _from_members(members)


def _from_members(members: list[tuple[str, str]]) -> Pasted:
    values = {name: value for name, value in members if name in {"access_token", "code", "state", "error"}}
    if len(values) != sum(name in values for name, _ in members) or {"access_token", "code"} <= values.keys():
        raise NotAnAnswer("several")
    state = state_in_marks(_leading(values["state"])) if "state" in values else None
    if values.get("error") or ("error" in values and values.keys() <= {"error", "state"}):
        error = re.sub(r"[\s-]+", "_", values["error"].lower().strip(AROUND))
        return Denied(state) if error in _DENIALS else Failed(_ERRORS.get(error, "other"), state)
    for name, kind in (("access_token", PastedToken), ("code", PastedCode)):
        if name in values:
            return kind(_secret(values[name], cut=name == "access_token"), state)
    raise NotAnAnswer("no_answer_in_address")


def _secret(value: str, *, cut: bool) -> str:
    """The token or code. Raises NotAnAnswer if it can't be one, or if only its beginning is there."""
    leading = key_in_marks(_leading(value))
    if not _SECRET.fullmatch(leading) or (leading != value and not is_whole(leading)) or (cut and is_cut(leading)):
        raise NotAnAnswer("damaged")
    return leading


def _leading(value: str) -> str:
    """Remove punctuation that chats add after a value, unless nothing would be left."""
    found = _URLSAFE.match(value)
    return (found and found[0]) or value


def _same_place(given: SplitResult, registered: SplitResult) -> bool:
    return (
        given.scheme == registered.scheme
        and _host(given) == _host(registered)
        and given.path.rstrip("/") == registered.path.rstrip("/")
    )


def _host(parts: SplitResult) -> str:
    """Host and port in lower case, without the scheme's default port."""
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.netloc.lower().removesuffix(default)
