"""The card that tells what became of a like, which two subjects end with."""

from __future__ import annotations

from actions.likes import Outcome
from ui import thing_card
from ui.components import Component
from ui.places import Places, in_own_server
from ui.replies import Reply


async def outcome_card(reply: Reply, places: Places, outcome: Outcome) -> list[Component]:
    """Done or so already, by which account, with the way back; an adult design is not shown everywhere."""
    return thing_card.after_like(
        reply.language,
        outcome.thing,
        wanted=outcome.wanted,
        changed=outcome.changed,
        shown=not outcome.thing.is_nsfw or await places.age_restricted(reply.interaction),
        maker=outcome.link.maker_name,
        sharable=in_own_server(reply.interaction),
    )
