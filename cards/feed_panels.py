"""The private panels of /feeds: every feed with its line, one feed, and questions before it's removed or moved."""

from __future__ import annotations

from collections.abc import Sequence

from cards.components import WARNING, Component, button, container, custom_id, row, separator, text
from cards.feed_lines import is_troubled, line
from cards.feed_names import feed_name, place_name, posting
from cards.paging import back_and_next, paged
from cards.selects import FORUM, POSTABLE, option, picker, select
from feed_records import Subscription
from texts import Language, bare

PER_PAGE = 10  # feeds


def listed(
    language: Language,
    feeds: Sequence[Subscription],
    page: int,
    *,
    personal: bool,
    note: str = "",
    notices: int | None = None,
) -> list[Component]:
    """One page of all feeds, and a select that opens one.

    `notices` is the channel for notices, 0 if there's none; None for people who can't choose it.
    """
    shown, page, last = paged(feeds, page, PER_PAGE)
    top = language.say("## Your feeds") if personal else language.say("## Feeds of this server")
    lines = [_noted(top, note)]
    if not shown:
        nothing = language.say("There are none yet. Use {/follow} to get new designs automatically.")
        return [container(text(f"{lines[0]}\n{nothing}"))]
    lines += [f"{_titled(language, feed)}\n{line(language, feed)}" for feed in shown]
    parts = [text("\n\n".join(lines)), row(_choice(language, shown, page))]
    if last:
        parts.append(row(*back_and_next(language, page, "feeds", more=page < last, numbered=False)))
    if notices is not None:
        parts += _notices(language, notices)
    return [container(*parts)]


def one(language: Language, feed: Subscription, *, note: str = "") -> list[Component]:
    top = _noted(f"## {feed_name(language, feed.source)} → {place_name(language, feed)}", note)
    lines = [top, line(language, feed), "", *(f"- {each}" for each in posting(language, feed.options))]
    number = feed.feed
    go_on = (
        button(language.say("Pause"), custom_id("feed_pause", number))
        if feed.state == "ok"
        else button(language.say("Resume"), custom_id("feed_resume", number), "primary")
    )
    first = [
        go_on,
        button(language.say("Edit"), custom_id("feed_edit", number)),
        *([] if feed.personal else [button(language.say("Move"), custom_id("feed_move", number))]),
        button(language.say("Remove"), custom_id("feed_remove", number), "danger"),
    ]
    second = [
        button(language.say("Post a test"), custom_id("feed_test", number)),
        button(language.say("Why not?"), custom_id("feed_why", number)),
        button(language.say("All feeds"), custom_id("feeds", 0)),
    ]
    troubled = {"accent": WARNING} if is_troubled(feed) else {}
    return [container(text("\n".join(lines)), separator(), row(*first), row(*second), **troubled)]


def remove(language: Language, feed: Subscription) -> list[Component]:
    said = language.say(
        "## Remove this feed?\n**{feed}** in {channel}. What it posted stays. You can't undo this, but you can follow "
        "it again.",
        feed=feed_name(language, feed.source),
        channel=place_name(language, feed),
    )
    buttons = row(
        button(language.say("Remove"), custom_id("feed_removed", feed.feed), "danger"),
        button(language.say("Keep it"), custom_id("feed_see", feed.feed)),
    )
    return [container(text(said), buttons, accent=WARNING)]


def move(language: Language, feed: Subscription) -> list[Component]:
    said = language.say(
        "## Move this feed\n**{feed}** posts in {channel}. Where should it post from now on?",
        feed=feed_name(language, feed.source),
        channel=place_name(language, feed),
    )
    choice = picker(
        "channel", custom_id("feed_moved", feed.feed), language.say("Choose a channel, thread, or forum"), least=1
    )
    back = button(language.say("Back"), custom_id("feed_see", feed.feed))
    return [container(text(said), row(choice | {"channel_types": POSTABLE}), row(back))]


def _noted(top: str, note: str) -> str:
    return f"{top}\n{note}" if note else top


def _titled(language: Language, feed: Subscription) -> str:
    name = feed_name(language, feed.source)
    return f"**{name}**" if feed.personal else f"**{name}** → {place_name(language, feed)}"


def _choice(language: Language, shown: Sequence[Subscription], page: int) -> Component:
    # options show no Markdown
    options = [option(bare(feed_name(language, feed.source).replace("\\", "")) or "–", feed.feed) for feed in shown]
    return select(custom_id("feed_pick", page), options, language.say("Choose a feed to change"))


def _notices(language: Language, chosen: int) -> list[Component]:
    said = language.say(
        "**Notices about feeds go to**\n-# When one stops, reaches the most posts of a day, or catches up on what it "
        "missed."
    )
    nowhere = language.say("No channel: you see them here")
    choice = picker("channel", custom_id("feed_notices"), nowhere, [chosen] if chosen else [])
    kinds = [kind for kind in POSTABLE if kind != FORUM]
    return [separator(), text(said), row(choice | {"channel_types": kinds})]
