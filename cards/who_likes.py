"""How many members of a server like a design, with the names of those who show them."""

from __future__ import annotations

from cards.components import Component, button, container, custom_id, row, text
from cards.thing_summary import details_button, named
from records import Likers
from texts import Language, Markup
from thingiverse.models import Thing


def card(language: Language, number: int, thing: Thing | None, likers: Likers) -> list[Component]:
    """`thing` is None if it may not be shown, or was never read."""
    name = Markup(f"#{number}") if thing is None else named(language, thing)
    lines = [
        language.count(
            "**{n} person** here liked {name} through me.",
            "**{n} people** here liked {name} through me.",
            likers.count,
            name=name,
        )
    ]
    if likers.named:
        mentions = Markup(", ".join(f"<@{person}>" for person in likers.named))
        lines.append(language.say("Including {people}", people=mentions))
    elif likers.count:
        lines.append(language.say("Nobody has chosen to show their name."))
    if likers.asker_shows:
        lines.append(language.say("-# Your name is shown with your likes, in every server where you like things."))
        change = button(language.say("Hide my name"), custom_id("named", number, 0))
    else:
        lines.append(language.say("-# Your likes are counted, but your name isn't shown with them."))
        change = button(language.say("Show my name"), custom_id("named", number, 1))
    return [container(text("\n".join(lines)), row(change, details_button(language, number)))]
