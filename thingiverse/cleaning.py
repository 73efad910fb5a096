"""Make names, URLs, and settings from Thingiverse fit to store and to show."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, TypeVar, cast
from urllib.parse import quote

import msgspec

_K = TypeVar("_K")

_LONGEST_ADDRESS = 2_000
_WEB = re.compile(r"https?://[\w-]+(?:\.[\w-]+)*(?::[0-9]{1,5})?(?:[/?#].*)?", re.ASCII | re.IGNORECASE)
_SIGNS = ":/?#[]@!$&'*+,;=%~"  # kept, because they have a meaning in URLs; ( and ) would end a Markdown link
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)[^<>]*>")
_INLINE = {"a", "abbr", "b", "code", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u"}
MOST_PARTS = 100  # items of a list inside a design
_LONGEST_SETTING = 1_000  # characters of HTML


def clean_name(name: str | None) -> str:
    """Strip spaces, and the NUL character, which PostgreSQL can't store in text."""
    return (name or "").replace("\x00", "").strip()


def web_url(address: str | None) -> str | None:
    """The URL if it's http(s) with a host, escaped so that Discord accepts it: one space would cost the whole card."""
    address = quote((address or "").strip(), safe=_SIGNS, errors="replace")
    return address if _WEB.fullmatch(address) and len(address) <= _LONGEST_ADDRESS else None


def whole_parts(items: Any, kind: type[_K]) -> Iterator[_K]:
    """The items that have the right shape."""
    for item in cast("list[Any]", items)[:MOST_PARTS] if isinstance(items, list) else []:
        try:
            yield msgspec.convert(item, kind, strict=False)
        except msgspec.ValidationError:
            continue


def print_settings(parts: Any) -> Iterator[tuple[str, str]]:
    for part in whole_parts(parts, dict[str, Any]):
        if part.get("type") != "settings":
            continue
        data = part.get("data")
        blocks = [cast("object", data)] if isinstance(data, dict) else data
        for block in whole_parts(blocks, dict[str, Any]):
            for name, value in islice(block.items(), MOST_PARTS):
                if isinstance(value, (str, int, float)) and (plain := text_of(str(value))):
                    yield name[:_LONGEST_SETTING].lower().replace("_", " "), plain


def text_of(given: str, longest: int = _LONGEST_SETTING) -> str:
    """The text of a setting, sent as HTML (`<div><p>Creality</p></div>`, 2023) or as plain text, on one line."""
    given = given[:longest]
    text = _TAG.sub(lambda tag: "" if tag[1].lower() in _INLINE else " ", given)
    return " ".join(clean_name(html.unescape(text)).split())
