"""The card with the result of a like, which two cogs use."""

from __future__ import annotations

from actions.likes import Outcome
from cards import thing_summary
from cards.components import Component
from desk.replies import Reply


async def outcome_card(reply: Reply, outcome: Outcome) -> list[Component]:
    """The result of a like or unlike, with the account and Undo. Adult designs aren't shown everywhere."""
    return thing_summary.after_like(
        reply.language,
        outcome.thing,
        wanted=outcome.wanted,
        changed=outcome.changed,
        shown=not outcome.thing.is_nsfw or await reply.shows_adult(),
        maker=outcome.link.maker_name,
        sharable=reply.installed,
    )
