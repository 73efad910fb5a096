"""The card of /doctor: the bot's permissions in channels, which are missing, and where to fix it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cards.components import WARNING, Component, button, container, custom_id, row, separator, text
from cards.feed_lines import troubled_note
from errors import N_
from texts import Language, Markup
from thingiverse.errors import RateLimited, ThingiverseError, TokenRejected, Unexpected, Unreachable

# Discord's own names of permissions, as its client shows them, and what the bot needs them for
NEEDS = {
    "view_channel": N_("**View Channel**, to see the channel"),
    "send_messages": N_("**Send Messages**, to post designs"),
    "send_messages_in_threads": N_("**Send Messages in Threads**, to post in threads and forums"),
    "read_message_history": N_("**Read Message History**, to reply to links, and to find out which feed posts arrived"),
    "manage_messages": N_("**Manage Messages**, to delete keys that people paste by mistake"),
}


MOST_CHANNELS = 7


@dataclass(frozen=True)
class Channel:
    """A channel, what it's used for, and whether each permission it needs is granted."""

    id: int
    use: str  # a sentence marked with N_
    seen: bool  # whether the bot can see it at all
    granted: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()  # other problems, as sentences marked with N_

    @property
    def works(self) -> bool:
        return self.seen and not self.lacking and not self.troubles


@dataclass(frozen=True)
class Health:
    """Findings that aren't about channels. None if it's unknown, doesn't matter, or is fine."""

    commands: bool | None
    message_content: bool | None
    trouble: ThingiverseError | None  # the error of a request to Thingiverse just now
    timed_out_until: datetime | None = None
    troubled_feeds: int = 0

    @property
    def good(self) -> bool:
        return (
            self.commands is not False
            and self.message_content is not False
            and self.trouble is None
            and self.timed_out_until is None
            and not self.troubled_feeds
        )


HERE = N_("this channel")
SHOWCASE = N_("shared designs")
PREVIEWED = N_("link previews")
FEEDS = N_("feeds")
NOTICES = N_("notices about feeds")

ONLY_MODERATED_TAGS = N_(
    "This forum requires a tag, and only moderators can use its tags. Add a tag that everyone can use."
)
TOO_MANY_THREADS = N_("This server has 1,000 active threads, the most Discord allows. Close some posts or threads.")


def card(language: Language, channels: Sequence[Channel], health: Health) -> list[Component]:
    well = health.good and all(channel.works for channel in channels)
    lines = [language.say("## Everything looks good") if well else language.say("## Something needs fixing")]
    lines += _health(language, health)
    parts = [text("\n".join(lines))]
    # those that lack something first, and as many as fit into a message
    for channel in sorted(channels, key=lambda channel: channel.works)[:MOST_CHANNELS]:
        parts += [separator(), text("\n".join(_channel(language, channel)))]
    if any(channel.lacking or not channel.seen for channel in channels):
        fix = language.say(
            "**To fix this:** right-click or long-press the channel, go to **Edit Channel** › **Permissions** › "
            "**Advanced permissions** › my role, and set everything marked ✗ to ✓. For all channels at once: "
            "**Server Settings** › **Roles** › my role › **Permissions**."
        )
        parts += [separator(), text(fix)]
    again = button(language.say("Check again"), custom_id("doctor"))
    accent = {} if well else {"accent": WARNING}
    return [container(*parts, row(again), **accent)]


def _health(language: Language, health: Health) -> list[str]:
    lines = [
        language.say("✓ Thingiverse is responding.")
        if health.trouble is None
        else f"✗ {_trouble(language, health.trouble)}"
    ]
    if health.timed_out_until is not None:
        lines.append(
            language.say(
                "✗ I'm timed out and can't post anything. The timeout ends {when}. A moderator can remove it sooner: "
                "right-click or long-press my name, then **Remove Timeout**.",
                when=health.timed_out_until,
            )
        )
    if health.troubled_feeds:
        lines.append(troubled_note(language, health.troubled_feeds))
    if health.commands is not None:
        lines.append(
            language.say("✓ My commands are up to date on Discord.")
            if health.commands
            else language.say(
                "✗ My commands are out of date on Discord. The people who run this bot can fix that with a restart."
            )
        )
    if health.message_content is not None:
        lines.append(
            language.say("✓ I can read messages, which link previews need.")
            if health.message_content
            else language.say(
                "✗ I can't read messages, so link previews don't work. The people who run this bot can fix that."
            )
        )
    return lines


def _trouble(language: Language, error: ThingiverseError) -> str:
    match error:
        case Unreachable(since=datetime() as since):
            return language.say("Thingiverse stopped responding {since}.", since=since)
        case Unreachable():
            return language.say("Thingiverse isn't responding.")
        case RateLimited():
            when = datetime.now(UTC) + timedelta(seconds=error.retry_after)
            return language.say("Thingiverse is limiting my requests. The limit ends {when}.", when=when)
        case TokenRejected():
            return language.say("Thingiverse doesn't accept this bot's key. The people who run this bot can fix that.")
        case Unexpected():
            return language.say("Thingiverse responds, but with something I don't understand.")
        case _:
            return language.say("Thingiverse refuses my requests.")


def _channel(language: Language, channel: Channel) -> list[str]:
    place = Markup(f"<#{channel.id}>")
    lines = [language.say("**{channel}**: {use}", channel=place, use=Markup(language.say(channel.use)))]
    if not channel.seen:
        return [
            *lines,
            language.say("✗ I can't see this channel, or it's gone. Give me **View Channel**, or choose another."),
        ]
    lines += [f"✓ {language.say(NEEDS[name])}" for name in channel.granted]
    lines += [f"✗ {language.say(NEEDS[name])}" for name in channel.lacking]
    lines += [f"✗ {language.say(trouble)}" for trouble in channel.troubles]
    return lines
