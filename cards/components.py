"""Components V2 as dictionaries, as Discord documents them (components/reference).

discord.py builds, checks, and stores view objects for each message. Ours have their state in the custom_id, so nothing
is stored, and tests can read them.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from errors import BotError

Component = dict[str, Any]
Style = Literal["primary", "secondary", "success", "danger"]

_STYLES: dict[Style, int] = {"primary": 1, "secondary": 2, "success": 3, "danger": 4}
_LINK = 5
ACCENT = 0xF2994A
WARNING = 0xE5484D

VERSION = "t1"  # of custom_ids
_NUMBER = re.compile(r"-?[0-9]{1,19}")

MOST_COMPONENTS = 40
MOST_TEXT = 4_000
MOST_LABEL = 80
MOST_ALT = 1_024
LONGEST_URL = 512  # of a button


def text(content: str) -> Component:
    return {"type": 10, "content": content}


def thumbnail(url: str, alt: str) -> Component:
    return {"type": 11, "media": {"url": url}, "description": alt[:MOST_ALT]}


def pictures(described: Iterable[tuple[str, str]]) -> Component:
    """Up to ten pictures, each with its URL and description."""
    return {"type": 12, "items": [{"media": {"url": url}, "description": alt[:MOST_ALT]} for url, alt in described]}


def file(name: str) -> Component:
    return {"type": 13, "file": {"url": f"attachment://{name}"}}


def section(content: str, accessory: Component | None) -> Component:
    """Text with something next to it, or plain text if that's None."""
    if accessory is None:
        return text(content)
    return {"type": 9, "components": [text(content)], "accessory": accessory}


def separator() -> Component:
    return {"type": 14, "divider": True, "spacing": 1}


def row(*buttons: Component) -> Component:
    return {"type": 1, "components": list(buttons)}


def container(*children: Component, accent: int = ACCENT) -> Component:
    return {"type": 17, "accent_color": accent, "components": list(children)}


def button(
    label: str,
    custom_id: str,
    style: Style = "secondary",
    *,
    emoji: str | None = None,
    disabled: bool = False,
) -> Component:
    made: Component = {
        "type": 2,
        "style": _STYLES[style],
        "label": label[:MOST_LABEL],
        "custom_id": custom_id,
    }
    if emoji is not None:
        made["emoji"] = {"name": emoji}
    if disabled:
        made["disabled"] = True
    return made


def link(label: str, url: str) -> Component:
    """A button that opens a page. It's disabled if Discord would reject the URL, and with it the whole card."""
    if len(url) > LONGEST_URL:
        return button(label, custom_id("nowhere", f"{zlib.crc32(url.encode()):x}"), disabled=True)
    return {"type": 2, "style": _LINK, "label": label[:MOST_LABEL], "url": url}


def walk(components: Iterable[Component]) -> Iterator[Component]:
    """Every component, including nested ones."""
    for component in components:
        yield component
        yield from walk(component.get("components") or ())
        if component.get("accessory"):
            yield component["accessory"]


def custom_id(verb: str, *arguments: object) -> str:
    """A custom_id such as `t1:like:12345`. Discord allows 100 characters; IDs and short words need fewer."""
    return ":".join([VERSION, verb, *map(str, arguments)])


def damaged() -> BotError:
    """The error for what only a modified client could send."""
    return BotError("This button no longer works. Run the command again.")


def to_number(argument: str) -> int:
    """An argument as a number. It's checked because clients can send anything, and the database has 64 bits."""
    if not _NUMBER.fullmatch(argument) or not -(2**63) <= int(argument) < 2**63:
        raise damaged()
    return int(argument)
