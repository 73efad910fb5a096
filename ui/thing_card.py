"""A design as people see it: in a gallery, on its own, and as the answer to a like."""

from __future__ import annotations

from functools import lru_cache

from thingiverse.models import Thing
from ui.components import (
    Component,
    button,
    container,
    link,
    row,
    section,
    text,
    thumbnail,
)
from ui.presses import custom_id
from ui.texts import Language, Markup, bare, plain

HEART = "❤️"


def title(language: Language, thing: Thing) -> str:
    """The design's name as people may see it; it has one even where Thingiverse has none."""
    return plain(thing.name) or language.say("Untitled design")


def alt(language: Language, thing: Thing) -> str:
    """What a picture shows, for people who do not see it."""
    name = bare(thing.name) or language.say("Untitled design")
    if thing.maker is None or not thing.maker.name:
        return language.say("Picture of {name}", name=Markup(name))
    return language.say("Picture of {name} by {maker}", name=Markup(name), maker=Markup(bare(thing.maker.name)))


@lru_cache(maxsize=512)  # rendering is a third of what a page of /popular costs
def in_gallery(language: Language, thing: Thing, *, liked: bool = False, note: str = "") -> list[Component]:
    """One of several: seven components, so that five and the pages fit in Discord's forty. Not to be changed."""
    lines = [named(language, thing), *facts(language, thing)]
    if note:
        lines.append(note)
    press = unlike_in_place(language, thing.id) if liked else like_button(language, thing)
    return [
        section("\n".join(lines), beside(language, thing)),
        row(press, details_button(language, thing.id), link(language.say("Open"), thing.url)),
    ]


def named(language: Language, thing: Thing) -> Markup:
    """Its name, that leads to its page."""
    return Markup(f"**[{title(language, thing)}]({thing.url})**")


def after_like(
    language: Language, thing: Thing, *, wanted: bool, changed: bool, shown: bool, maker: str, sharable: bool = False
) -> list[Component]:
    """The private answer to a like or an unlike, with Undo. `shown` is False where adult designs are not shown.

    `maker` is the account it was done with: people see in whose name the bot acts. `sharable`: there is a server to
    share it with.
    """
    undo = _undo(language, thing.id, wanted=wanted, changed=changed)
    if not shown:
        sentence = _done(language, language.say("This design"), wanted=wanted, changed=changed)
        note = language.say("It is marked as adult, so I show it only in age-restricted channels.")
        return [container(text(f"{sentence}\n{note}"), row(undo))]
    lines = [
        _done(language, named(language, thing), wanted=wanted, changed=changed),
        *facts(language, thing),
        language.say("-# Done as @{maker} on Thingiverse.", maker=maker),
    ]
    share = [share_button(language, thing.id)] if sharable and wanted else []
    buttons = row(undo, *share, link(language.say("Open"), thing.url))
    return [container(section("\n".join(lines), beside(language, thing)), buttons)]


def _undo(language: Language, thing_id: int, *, wanted: bool, changed: bool) -> Component:
    """The way back; where nothing was changed it is named for what it does."""
    label = language.say("Unlike") if wanted else language.say("Like")
    return button(language.say("Undo") if changed else label, custom_id("set", thing_id, int(not wanted)))


def _done(language: Language, name: str, *, wanted: bool, changed: bool) -> str:
    match wanted, changed:
        case True, True:
            return language.say("You like {name} now.", name=name)
        case True, False:
            return language.say("You already like {name}.", name=name)
        case False, True:
            return language.say("You no longer like {name}.", name=name)
        case _:
            return language.say("You do not like {name} at present, so there is nothing to take back.", name=name)


def facts(language: Language, thing: Thing) -> list[str]:
    """Maker, counts, licence and flags; what Thingiverse leaves out is left out."""
    lines: list[str] = []
    if thing.maker is not None and thing.maker.name:
        lines.append(language.say("by {maker}", maker=thing.maker.name))
    counts = [
        None if thing.like_count is None else language.count("{n} like", "{n} likes", thing.like_count),
        None if thing.make_count is None else language.count("{n} make", "{n} makes", thing.make_count),
        None if not thing.license else plain(thing.license, 60),
    ]
    lines.append(" · ".join(count for count in counts if count is not None))
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
    """The count is on the button, so that one label is all that changes when somebody likes the design."""
    return language.say("Like") if count is None else language.say("Like · {n}", n=count)


def details_button(language: Language, thing_id: int) -> Component:
    return button(language.say("Details"), custom_id("thing", thing_id))


def share_button(language: Language, thing_id: int) -> Component:
    return button(language.say("Share here"), custom_id("share", thing_id), emoji="📣")


def unlike_in_place(language: Language, thing_id: int) -> Component:
    return button(language.say("Unlike"), custom_id("flip", thing_id, 0))


def like_in_place(language: Language, thing_id: int) -> Component:
    return button(language.say("Like again"), custom_id("flip", thing_id, 1), "success", emoji=HEART)


def beside(language: Language, thing: Thing) -> Component | None:
    """Its picture, small."""
    return None if thing.picture is None else thumbnail(thing.picture, alt(language, thing))
