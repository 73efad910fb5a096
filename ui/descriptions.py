"""A design's description, which is HTML of strangers, as a few safe lines."""

from __future__ import annotations

import html
import re

import nh3

from ui.texts import plain

LONGEST = 600  # characters
MOST_LINES = 12

_BREAK = re.compile(r"<br\s*/?>|</(?:p|li|div|h\d|tr|pre|blockquote)>", re.IGNORECASE)
_ITEM = re.compile(r"<li[^>]*>", re.IGNORECASE)
_LEADING = re.compile(r"^(?=[#>+-])|(?<=^\d)(?=\.)|(?<=^\d\d)(?=\.)")
_MOST_READ = 20_000  # characters of HTML


def short(described: str, *, as_html: bool) -> str:
    """The beginning of a description: its text alone, that formats nothing and links nowhere."""
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
    broken = _ITEM.sub("• ", _BREAK.sub("\n", described))
    return html.unescape(nh3.clean(broken, tags=set()))


def _harmless(line: str, room: int) -> str:
    """Escaped, also where a line's beginning would make it a heading, a quote or a list."""
    return _LEADING.sub(r"\\", plain(line, room), count=1)
