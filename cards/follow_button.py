"""The Follow button below the designs of a maker or a search."""

from __future__ import annotations

from cards.components import Component, button, custom_id
from texts import Language


def follow_button(language: Language, kind: str, subject: str) -> Component:
    """`kind` is "maker" or "search"; `subject` is the gallery's."""
    return button(language.say("Follow"), custom_id("follow", kind, subject), emoji="🔔")
