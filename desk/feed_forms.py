"""The forms of feeds, and reading what people fill in."""

from __future__ import annotations

import re
import unicodedata
import zoneinfo
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import discord
import msgspec

from cards.components import custom_id
from desk.forms import Form
from desk.inputs import maker_name, tag_name
from errors import N_, BotError
from feed_records import FeedOptions, FeedSource, Kind
from texts import Language, bare
from thingiverse.urls import mentions_site

ZONE, QUIET, LIKES, MAKERS, TAGS, DESIGN = "zone", "quiet", "few_likes", "makers", "tags", "design"
KIND, WHAT = "kind", "what"
LONGEST_DESIGN = 500
LONGEST_LIST = 4_000
MOST_NAMED = 20  # makers, or tags
MOST_LIKES = 10_000
KINDS: dict[Kind, str] = {
    "tag": N_("A tag"),
    "maker": N_("A maker"),
    "words": N_("Words"),
    "category": N_("A category"),
    "collection": N_("A collection"),
    "popular": N_("Popular this week"),
}
_HOURS = re.compile(r"([0-9]{1,2})(?::00)?\s*(?:-|–|to|bis|a|à|~|〜)\s*([0-9]{1,2})(?::00)?")


def options_form(language: Language, feed: int, options: FeedOptions) -> Form:
    """For the options that are typed: time zone, quiet hours, likes, makers, and tags."""
    commas, say = language.say("Separate them with commas."), language.say
    form = Form(say("Filters and hours"), custom_id("feed_options", feed))
    for name, label, hint, given, longest in (
        (ZONE, say("Time zone"), say("Such as Europe/Berlin"), options.zone, 40),
        (QUIET, say("Quiet hours"), say("Such as 22-7. Leave this empty for none."), _quiet(options), 20),
        (LIKES, say("Minimum likes"), say("Leave this empty for all designs."), str(options.likes or ""), 5),
        (MAKERS, say("Without these makers"), commas, ", ".join(options.without_makers), LONGEST_LIST),
        (TAGS, say("Without these tags"), commas, ", ".join(options.without_tags), LONGEST_LIST),
    ):
        form.ask(name, label, hint, longest=longest, given=given[:longest] or None)
    return form


def source_form(language: Language, feed: int, source: FeedSource) -> Form:
    """For what a feed follows."""
    options = [
        discord.SelectOption(label=language.say(label), value=kind, default=kind == source.kind)
        for kind, label in KINDS.items()
    ]
    kinds: discord.ui.Select[Any] = discord.ui.Select(custom_id=KIND, options=options, required=True)
    given = source.name if source.kind == "category" else source.value
    hint = language.say("A tag, a name, words, a link, or an ID. Leave this empty for what's popular.")
    form = Form(language.say("Follow something else"), custom_id("feed_follows", feed))
    form.add_item(discord.ui.Label(text=language.say("What to follow"), component=kinds))
    return form.ask(WHAT, language.say("Which one"), hint, longest=LONGEST_DESIGN, given=given or None)


def why_form(language: Language, feed: int) -> Form:
    """For the design that people miss in a feed."""
    form = Form(language.say("Why not?"), custom_id("feed_because", feed))
    return form.ask(DESIGN, language.say("The design's link or ID"), longest=LONGEST_DESIGN, required=True)


def options_from(options: FeedOptions, fields: Mapping[str, str]) -> FeedOptions:
    """The options with what was filled in. Raises BotError, which names the field."""
    fields = {name: unicodedata.normalize("NFKC", given) for name, given in fields.items()}  # such as ２２〜７
    begin, end = _hours(fields.get(QUIET, ""))
    return msgspec.structs.replace(
        options,
        zone=time_zone(fields.get(ZONE, "")),
        quiet_from=begin,
        quiet_until=end,
        likes=_likes(fields.get(LIKES, "")),
        without_makers=_names(fields.get(MAKERS, ""), maker_name),
        without_tags=_names(fields.get(TAGS, ""), tag_name),
    )


def time_zone(given: str) -> str:
    """The IANA name for what was typed, which may be only the city. Raises BotError."""
    key = given.strip().casefold().replace(" ", "_")
    if not key:
        return "UTC"
    found = _zones().get(key)
    if found is None:
        raise BotError("I don't know the time zone {name}. Enter one such as Europe/Berlin.", name=given)
    return found


@cache
def _zones() -> dict[str, str]:
    """IANA names by how people may type them: whole, or only what's after the last slash."""
    names = sorted(zoneinfo.available_timezones() | {"UTC"})
    cities = {name.rpartition("/")[2].casefold(): name for name in names if not name.startswith(("Etc/", "US/"))}
    return cities | {name.casefold(): name for name in names}


def _quiet(options: FeedOptions) -> str:
    if options.quiet_from is None or options.quiet_until is None:
        return ""
    return f"{options.quiet_from}-{options.quiet_until}"


def _hours(given: str) -> tuple[int | None, int | None]:
    if not given.strip():
        return None, None
    found = _HOURS.fullmatch(given.strip().casefold())
    begin, end = (int(found[1]), int(found[2]) % 24) if found is not None else (24, 0)
    if begin > 23 or (found is not None and int(found[2]) > 24) or begin == end:
        raise BotError("Enter quiet hours as two whole hours, such as 22-7.")
    return begin, end


def _likes(given: str) -> int:
    given = given.strip()
    if not given:
        return 0
    if not (given.isascii() and given.isdigit() and len(given) <= 5) or int(given) > MOST_LIKES:
        raise BotError("Enter a number of likes from 0 to {most}.", most=MOST_LIKES)
    return int(given)


def _names(given: str, linked: Callable[[str], str]) -> tuple[str, ...]:
    """Names, separated by commas; `linked` reads one from a link to a page on Thingiverse. Raises BotError."""
    parts = (linked(part) if mentions_site(part) else part for part in re.split("[,、]", given))
    names = dict.fromkeys(bare(part).lstrip("@#") for part in parts)
    return tuple(name for name in names if name)[:MOST_NAMED]
