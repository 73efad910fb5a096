"""Find the designs a message links to, with Discord's Markdown."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from thingiverse.urls import mentions_site, thing_links

_MARK = re.compile(r"\\[\\`|<]|`+")  # an escaped sign, or a run of backticks
_BACKTICKS = re.compile(r"`+")
_BLOCK = 3  # at least this many backticks begin and end a code block
_SUPPRESSED = re.compile(r"<[^<>\s]*>")
_SPOILER = re.compile(r"\|\|.+?\|\|", re.DOTALL)


@dataclass(frozen=True)
class Posted:
    thing: int
    spoiler: bool


def posted(content: str) -> list[Posted]:
    """The designs in order, without duplicates, and without links in code or <...>. Spoilers are marked."""
    if not mentions_site(content):
        return []
    text = _SUPPRESSED.sub(lambda match: " " * len(match[0]), _without_code(content))
    covered = [match.span() for match in _SPOILER.finditer(text)]
    found: dict[int, Posted] = {}
    for at, thing in thing_links(text.replace("||", "  ")):
        before = bisect_left(covered, (at + 1, 0))
        spoiler = before > 0 and at < covered[before - 1][1]
        if thing in found:
            spoiler = spoiler or found[thing].spoiler
        found[thing] = Posted(thing, spoiler)
    return list(found.values())


def _without_code(content: str) -> str:
    """Replace escaped characters and code with spaces, so that positions don't change."""
    kept: list[str] = []
    at = 0
    for begin, end in _hidden(content):
        kept += [content[at:begin], " " * (end - begin)]
        at = end
    return "".join([*kept, content[at:]])


def _hidden(content: str) -> Iterator[tuple[int, int]]:
    """Where escaped characters and code begin and end. Each run of backticks is read once."""
    fences = _Fences(content)
    at = 0
    while (mark := _MARK.search(content, at)) is not None:
        at = mark.end()
        if mark[0].startswith("\\"):
            yield mark.span()
        elif (end := fences.closed_at(mark.end(), len(mark[0]))) is not None:
            yield mark.start(), end
            at = end


class _Fences:
    """The positions of runs of backticks, by length."""

    def __init__(self, content: str) -> None:
        self._begins: defaultdict[int, list[int]] = defaultdict(list)
        for run in _BACKTICKS.finditer(content):
            self._begins[min(len(run[0]), _BLOCK)].append(run.start())

    def closed_at(self, after: int, length: int) -> int | None:
        """Where code ends that began with a run of this length, which ends at `after`."""
        length = min(length, _BLOCK)
        begins = self._begins[length]
        next_one = bisect_left(begins, after)
        return begins[next_one] + length if next_one < len(begins) else None
