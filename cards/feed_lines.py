"""How a feed is, in one honest line, and where a design stopped on its way into it."""

from __future__ import annotations

from cards.feed_names import place_name
from errors import N_
from feed_records import Reason, Stop, Subscription, WhyNot
from texts import Language, Markup

# With Discord's own names of permissions, as its client shows them.
REASONS: dict[Reason, str] = {
    "channel_gone": N_("{channel} was deleted, or I can't find it."),
    "missing_view": N_("I'm missing **View Channel** in {channel}."),
    "missing_send": N_("I'm missing **Send Messages** in {channel}."),
    "missing_send_in_threads": N_("I'm missing **Send Messages in Threads** in {channel}."),
    "thread_closed": N_("The thread {channel} is closed."),
    "too_many_threads": N_("This server has 1,000 active threads, the most Discord allows. Close some."),
    "tag_required": N_("The forum {channel} requires a tag. Choose one with **Edit**."),
    "dm_closed": N_("I can't send you DMs. Allow them in your privacy settings."),
    "blocked": N_("Discord doesn't let me send you messages."),
    "refused": N_("Discord refuses my posts in {channel}."),
    "source_gone": N_("What it follows is no longer on Thingiverse, or it's private."),
}

STOPS: dict[Stop, str] = {
    "no_match": N_("It isn't what this feed follows."),
    "older": N_("It was published before this feed began, and I don't post anything old."),
    "too_old": N_("It was published more than 30 days ago."),
    "ai": N_("It's made with AI, and this feed leaves those designs out."),
    "maker": N_("It's by {value}, and this feed leaves this maker's designs out."),
    "tag": N_("It has the tag {value}, and this feed leaves that tag out."),
    "likes": N_("It had fewer than {value} likes. I look at each design once more a day later."),
    "adult": N_("It's marked as adult, so I only post it in age-restricted channels."),
    "hidden": N_("This server hides this maker's designs."),
    "uncertain": N_("Discord didn't confirm my post, so I don't know if it arrived. I didn't post it again."),
    "cap": N_("The channel already had as many posts as I send there in a day."),
    "left_out": N_("There was no room left for it in the digest."),
    "refused": N_("Discord refused the post."),
    "waiting": N_("It's waiting for its turn, such as the next digest or the end of quiet hours."),
    "paused": N_("This feed is paused."),
    "suspended": N_("This feed is paused because of a problem."),
}


def line(language: Language, feed: Subscription) -> str:
    """Such as "OK · checked 2 minutes ago · posted 3 hours ago · 3 filtered out"."""
    if feed.state != "ok":
        return _stopped(language, feed)
    parts = [
        language.say("OK"),
        language.say("not checked yet")
        if feed.checked_at is None
        else language.say("checked {when}", when=feed.checked_at),
        language.say("nothing posted yet")
        if feed.posted_at is None
        else language.say("posted {when}", when=feed.posted_at),
    ]
    if feed.filtered:
        parts.append(language.say("{n} filtered out", n=feed.filtered))
    if feed.uncertain:
        parts.append(language.count("{n} post may be missing", "{n} posts may be missing", feed.uncertain))
    return " · ".join(parts)


def why_stopped(language: Language, feed: Subscription, reason: Reason) -> Markup:
    return Markup(language.say(REASONS[reason], channel=place_name(language, feed)))


def is_troubled(feed: Subscription) -> bool:
    """Whether a failure stopped it, and not a person."""
    return feed.reason is not None and feed.state != "ok"


def where_it_stopped(language: Language, found: WhyNot | None) -> str:
    """The answer to "Why not?"; None if nothing stops it."""
    if found is None:
        return language.say("Nothing stops it. It wasn't in Thingiverse's lists yet when I last looked.")
    if found.stop == "posted":
        return (
            language.say("I already posted it.")
            if found.at is None
            else language.say("I already posted it {when}.", when=found.at)
        )
    return language.say(STOPS[found.stop], value=found.value)


def troubled_note(language: Language, feeds: int) -> str:
    """For moderators who look elsewhere."""
    return language.count(
        "⚠️ {n} feed is paused because of a problem. Open {/feeds} to see why.",
        "⚠️ {n} feeds are paused because of a problem. Open {/feeds} to see why.",
        feeds,
    )


def _stopped(language: Language, feed: Subscription) -> str:
    since = feed.since or feed.started_at
    if feed.reason is None:
        return language.say("Paused {since}", since=since)
    why = why_stopped(language, feed, feed.reason)
    if feed.state == "paused":
        return language.say("Turned off {since}, after 30 days with a problem: {why}", since=since, why=why)
    return language.say("Paused {since}: {why}", since=since, why=why)
