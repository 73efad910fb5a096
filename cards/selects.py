"""Selects, as dictionaries."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from cards.components import Component

LONGEST_OPTION = 100  # characters of its label
LONGEST_PLACEHOLDER = 150

TEXT, ANNOUNCEMENTS, FORUM = 0, 5, 15  # Discord's channel types
POSTABLE = [TEXT, ANNOUNCEMENTS, FORUM, 10, 11, 12]  # and threads


def option(label: str, value: object, *, chosen: bool = False) -> Component:
    return {"label": label[:LONGEST_OPTION], "value": str(value), "default": chosen}


def select(
    custom_id: str, options: Iterable[Component], placeholder: str = "", *, least: int = 1, most: int = 1
) -> Component:
    made = {"type": 3, "custom_id": custom_id, "min_values": least, "max_values": most, "options": list(options)}
    return made | {"placeholder": placeholder[:LONGEST_PLACEHOLDER]} if placeholder else made


def picker(
    kind: Literal["role", "channel"],
    custom_id: str,
    placeholder: str,
    chosen: Iterable[int] = (),
    *,
    least: int = 0,
    most: int = 1,
) -> Component:
    """A select of the server's roles or channels."""
    return {
        "type": 6 if kind == "role" else 8,
        "custom_id": custom_id,
        "placeholder": placeholder[:LONGEST_PLACEHOLDER],
        "min_values": least,
        "max_values": most,
        "default_values": [{"id": str(each), "type": kind} for each in chosen][:most],
    }
