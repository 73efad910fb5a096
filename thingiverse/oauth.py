"""Authorizing: the address to send people to, and reading the one they land on. Nothing pasted is ever fetched.

Facts from public clients: the implicit flow ends at `CALLBACK#access_token=…`, the code flow at `CALLBACK?code=…`;
`state` is probably echoed, and must match where it is; a denial carries `error`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

from thingiverse.addresses import split

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
    "not_recognised",
]

# Real tokens are 32 or 40 hexadecimal digits; nothing promises that they stay so.
_SECRET = re.compile(r"[0-9A-Za-z_-]{16,128}")
_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_MEMBERS = re.compile(r"(?<!\w)(?:access_token|code|state|error)=\S+")
_AROUND = "<>()[]{}`'\"*|.,;:!?"  # quotes, Discord's marks, the end of a sentence; none is part of a token
_INVISIBLE = re.compile("[\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff\u00ad]")
_LEAK = re.compile(
    r"access_token(?:=|%3D)[0-9A-Za-z_-]{16,}|[?&#]code=[0-9A-Za-z_-]{16,}|\b(?:[0-9a-f]{32}|[0-9a-f]{40})\b",
    re.IGNORECASE,
)


class NotAnAnswer(ValueError):
    """What was pasted is not what Thingiverse sends people back with. Never holds the text."""

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
    """A token or a code on its own; which, only Thingiverse can tell."""

    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Denied:
    state: str | None = field(default=None, repr=False)


Pasted = PastedToken | PastedCode | PastedBare | Denied


def authorize_url(
    www_url: str,
    *,
    client_id: str,
    flow: Literal["token", "code"],
    state: str,
    redirect_uri: str | None = None,
) -> str:
    """Where a person allows the app. Without a redirect_uri Thingiverse uses the one registered with the app."""
    query = {"client_id": client_id, "response_type": flow, "state": state}
    if redirect_uri is not None:
        query["redirect_uri"] = redirect_uri
    return f"{www_url}/login/oauth/authorize?{urlencode(query)}"


def looks_secret(text: str) -> bool:
    """Whether a message holds an answer with a token or a code, or something that looks like one."""
    return _LEAK.search(_INVISIBLE.sub("", text)) is not None


def read_pasted(text: str, *, redirect_uri: str | None) -> Pasted:
    """Read the redirected address, or a bare token or code. Raises NotAnAnswer.

    Where `redirect_uri` is known, only that address is taken; the slash that Thingiverse puts after a bare host
    makes no difference.
    """
    if len(text) > LONGEST:
        raise NotAnAnswer("too_long")
    given = _INVISIBLE.sub("", text).strip()
    if not given:
        raise NotAnAnswer("empty")
    addresses = [address.rstrip(_AROUND) for address in _ADDRESS.findall(given)]
    if len(addresses) > 1:
        raise NotAnAnswer("several")
    if addresses:
        return _from_address(addresses[0], redirect_uri)
    if "://" in given:
        raise NotAnAnswer("foreign_address")
    given = given.strip(_AROUND).strip()
    if members := [found.rstrip(_AROUND) for found in _MEMBERS.findall(given)]:
        if len(members) > 1:
            raise NotAnAnswer("several")
        return _from_members(parse_qsl(members[0], keep_blank_values=True))
    if _SECRET.fullmatch(given) and re.search(r"\d", given):
        return PastedBare(given)
    raise NotAnAnswer("not_recognised")


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
    members = parse_qsl(parts.query, keep_blank_values=True) + parse_qsl(parts.fragment, keep_blank_values=True)
    if not {"access_token", "code", "error"} & {name for name, _ in members}:
        raise NotAnAnswer("thing_address" if re.match(r"/(thing|make):", parts.path) else "no_answer_in_address")
    return _from_members(members)


def _from_members(members: list[tuple[str, str]]) -> Pasted:
    values = {name: value for name, value in members if name in {"access_token", "code", "state", "error"}}
    if len(values) != sum(name in values for name, _ in members) or {"access_token", "code"} <= values.keys():
        raise NotAnAnswer("several")
    state = values.get("state")
    if "error" in values:
        return Denied(state)
    for name, kind in (("access_token", PastedToken), ("code", PastedCode)):
        if name in values:
            if not _SECRET.fullmatch(values[name]):
                raise NotAnAnswer("damaged")
            return kind(values[name], state)
    raise NotAnAnswer("no_answer_in_address")


def _same_place(given: SplitResult, registered: SplitResult) -> bool:
    return (
        given.scheme == registered.scheme
        and _host(given) == _host(registered)
        and given.path.rstrip("/") == registered.path.rstrip("/")
    )


def _host(parts: SplitResult) -> str:
    """Host and port as written, in small letters; the port that goes without saying is left out."""
    default = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return parts.netloc.lower().removesuffix(default)
