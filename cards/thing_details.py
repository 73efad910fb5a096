"""Cards of one design: its details, its files, the shared card, and the preview."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from babel.units import format_unit

from cards import descriptions, licenses
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
)
from cards.gallery import Position, old
from cards.thing_summary import (
    alt,
    beside,
    buttons_of_one,
    facts,
    flags,
    like_button,
    named,
    save_button,
    share_button,
    title,
    with_large_picture,
)
from errors import N_
from texts import Language, Markup, bare, moment, plain
from thingiverse.details import Details, File, Picture
from thingiverse.models import Maker, Thing

MOST_PICTURES = 10
MOST_TAGS = 8
MOST_FILES = 15
LONGEST_SETTINGS = 400  # characters

# Thingiverse's names of print settings
_SETTINGS = {
    "printer": N_("Printer: {value}"),
    "printer brand": N_("Printer brand: {value}"),
    "rafts": N_("Rafts: {value}"),
    "supports": N_("Supports: {value}"),
    "resolution": N_("Resolution: {value}"),
    "infill": N_("Infill: {value}"),
    "filament material": N_("Filament: {value}"),
    "filament brand": N_("Filament brand: {value}"),
    "filament color": N_("Filament color: {value}"),
}


def full(
    language: Language,
    thing: Details,
    given: Sequence[Picture],
    *,
    sharable: bool = False,
    again: bool = False,
    read_at: datetime | None = None,
) -> list[Component]:
    """`sharable`: it is shown to one person, who may show it to their server. `again`: it was drawn by chance.

    `read_at` is set where what is shown is old.
    """
    paragraphs = [_head(language, thing), _license(language, thing), _described(thing), _settings(language, thing)]
    paragraphs += [_remixed(language, thing), _tags(thing)]
    body = text("\n\n".join(paragraph for paragraph in paragraphs if paragraph))
    buttons = _buttons(language, thing, sharable=sharable, again=again)
    top = [] if read_at is None else [text(old(language, read_at))]
    return [container(*top, *_pictures(language, thing, given), body, separator(), *buttons)]


def files(language: Language, thing: Details, given: Sequence[File]) -> list[Component]:
    """The names, sizes, and links of its files. The bot doesn't download any."""
    lines = [language.say("## Files for {name}", name=named(language, thing))]
    lines += [_file(language, file) for file in given[:MOST_FILES]]
    if not given:
        lines.append(language.say("No files listed on Thingiverse."))
    if len(given) > MOST_FILES:
        lines.append(language.count("-# and {n} more", "-# and {n} more", len(given) - MOST_FILES))
    on_site = link(language.say("All files on Thingiverse"), f"{thing.url}/files")
    return [container(text("\n".join(lines)), row(on_site))]


def shared(language: Language, thing: Thing, *, by: int, note: str = "") -> list[Component]:
    """The card of a shared design. It doesn't ping anyone."""
    said = [language.say("Shared by {person}", person=Markup(f"<@{by}>"))]
    if note:
        said.append(f"> {plain(note, 300)}")
    return [container(text("\n".join(said)), *with_large_picture(language, thing))]


def compact(language: Language, thing: Thing, *extra: Component, spoiler: bool = False) -> list[Component]:
    """A small card; an `extra` button comes after its own four."""
    lines = [named(language, thing), *facts(language, thing)]
    made = container(section("\n".join(lines), beside(language, thing)), buttons_of_one(language, thing, *extra))
    return [made | {"spoiler": True} if spoiler else made]


def maker_heading(language: Language, maker: Maker | None, login: str) -> tuple[str, list[str]]:
    """A maker's name as a link to their page, and notes about them."""
    shown = plain(maker.name if maker is not None and maker.name else login)
    heading = f"[{shown}]({maker.url})" if maker is not None and maker.url is not None else shown
    if maker is None:
        return heading, []
    counts = [
        None if maker.count_of_designs is None else language.count("{n} design", "{n} designs", maker.count_of_designs),
        None
        if maker.count_of_followers is None
        else language.count("{n} follower", "{n} followers", maker.count_of_followers),
        plain(maker.location, 60) if maker.location else None,
    ]
    line = " · ".join(count for count in counts if count)
    return heading, [f"-# {line}"] if line else []


def _pictures(language: Language, thing: Details, given: Sequence[Picture]) -> list[Component]:
    """Its pictures, the main one first, without duplicates."""
    urls = dict.fromkeys(url for url in (thing.large_picture, *(found.url for found in given)) if url is not None)
    if not urls:
        return []
    first, *others = list(urls)[:MOST_PICTURES]
    described = [(first, alt(language, thing))]
    for number, url in enumerate(others, 2):
        described.append((url, language.say("Picture {n} of {name}", n=number, name=Markup(bare(thing.name)))))
    return [pictures(described)]


def _head(language: Language, thing: Details) -> str:
    lines = [f"## [{title(language, thing)}]({thing.url})"]
    if thing.maker is not None and thing.maker.name:
        lines.append(language.say("by {maker}", maker=thing.maker.name))
    counts = [
        None if thing.make_count is None else language.count("{n} make", "{n} makes", thing.make_count),
        language.count("{n} remix", "{n} remixes", thing.remix_count) if thing.remix_count else None,
        None if thing.download_count is None else language.count("{n} download", "{n} downloads", thing.download_count),
    ]
    lines += [" · ".join(count for count in counts if count), flags(language, thing), _published(language, thing)]
    return "\n".join(line for line in lines if line)


def _published(language: Language, thing: Details) -> str:
    when = thing.published_at
    return language.say("-# Published {date}", date=moment(when, "D")) if when is not None else ""


def _license(language: Language, thing: Details) -> str:
    if not thing.license:
        return ""
    lines = [language.say("**License:** {name}", name=Markup(licenses.short(language, thing.license)))]
    meaning = licenses.meaning(language, thing.license)
    return "\n".join([*lines, f"-# {meaning}"] if meaning else lines)


def _described(thing: Details) -> str:
    if thing.text_html:
        return descriptions.short(thing.text_html, as_html=True)
    return descriptions.short(thing.text, as_html=False)


def _settings(language: Language, thing: Details) -> str:
    given = thing.settings
    known = [language.say(said, value=given[name]) for name, said in _SETTINGS.items() if name in given]
    if not known:
        return ""
    kept: list[str] = []
    for each in known:
        if sum(map(len, kept)) + len(each) <= LONGEST_SETTINGS:
            kept.append(each)
    return language.say("**Print settings**\n{settings}", settings=Markup(" · ".join(kept)))


def _remixed(language: Language, thing: Details) -> str:
    parents = [named(language, parent) for parent in thing.ancestors[:3] if not parent.is_nsfw]
    return language.say("Remixed from {things}", things=Markup(", ".join(parents))) if parents else ""


def _tags(thing: Details) -> str:
    return "-# " + " · ".join(plain(tag, 30) for tag in thing.tags[:MOST_TAGS]) if thing.tags else ""


def _buttons(language: Language, thing: Details, *, sharable: bool, again: bool) -> list[Component]:
    more = [button(language.say("Files"), custom_id("files", thing.id))]
    if thing.remix_count or thing.ancestors:
        more.append(button(language.say("Remixes"), Position("similar", subject=str(thing.id)).button_id()))
    by_maker = Position("maker", subject=thing.maker_name)
    if by_maker.subject and by_maker.fits():
        more.append(button(language.say("More from this maker"), by_maker.button_id()))
    if sharable:
        more.append(share_button(language, thing.id))
    if again:
        more.append(button(language.say("Another"), custom_id("random"), emoji="🎲"))
    first = [like_button(language, thing), save_button(language, thing.id)]
    if thing.make_count != 0:
        first.append(button(language.say("Makes"), custom_id("makes", thing.id)))
    return [row(*first, link(language.say("Open"), thing.url)), row(*more)]


def _file(language: Language, file: File) -> str:
    name = plain(file.name, 80) or language.say("Untitled file")
    shown = f"[{name}]({file.url})" if file.url is not None else name
    return " · ".join([shown] if file.size is None else [shown, size(language, file.size)])


def size(language: Language, count: int) -> str:
    """Bytes as a readable size."""
    for unit in ("megabyte", "kilobyte"):
        worth = 1_000_000 if unit == "megabyte" else 1_000
        if count >= worth:
            return format_unit(round(count / worth, 1), unit, length="short", locale=language.code)
    return format_unit(count, "byte", length="long", locale=language.code)
