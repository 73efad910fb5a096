"""People's makes of a design, with pictures and links."""

from __future__ import annotations

from cards.components import Component, container, row, section, separator, text, thumbnail
from cards.paging import back_and_next
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
    pages = [row(*back_and_next(language, page, "makes_at", thing.id, more=more))] if more or page > 0 else []
    if not makes:
        return [container(text(_nothing(language, thing, page)), *(pages if page > 0 else []))]
    lines = [language.say("## Makes of {name}", name=named(language, thing))]
    if total is not None:
        lines.append("-# " + language.count("{n} make", "{n} makes", total))
    body = [text("\n".join(lines))]
    for make in makes:
        body += [separator(), section(_said(language, make), _picture(language, make))]
    return [container(*body), *pages]


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
