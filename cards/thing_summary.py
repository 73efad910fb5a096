"""Summaries of a design: in a gallery, and as the result of a like."""

from __future__ import annotations

from functools import lru_cache

from cards import licenses
from cards.components import (
    Component,
    button,
    container,
    custom_id,
    link,
    pictures,
    row,
    section,
    separator,
    text,
    thumbnail,
)
from texts import Language, Markup, bare, plain
from thingiverse.models import Thing

HEART = "❤️"


def title(language: Language, thing: Thing) -> str:
    """The design's name, or a placeholder if it has none."""
    return plain(thing.name) or language.say("Untitled design")


def alt(language: Language, thing: Thing) -> str:
    name = bare(thing.name) or language.say("Untitled design")
    if thing.maker is None or not thing.maker.name:
        return language.say("Picture of {name}", name=Markup(name))
    return language.say("Picture of {name} by {maker}", name=Markup(name), maker=Markup(bare(thing.maker.name)))


@lru_cache(maxsize=512)  # rendering is a third of what a page of /popular costs
def in_gallery(language: Language, thing: Thing, *, liked: bool = False, note: str = "") -> list[Component]:
    """One of several: eight components with the divider above it. The list is shared, so don't change it."""
    lines = [named(language, thing), *facts(language, thing, likes=liked)]
    if note:
        lines.append(note)
    press = unlike_in_place(language, thing.id) if liked else like_button(language, thing)
    return [
        separator(),
        section("\n".join(lines), beside(language, thing)),
        row(press, details_button(language, thing.id), link(language.say("Open"), thing.url)),
    ]


def named(language: Language, thing: Thing) -> Markup:
    """Its name as a link to its page."""
    return Markup(f"**[{title(language, thing)}]({thing.url})**")


def after_like(
    language: Language, thing: Thing, *, wanted: bool, changed: bool, shown: bool, maker: str, sharable: bool = False
) -> list[Component]:
    """The private reply to a like or unlike, with Undo. `shown` is False if adult designs may not be shown.

    `maker` is the account it was done with. `sharable` adds Share here.
    """
    undo = _undo(language, thing.id, wanted=wanted, changed=changed)
    if not shown:
        sentence = _done(language, language.say("this design"), wanted=wanted, changed=changed)
        note = language.say("This design is marked as adult, so I only show it in age-restricted channels.")
        return [container(text(f"{sentence}\n{note}"), row(undo))]
    lines = [
        _done(language, named(language, thing), wanted=wanted, changed=changed),
        *facts(language, thing, likes=True),
        language.say("-# As @{maker} on Thingiverse", maker=maker),
    ]
    share = [share_button(language, thing.id)] if sharable and wanted else []
    buttons = row(undo, *share, link(language.say("Open"), thing.url))
    return [container(section("\n".join(lines), beside(language, thing)), buttons)]


def _undo(language: Language, thing_id: int, *, wanted: bool, changed: bool) -> Component:
    """The Undo button. If nothing was changed, it's called Like or Unlike."""
    label = language.say("Unlike") if wanted else language.say("Like")
    return button(language.say("Undo") if changed else label, custom_id("set", thing_id, int(not wanted)))


def _done(language: Language, name: str, *, wanted: bool, changed: bool) -> str:
    match wanted, changed:
        case True, True:
            return language.say("You liked {name}.", name=name)
        case True, False:
            return language.say("You already like {name}.", name=name)
        case False, True:
            return language.say("You unliked {name}.", name=name)
        case _:
            return language.say("You haven't liked {name}, so there's nothing to undo.", name=name)


def facts(language: Language, thing: Thing, *, likes: bool = False) -> list[str]:
    """Maker, counts, license, and flags, where Thingiverse tells them. `likes`: no Like button shows their count."""
    lines: list[str] = []
    if thing.maker is not None and thing.maker.name:
        lines.append(language.say("by {maker}", maker=thing.maker.name))
    counts = [
        language.count("{n} like", "{n} likes", thing.like_count) if likes and thing.like_count is not None else None,
        None if thing.make_count is None else language.count("{n} make", "{n} makes", thing.make_count),
        licenses.short(language, thing.license) if thing.license else None,
    ]
    lines.append(" · ".join(count for count in counts if count))
    lines.append(flags(language, thing))
    return [line for line in lines if line]


def flags(language: Language, thing: Thing) -> str:
    given = [
        language.say("Made with AI") if thing.is_ai else "",
        language.say("Work in progress") if thing.is_wip else "",
        language.say("Adult") if thing.is_nsfw else "",
    ]
    return " ".join(f"`{flag}`" for flag in given if flag)


def like_button(language: Language, thing: Thing) -> Component:
    return button(like_label(language, thing.like_count), like_id(thing.id), "secondary", emoji=HEART)


def like_id(thing_id: int) -> str:
    return custom_id("like", thing_id)


def like_label(language: Language, count: int | None) -> str:
    """The Like button's label with the count, so that only this label changes after a like."""
    return language.say("Like") if count is None else language.say("Like · {n}", n=count)


def details_button(language: Language, thing_id: int) -> Component:
    return button(language.say("Details"), custom_id("thing", thing_id))


def save_button(language: Language, thing_id: int) -> Component:
    return button(language.say("Save"), custom_id("save", thing_id), emoji="🔖")


def buttons_of_one(language: Language, thing: Thing, *extra: Component) -> Component:
    """The row below a card of one design. Discord allows five buttons, so there's room for one more."""
    return row(
        like_button(language, thing),
        save_button(language, thing.id),
        details_button(language, thing.id),
        link(language.say("Open"), thing.url),
        *extra,
    )


def with_large_picture(language: Language, thing: Thing) -> list[Component]:
    """The parts of a card of one design."""
    large = [] if thing.picture is None else [pictures([(thing.picture, alt(language, thing))])]
    return [*large, text("\n".join([named(language, thing), *facts(language, thing)])), buttons_of_one(language, thing)]


def share_button(language: Language, thing_id: int) -> Component:
    return button(language.say("Share here"), custom_id("share", thing_id), emoji="📣")


def unlike_in_place(language: Language, thing_id: int) -> Component:
    return button(language.say("Unlike"), custom_id("flip", thing_id, 0))


def like_in_place(language: Language, thing_id: int) -> Component:
    return button(language.say("Like again"), custom_id("flip", thing_id, 1), "success", emoji=HEART)


def beside(language: Language, thing: Thing) -> Component | None:
    """A small picture of the design, or None."""
    return None if thing.picture is None else thumbnail(thing.picture, alt(language, thing))
