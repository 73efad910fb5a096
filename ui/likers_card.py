"""How many people of a server like a design; by name only those who let it be seen."""

from __future__ import annotations

from collections.abc import Sequence

from thingiverse.models import Thing
from ui.components import Component, button, container, row, text
from ui.presses import custom_id
from ui.texts import Language, Markup
from ui.thing_card import details_button, named


def card(
    language: Language,
    number: int,
    thing: Thing | None,
    *,
    count: int,
    people: Sequence[int],
    asker_shows: bool,
) -> list[Component]:
    """`thing` is None where it may not be shown, or was never read."""
    name = _name(language, number, thing)
    lines = [
        language.count(
            "**{n} person** here likes {name} through me.",
            "**{n} people** here like {name} through me.",
            count,
            name=name,
        )
    ]
    if people:
        mentions = Markup(", ".join(f"<@{person}>" for person in people))
        lines.append(language.say("Among them, and glad to be named: {people}", people=mentions))
    elif count:
        lines.append(language.say("None of them lets their name be seen with it."))
    if asker_shows:
        lines.append(language.say("-# Your likes can be seen with your name, in every server you like things in."))
        change = button(language.say("Hide my name"), custom_id("named", number, 0))
    else:
        lines.append(language.say("-# Your likes are counted, and your name is not shown with them."))
        change = button(language.say("Show my name"), custom_id("named", number, 1))
    return [container(text("\n".join(lines)), row(change, details_button(language, number)))]


def _name(language: Language, number: int, thing: Thing | None) -> Markup:
    return Markup(f"#{number}") if thing is None else named(language, thing)
