"""What feeds post: one design, a digest of several, and the notice that a feed stopped. `role` is 0 for no mention."""

from __future__ import annotations

from collections.abc import Sequence

from cards.components import WARNING, Component, container, custom_id, row, section, text
from cards.feed_lines import why_stopped
from cards.feed_names import feed_name, place_name
from cards.selects import option, select
from cards.thing_summary import beside, flags, title, with_large_picture
from feed_records import FeedSource, Reason, Subscription
from texts import Language, Markup, bare, plain
from thingiverse.models import Thing

MOST_PICTURED = 10  # designs of a digest that are shown with a picture
MOST_OFFERED = 25  # designs in a select
LONGEST_TITLE = 100  # of a post in a forum


def design(language: Language, source: FeedSource, thing: Thing, *, role: int = 0) -> list[Component]:
    return [container(*_mention(role), *with_large_picture(language, thing), _origin(language, source))]


def digest(
    language: Language, source: FeedSource, things: Sequence[Thing], *, left_out: int = 0, role: int = 0
) -> list[Component]:
    """Up to 25 designs, the newest first: ten with pictures, and all in a select that opens their card."""
    offered = list({thing.id: thing for thing in things}.values())[:MOST_OFFERED]
    shown = [section(_short(language, thing), beside(language, thing)) for thing in offered[:MOST_PICTURED]]
    top = text(f"## {heading(language, source, len(offered) + left_out)}")
    more = len(offered) - len(shown) + left_out
    notes = [_origin(language, source)]
    if more:
        said = language.count("-# and {n} more", "-# and {n} more", more)
        notes.insert(0, text(said))
    return [container(*_mention(role), top, *shown, row(_choice(language, offered)), *notes)]


def heading(language: Language, source: FeedSource, count: int) -> str:
    if source.kind == "popular":
        return language.say("Popular this week")
    return language.count("{n} new design", "{n} new designs", count)


def post_title(language: Language, source: FeedSource, things: Sequence[Thing], *, left_out: int = 0) -> str:
    """The title of a post in a forum, without Markdown."""
    if len(things) == 1 and not left_out:
        return bare(things[0].name, LONGEST_TITLE) or language.say("Untitled design")[:LONGEST_TITLE]
    return heading(language, source, len(things) + left_out)[:LONGEST_TITLE]


def stopped(language: Language, feed: Subscription, reason: Reason, *, here: bool = True) -> list[Component]:
    """The notice that a failure has stopped a feed, in its own channel or elsewhere."""
    name, why = feed_name(language, feed.source), why_stopped(language, feed, reason)
    if feed.personal:
        said = language.say("I paused your feed **{feed}**. {why} You can change it with {/feeds}.", feed=name, why=why)
    elif here:
        said = language.say(
            "I paused the feed **{feed}** here. {why} Moderators can change it with {/feeds}.", feed=name, why=why
        )
    else:
        place = place_name(language, feed)
        said = language.say(
            "I paused the feed **{feed}** → {channel}. {why} You can change it with {/feeds}.",
            feed=name,
            channel=place,
            why=why,
        )
    return [container(text(said), accent=WARNING)]


def capped(language: Language, feed: Subscription, cap: int) -> list[Component]:
    """The notice that a channel got the most posts it may get in a day."""
    said = language.count(
        "I sent {n} feed post to {channel} within a day, the most I send there. Until there's room again, new designs "
        "aren't posted. With {/feeds}, you can turn a feed into a digest, or filter it.",
        "I sent {n} feed posts to {channel} within a day, the most I send there. Until there's room again, new designs "
        "aren't posted. With {/feeds}, you can turn a feed into a digest, or filter it.",
        cap,
        channel=place_name(language, feed),
    )
    return [container(text(said), accent=WARNING)]


def caught_up(language: Language, feed: Subscription, left_out: int) -> list[Component]:
    """The notice that what a feed had missed came as one digest."""
    name, place = feed_name(language, feed.source), place_name(language, feed)
    said = language.say(
        "The feed **{feed}** → {channel} was behind. I posted what it missed as one digest.", feed=name, channel=place
    )
    if left_out:
        said += "\n" + language.count(
            "{n} more design didn't fit in it.", "{n} more designs didn't fit in it.", left_out
        )
    return [container(text(said))]


def _mention(role: int) -> list[Component]:
    return [text(f"<@&{role}>")] if role else []


def _origin(language: Language, source: FeedSource) -> Component:
    return text(language.say("-# From the feed {feed}", feed=feed_name(language, source)))


def _short(language: Language, thing: Thing) -> str:
    """Two or three short lines, so that ten fit into a message."""
    name = Markup(plain(thing.name, 60) or title(language, thing))
    lines = [f"**[{name}]({thing.url})**"]
    if thing.maker is not None and thing.maker.name:
        lines.append(language.say("by {maker}", maker=Markup(plain(thing.maker.name, 30))))
    likes = "" if thing.like_count is None else language.count("{n} like", "{n} likes", thing.like_count)
    lines.append(" · ".join(part for part in (likes, flags(language, thing)) if part))
    return "\n".join(each for each in lines if each)


def _choice(language: Language, things: Sequence[Thing]) -> Component:
    options = [option(bare(thing.name) or language.say("Untitled design"), thing.id) for thing in things]
    return select(custom_id("feed_card"), options, language.say("Open a design"))
