"""What a feed is called, where it posts, and how, in words."""

from __future__ import annotations

from babel.dates import get_day_names

from cards.searches import Search
from errors import N_
from feed_records import FeedOptions, FeedSource, Kind, Subscription
from texts import Language, Markup, plain
from thingiverse.filters import Filters

LONGEST_NAME = 60  # characters

_NAMES: dict[Kind, str] = {
    "tag": N_("Tag: {name}"),
    "maker": N_("Maker: {name}"),
    "words": N_("Search: {name}"),
    "category": N_("Category: {name}"),
    "collection": N_("Collection: {name}"),
    "popular": N_("Popular this week"),
}


def feed_name(language: Language, source: FeedSource) -> Markup:
    """Its name, such as "Tag: vase", escaped; with the filters of a search."""
    given = source.value if source.kind == "words" else source.name or source.value
    shown = Markup(plain(given, LONGEST_NAME))
    nothing_searched = source.kind == "words" and not source.value
    name = language.say("All designs") if nothing_searched else language.say(_NAMES[source.kind], name=shown)
    filters = _filters(language, source)
    return Markup(f"{name} ({filters})" if filters else name)


def place_name(language: Language, subscription: Subscription) -> Markup:
    if subscription.personal:
        return Markup(language.say("our DM"))
    return Markup(f"<#{subscription.channel}>")


def posting(language: Language, options: FeedOptions) -> list[str]:
    """How it posts, one sentence for each option that isn't the usual one."""
    lines = [_rhythm(language, options)]
    if options.quiet_from is not None and options.quiet_until is not None:
        lines.append(
            language.say(
                "Quiet from {start} to {end} ({zone})",
                start=hour(options.quiet_from),
                end=hour(options.quiet_until),
                zone=zone(options),
            )
        )
    if options.role:
        lines.append(language.say("Pings {role}", role=Markup(f"<@&{options.role}>")))
    if options.likes:
        lines.append(language.count("At least {n} like", "At least {n} likes", options.likes))
    return [*lines, *_left_out(language, options), *([language.say("Without notifications")] if options.silent else [])]


def _left_out(language: Language, options: FeedOptions) -> list[str]:
    lines = [language.say("No AI designs")] if options.no_ai else []
    if options.without_makers:
        lines.append(language.say("Without makers: {names}", names=_listed(options.without_makers)))
    if options.without_tags:
        lines.append(language.say("Without tags: {names}", names=_listed(options.without_tags)))
    return lines


def hour(number: int) -> Markup:
    return Markup(f"{number}:00")


def zone(options: FeedOptions) -> Markup:
    """The time zone as people know it: "Sao Paulo" is written with a space."""
    return Markup(plain(options.zone.replace("_", " "), 40))


def weekdays(language: Language) -> list[str]:
    """Monday first."""
    names = get_day_names(locale=language.code)
    return [names[day] for day in range(7)]


def _rhythm(language: Language, options: FeedOptions) -> str:
    at, where = hour(options.hour), zone(options)
    match options.every:
        case "design":
            return language.say("Each design right away")
        case "day":
            return language.say("A digest every day at {hour} ({zone})", hour=at, zone=where)
        case "week":
            day = Markup(weekdays(language)[options.weekday])
            return language.say("A digest every {weekday} at {hour} ({zone})", weekday=day, hour=at, zone=where)


def _listed(names: tuple[str, ...]) -> Markup:
    return Markup(", ".join(plain(name, 40) for name in names))


def _filters(language: Language, source: FeedSource) -> str:
    if source.kind != "words":
        return ""
    filters = Filters(license=source.license, has_makes=source.has_makes, remixes=source.remixes)
    category = plain(source.name, 40) if source.category and source.name else None
    return Search("", filters).described(language, category)
