"""The terms and the privacy policy: the operator's own Markdown files, as pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nh3

MOST_BYTES = 200_000
_BLANKS = re.compile(
    r"\b(?:NAME, CONTACT|PRIVACY URL|SUPPORT URL|COUNTRY|DATE|HOSTING COMPANY)\b|If you run a bot, publish"
)


class Unfinished(Exception):
    """A page can't be published; the text says why."""


@dataclass(frozen=True)
class Sheet:
    """The first heading, and the HTML below it."""

    title: str
    html: str


def read_sheets(files: Mapping[str, str]) -> dict[str, Sheet]:
    """The pages by name, from the paths of their files. Raises Unfinished."""
    return {name: _read(Path(path)) for name, path in files.items()}


def _read(path: Path) -> Sheet:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it isn't UTF-8"
        raise Unfinished(f"{path} can't be read: {why}.") from None
    if len(text) > MOST_BYTES:
        raise Unfinished(f"{path} is too long for a page.")
    blank = _BLANKS.search(text)
    if blank is not None:
        raise Unfinished(f"{path} isn't filled in yet: it still says {blank[0]!r}.")
    return sheet_of(text)


def sheet_of(text: str) -> Sheet:
    """Markdown as a page. HTML in it is shown as text."""
    from markdown_it import MarkdownIt  # only where there are pages: it takes memory

    heading, _, rest = text.lstrip().partition("\n")
    title = heading.removeprefix("# ").strip() if heading.startswith("# ") else ""
    html = MarkdownIt("commonmark", {"html": False}).enable("table").render(rest if title else text)
    return Sheet(title or "Thingamabot", nh3.clean(html))
