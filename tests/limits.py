"""Discord's limits for one message."""

from __future__ import annotations

from cards.components import MOST_ALT, MOST_COMPONENTS, MOST_LABEL, MOST_TEXT, Component, walk

MOST_PLACEHOLDER = 150
MOST_IN_ROW = 5


def check_limits(components: list[Component]) -> None:
    parts = list(walk(components))
    assert len(parts) <= MOST_COMPONENTS
    assert sum(len(part.get("content", "")) for part in parts) <= MOST_TEXT
    ids = [part["custom_id"] for part in parts if "custom_id" in part]
    assert len(ids) == len(set(ids))
    for part in parts:
        assert 1 <= len(part.get("custom_id", "x")) <= 100
        assert 1 <= len(part.get("label", "x")) <= MOST_LABEL
        assert len(part.get("content", "x")) >= 1
        assert 1 <= len(part.get("description", "x")) <= MOST_ALT
        assert len(part.get("url", "")) <= 512
        assert 1 <= len(part.get("placeholder", "x")) <= MOST_PLACEHOLDER
        assert part["type"] != 1 or len(part["components"]) <= MOST_IN_ROW
        assert "@everyone" not in part.get("content", "").replace(r"\@everyone", "")
