"""The private panel that changes how a feed posts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from cards.components import Component, button, container, custom_id, damaged, row, text
from cards.feed_names import feed_name, hour, place_name, posting, weekdays, zone
from cards.selects import option, picker, select
from feed_records import FeedOptions, Subscription
from texts import Language, bare

MOST_FORUM_TAGS = 5  # of one post
WHOLE_DAY = range(24)


@dataclass(frozen=True)
class ForumTag:
    id: int
    name: str


def panel(
    language: Language, feed: Subscription, *, forum_tags: Sequence[ForumTag] = (), note: str = ""
) -> list[Component]:
    options = feed.options
    top = f"## {feed_name(language, feed.source)} → {place_name(language, feed)}"
    lines = [top, *([note] if note else []), *(f"- {each}" for each in posting(language, options))]
    selects = [_rhythm(language, feed)]
    if options.every != "design":
        selects.append(_hours(language, feed))
    selects.append(_flags(language, feed))
    if not feed.personal:
        selects.append(_role(language, feed))
    if forum_tags:
        selects.append(_tags(language, feed, forum_tags))
    buttons = row(
        button(language.say("Filters and hours"), custom_id("feed_form", feed.feed)),
        button(language.say("Follow something else"), custom_id("feed_source", feed.feed)),
        button(language.say("Done"), custom_id("feed_see", feed.feed), "primary"),
    )
    return [container(text("\n".join(lines)), *map(row, selects), buttons)]


def changed(options: FeedOptions, name: str, values: Sequence[str], offered: Sequence[ForumTag] = ()) -> FeedOptions:
    """The options after a choice in the panel's select. Raises BotError for what it doesn't offer."""
    match name:
        case "every" if len(values) == 1:
            return _with_rhythm(options, values[0])
        case "hour" if len(values) == 1 and values[0] in {str(each) for each in WHOLE_DAY}:
            return msgspec.structs.replace(options, hour=int(values[0]))
        case "flags":
            return msgspec.structs.replace(options, no_ai="no_ai" in values, silent="silent" in values)
        case "tags":
            chosen = tuple(tag.id for tag in offered if str(tag.id) in values)
            return msgspec.structs.replace(options, forum_tags=chosen[:MOST_FORUM_TAGS])
        case _:
            raise damaged()


def _with_rhythm(options: FeedOptions, value: str) -> FeedOptions:
    if value in {str(day) for day in range(7)}:
        return msgspec.structs.replace(options, every="week", weekday=int(value))
    if value in {"design", "day"}:
        return msgspec.structs.replace(options, every=value)
    raise damaged()


def _rhythm(language: Language, feed: Subscription) -> Component:
    options = feed.options
    chosen = str(options.weekday) if options.every == "week" else options.every
    offered = [
        ("design", language.say("Each design right away")),
        ("day", language.say("A digest every day")),
        *(
            (str(number), language.say("A digest every {weekday}", weekday=day))
            for number, day in enumerate(weekdays(language))
        ),
    ]
    return _select(feed, "every", (option(label, value, chosen=value == chosen) for value, label in offered))


def _hours(language: Language, feed: Subscription) -> Component:
    options = feed.options
    where = bare(zone(options), 40)
    labels = (language.say("At {hour} ({zone})", hour=hour(each), zone=where) for each in WHOLE_DAY)
    return _select(
        feed, "hour", (option(label, each, chosen=each == options.hour) for each, label in enumerate(labels))
    )


def _flags(language: Language, feed: Subscription) -> Component:
    offered = [
        option(language.say("No AI designs"), "no_ai", chosen=feed.options.no_ai),
        option(language.say("Without notifications"), "silent", chosen=feed.options.silent),
    ]
    nothing = language.say("AI designs too, with notifications")
    return _select(feed, "flags", offered, nothing, least=0, most=2)


def _role(language: Language, feed: Subscription) -> Component:
    role = feed.options.role
    return picker("role", custom_id("feed_role", feed.feed), language.say("No role to ping"), [role] if role else [])


def _tags(language: Language, feed: Subscription, offered: Sequence[ForumTag]) -> Component:
    chosen = feed.options.forum_tags
    options = [option(bare(tag.name) or "–", tag.id, chosen=tag.id in chosen) for tag in offered[:20]]
    most = min(MOST_FORUM_TAGS, len(options))
    return _select(feed, "tags", options, language.say("No tags for the posts"), least=0, most=most)


def _select(
    feed: Subscription, name: str, options: Iterable[Component], placeholder: str = "", *, least: int = 1, most: int = 1
) -> Component:
    return select(custom_id("feed_set", feed.feed, name), options, placeholder, least=least, most=most)
