"""Components V2 as plain payloads, as Discord documents them (components/reference).

discord.py's own view objects are built, checked and kept for each message; ours carry their state in the
custom_id, so nothing has to be kept, and a card is a list of dictionaries that a test can read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal

import discord

Component = dict[str, Any]
Style = Literal["primary", "secondary", "success", "danger"]

_STYLES: dict[Style, int] = {"primary": 1, "secondary": 2, "success": 3, "danger": 4}
_LINK = 5
ACCENT = 0xF2994A
WARNING = 0xE5484D

MOST_COMPONENTS = 40
MOST_TEXT = 4_000
MOST_LABEL = 80
MOST_ALT = 1_024


def text(content: str) -> Component:
    return {"type": 10, "content": content}


def thumbnail(url: str, alt: str) -> Component:
    return {"type": 11, "media": {"url": url}, "description": alt[:MOST_ALT]}


def picture(url: str, alt: str) -> Component:
    return pictures([(url, alt)])


def pictures(described: Iterable[tuple[str, str]]) -> Component:
    """Up to ten pictures, each an address and what it shows."""
    return {"type": 12, "items": [{"media": {"url": url}, "description": alt[:MOST_ALT]} for url, alt in described]}


def file(name: str) -> Component:
    """A file that goes with the message."""
    return {"type": 13, "file": {"url": f"attachment://{name}"}}


def section(content: str, accessory: Component | None) -> Component:
    """Text with something beside it; plain text where there is nothing to set beside it."""
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
    return {"type": 2, "style": _LINK, "label": label[:MOST_LABEL], "url": url}


def walk(components: Iterable[Component]) -> Iterator[Component]:
    """Every component, those inside others too."""
    for component in components:
        yield component
        yield from walk(component.get("components", ()))
        if "accessory" in component:
            yield component["accessory"]


class Card(discord.ui.LayoutView):
    """Finished components in the shape that discord.py sends.

    It registers nothing to wait for a press: presses find their way by custom_id (see `ui.presses`).
    """

    def __init__(self, *components: Component) -> None:
        super().__init__(timeout=None)
        self.payload = list(components)
        self.stop()  # what has ended is not kept

    def to_components(self) -> list[Component]:
        return self.payload

    def has_components_v2(self) -> bool:
        return True


def on_message(message: discord.Message) -> list[Component]:
    """The components of a message that was sent, to be changed and sent again."""
    return [component.to_dict() for component in message.components]  # pyright: ignore[reportReturnType]
