"""Save a design to one of a person's own collections."""

from __future__ import annotations

from collections.abc import Sequence

from cards.components import Component, button, container, custom_id, link, row, section, text
from cards.paging import back_and_next, paged
from cards.selects import LONGEST_OPTION, option, select
from cards.thing_summary import beside, named
from texts import Language, Markup, bare, plain
from thingiverse.models import Collection, Thing

PER_PAGE = 25  # the most options of a select


def choose(
    language: Language, number: int, thing: Thing | None, collections: Sequence[Collection], page: int, *, maker: str
) -> list[Component]:
    """Page `page`, from 0, or the last page if there are fewer. `thing` is None if it may not be shown."""
    shown, page, last = paged(collections, page, PER_PAGE)
    name = Markup(f"#{number}") if thing is None else named(language, thing)
    lines = [language.say("## Save {name}", name=name)]
    if collections:
        lines.append(language.say("Choose one of your collections on Thingiverse, or make a new one."))
    else:
        lines.append(language.say("You don't have any collections on Thingiverse yet."))
    lines.append(language.say("-# As @{maker} on Thingiverse", maker=maker))
    body = [text("\n".join(lines))]
    if collections:
        options = [_option(language, each) for each in shown]
        body.append(row(select(custom_id("save_in", number), options, language.say("Choose a collection"))))
    new = button(language.say("New collection"), custom_id("save_new", number))
    pages = back_and_next(language, page, "save_at", number, more=page < last, numbered=False) if last else []
    return [container(*body, row(new, *pages))]


def _option(language: Language, collection: Collection) -> Component:
    made = option(bare(collection.name) or f"#{collection.id}", collection.id)
    if collection.count is not None:
        made["description"] = language.count("{n} design", "{n} designs", collection.count)[:LONGEST_OPTION]
    return made


def after_save(
    language: Language, thing: Thing, collection: Collection, *, wanted: bool, changed: bool, shown: bool, maker: str
) -> list[Component]:
    """The private reply to a save or its undo. `shown` is False if adult designs may not be shown."""
    name = named(language, thing) if shown else language.say("this design")
    where = Markup(f"**{plain(collection.name) or f'#{collection.id}'}**")
    said = _done(language, name, where, wanted=wanted, changed=changed)
    lines = [said, language.say("-# As @{maker} on Thingiverse", maker=maker)]
    buttons: list[Component] = []
    if changed:
        undo = custom_id("saved", collection.id, thing.id, int(not wanted))
        buttons.append(button(language.say("Undo"), undo))
    if shown:
        buttons.append(link(language.say("Open"), thing.url))
    body = section("\n".join(lines), beside(language, thing) if shown else None)
    return [container(body, *([row(*buttons)] if buttons else []))]


def _done(language: Language, name: str, where: Markup, *, wanted: bool, changed: bool) -> str:
    match wanted, changed:
        case True, True:
            return language.say("You saved {name} to {collection}.", name=name, collection=where)
        case True, False:
            return language.say("{collection} already has {name}.", name=name, collection=where)
        case False, True:
            return language.say("You removed {name} from {collection}.", name=name, collection=where)
        case _:
            return language.say(
                "{collection} doesn't have {name}, so there's nothing to undo.", name=name, collection=where
            )
