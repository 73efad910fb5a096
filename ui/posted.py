"""Which designs' addresses a message shows as links, as Discord reads its own Markdown."""

from __future__ import annotations

import re
from dataclasses import dataclass

from thingiverse.urls import addresses

# what is no link, in the order in which Discord takes it away
_ESCAPED = re.compile(r"\\[\\`|<]")
_CODE = re.compile(r"(?P<fence>`+)(?!`).+?(?<!`)(?P=fence)(?!`)", re.DOTALL)
_SUPPRESSED = re.compile(r"<[^<>\s]*>")
_SPOILER = re.compile(r"\|\|.+?\|\|", re.DOTALL)


@dataclass(frozen=True)
class Posted:
    thing: int
    spoiler: bool


def posted(content: str) -> list[Posted]:
    """Each design once, in the order of the message; not what is in code or in <...>. A spoiler is said to be one."""
    text = content
    for hidden in (_ESCAPED, _CODE, _SUPPRESSED):
        text = hidden.sub(lambda match: " " * len(match[0]), text)
    covered = [match.span() for match in _SPOILER.finditer(text)]
    found: dict[int, Posted] = {}
    for at, thing in addresses(text.replace("||", "  ")):
        spoiler = any(begin <= at < end for begin, end in covered)
        if thing in found:
            spoiler = spoiler or found[thing].spoiler
        found[thing] = Posted(thing, spoiler)
    return list(found.values())
