"""A design's description, which is HTML from strangers, as a few safe lines."""

from __future__ import annotations

import html
import re

import nh3

from texts import plain

LONGEST = 600  # characters
MOST_LINES = 12

_BREAK = re.compile(
    r"<[bh]r\s*/?>|</(?:p|li|div|h\d|tr|pre|blockquote|dd|dl|ul|ol|table|caption|figcaption|section|article)>",
    re.IGNORECASE,
)
_CELL = re.compile(r"</(?:td|th|dt)>", re.IGNORECASE)
_ITEM = re.compile(r"<li(?:\s[^<>]*)?>", re.IGNORECASE)
_LEADING = re.compile(r"^(?=[#>+-])|(?<=^\d)(?=\.)|(?<=^\d\d)(?=\.)")
_MOST_READ = 20_000  # characters of HTML


def short(described: str, *, as_html: bool) -> str:
    """The beginning of a description, as text without formatting or links."""
    text = _text_of(described[:_MOST_READ]) if as_html else described[:_MOST_READ]
    kept: list[str] = []
    room = LONGEST
    for line in (line.strip() for line in text.splitlines()):
        if not line:
            continue
        if len(kept) == MOST_LINES or room < 20:
            kept.append("…")
            break
        shown = _harmless(line, room)
        kept.append(shown)
        room -= len(shown)
    return "\n".join(kept)


def _text_of(described: str) -> str:
    broken = _ITEM.sub("• ", _CELL.sub(" ", _BREAK.sub("\n", described)))
    return html.unescape(nh3.clean(broken, tags=set()))


def _harmless(line: str, room: int) -> str:
    """Escape Markdown, including headings, quotes, and lists at the start of a line."""
    return _LEADING.sub(r"\\", plain(line, room), count=1)
