"""The private answer to /follow."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from cards.components import Component, button, container, custom_id, row, separator, text
from cards.feed_names import feed_name, place_name
from cards.thing_summary import in_gallery
from feed_records import FeedSource, Subscription
from texts import Language
from thingiverse.models import Thing


def followed(language: Language, feed: Subscription, newest: Sequence[Thing]) -> list[Component]:
    """What is followed from now on, and the newest designs, which aren't posted."""
    lines = [
        language.say(
            "## ✓ Following\n**{feed}** in {channel}. From now on, new designs are posted there automatically.",
            feed=feed_name(language, feed.source),
            channel=place_name(language, feed),
        ),
        language.count(
            "This one is there already, so I won't post it. Only you can see this.",
            "These {n} are there already, so I won't post them. Only you can see this.",
            len(newest),
        )
        if newest
        else language.say("There's nothing yet. Only you can see this."),
    ]
    shown = chain.from_iterable(in_gallery(language, thing) for thing in newest)
    buttons = row(
        button(language.say("Edit"), custom_id("feed_edit", feed.feed), "primary"),
        button(language.say("Post a test"), custom_id("feed_test", feed.feed)),
        button(language.say("Remove"), custom_id("feed_remove", feed.feed), "danger"),
    )
    return [container(text("\n".join(lines)), *shown, separator(), buttons)]


def begun(language: Language, source: FeedSource) -> list[Component]:
    """The first message of a personal feed, which shows that DMs arrive."""
    said = language.say(
        "From now on, I'll send you new designs here: **{feed}**. Change that with {/feeds}.",
        feed=feed_name(language, source),
    )
    return [container(text(said))]
