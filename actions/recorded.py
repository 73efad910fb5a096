"""How designs are called in what is recorded for a person."""

from __future__ import annotations

from thingiverse.models import Thing


def name_for_records(thing: Thing) -> str:
    """The design's name, or its ID: records are shown everywhere, adult and unpublished designs aren't."""
    return thing.name if thing.is_public and not thing.is_nsfw else f"#{thing.id}"
