"""A design's description, which is HTML from strangers, as a few safe lines."""

from __future__ import annotations

import html
import re

import nh3

from texts import plain

LONGEST = 600  # characters
MOST_LINES = 12

_BLOCKS = (
    "address|article|aside|blockquote|caption|center|details|div|dl|dt|fieldset|figcaption|figure|footer|form|h[1-6]|"
    "header|hr|br|legend|main|nav|ol|option|p|pre|section|summary|table|tbody|tfoot|thead|tr|ul"
)
_CELL = re.compile(r"</?(?:td|th)(?:\s[^<>]*)?>|</dt\s*>|<dd(?:\s[^<>]*)?>", re.IGNORECASE)
_BREAK = re.compile(rf"</?(?:{_BLOCKS})(?:\s[^<>]*)?/?>|</(?:li|dd)\s*>", re.IGNORECASE)
_ITEM = re.compile(r"<li(?:\s[^<>]*)?>", re.IGNORECASE)
_EMPTY_ITEM = re.compile(r"•\s+(?:•\s+)*")
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
    broken = _BREAK.sub("\n", _CELL.sub(" ", described))
    text = html.unescape(nh3.clean(_ITEM.sub("\n• ", broken), tags=set()))
    return _EMPTY_ITEM.sub("• ", text)


def _harmless(line: str, room: int) -> str:
    """Escape Markdown, including headings, quotes, and lists at the start of a line."""
    return _LEADING.sub(r"\\", plain(line, room), count=1)
