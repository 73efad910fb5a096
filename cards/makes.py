"""People's makes of a design, with pictures and links."""

from __future__ import annotations

from cards.components import Component, button, container, custom_id, row, section, separator, text, thumbnail
from cards.thing_summary import named
from texts import Language, Markup, bare, moment, plain
from thingiverse.details import Make
from thingiverse.models import Thing, moment_of

PER_PAGE = 5  # six components each, and Discord takes forty
LONGEST_TEXT = 200  # characters


def render(
    language: Language, thing: Thing, makes: tuple[Make, ...], page: int, *, total: int | None, more: bool
) -> list[Component]:
    """`page` counts from 0. `more`: another page follows."""
    if not makes:
        return [container(text(_nothing(language, thing, page)), *([_pages(language, thing, page, more)] * (page > 0)))]
    lines = [language.say("## Makes of {name}", name=named(language, thing))]
    if total is not None:
        lines.append("-# " + language.count("{n} make", "{n} makes", total))
    body = [text("\n".join(lines))]
    for make in makes:
        body += [separator(), section(_said(language, make), _picture(language, make))]
    paged = more or page > 0
    return [container(*body), _pages(language, thing, page, more)] if paged else [container(*body)]


def _nothing(language: Language, thing: Thing, page: int) -> str:
    if page:
        return language.say("There are no more makes of {name}.", name=named(language, thing))
    return language.say("Nobody has posted a make of {name} yet.", name=named(language, thing))


def _said(language: Language, make: Make) -> str:
    login = plain(make.maker.name) if make.maker is not None else ""
    by = language.say("Make by {maker}", maker=Markup(login)) if login else language.say("Make")
    when = moment_of(make.added)
    facts = [
        language.count("{n} like", "{n} likes", make.like_count) if make.like_count else "",
        moment(when, "D") if when is not None else "",
    ]
    line = " · ".join(fact for fact in facts if fact)
    return "\n".join(
        each for each in (f"**[{by}]({make.url})**", plain(make.text, LONGEST_TEXT), line and f"-# {line}") if each
    )


def _picture(language: Language, make: Make) -> Component | None:
    if make.picture is None:
        return None
    login = bare(make.maker.name) if make.maker is not None else ""
    return thumbnail(
        make.picture, language.say("Make by {maker}", maker=Markup(login)) if login else language.say("Make")
    )


def _pages(language: Language, thing: Thing, page: int, more: bool) -> Component:
    return row(
        button(language.say("Back"), custom_id("makes_at", thing.id, page - 1), disabled=page == 0),
        button(language.say("Page {n}", n=page + 1), custom_id("here"), disabled=True),
        button(language.say("Next"), custom_id("makes_at", thing.id, page + 1), disabled=not more),
    )
