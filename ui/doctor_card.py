"""What the bot may do in a server's channels, what it lacks, and where to mend it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from errors import N_
from ui.components import WARNING, Component, button, container, row, text
from ui.presses import custom_id
from ui.texts import Language, Markup

# Discord's own names of permissions, as its client shows them, and what the bot needs them for
NEEDS = {
    "view_channel": N_("**View Channel**, to see what it is to answer"),
    "send_messages": N_("**Send Messages**, to post cards"),
    "send_messages_in_threads": N_("**Send Messages in Threads**, to post cards in threads and forum posts"),
    "read_message_history": N_("**Read Message History**, to answer the message that a card is for"),
    "manage_messages": N_("**Manage Messages**, to take away a key that somebody pastes by mistake"),
}


MOST_CHANNELS = 7


@dataclass(frozen=True)
class Channel:
    """A channel, what it is used for, and which permissions that needs: granted, or lacking."""

    id: int
    use: str  # a sentence that N_ gathered
    seen: bool  # whether the bot can see it at all
    granted: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Health:
    """Beyond channels. None where it could not be learned, or does not matter."""

    commands: bool | None
    message_content: bool | None
    thingiverse: bool
    since: datetime | None = None


HERE = N_("this channel")
SHOWCASE = N_("the showcase of shared designs")
PREVIEWED = N_("posted addresses get a card there")


def card(language: Language, channels: Sequence[Channel], health: Health) -> list[Component]:
    well = all(channel.seen and not channel.lacking for channel in channels)
    well = well and health.commands is not False and health.message_content is not False and health.thingiverse
    lines = [language.say("## Everything is well") if well else language.say("## Something is missing")]
    lines += _health(language, health)
    # those that lack something first, and as many as fit into a message
    for channel in sorted(channels, key=lambda channel: channel.seen and not channel.lacking)[:MOST_CHANNELS]:
        lines += _channel(language, channel)
    if any(channel.lacking or not channel.seen for channel in channels):
        lines.append(
            language.say(
                "**To mend it:** hold or right-click the channel, **Edit Channel**, **Permissions**, **Advanced "
                "permissions**, choose my role, and set what is marked ✗ to ✓. Or for all channels: **Server "
                "Settings**, **Roles**, my role, **Permissions**."
            )
        )
    again = button(language.say("Look again"), custom_id("doctor"))
    accent = {} if well else {"accent": WARNING}
    return [container(text("\n".join(lines)), row(again), **accent)]


def _health(language: Language, health: Health) -> list[str]:
    lines = [
        language.say("✓ Thingiverse answers.")
        if health.thingiverse
        else language.say("✗ Thingiverse has not answered since {since}.", since=health.since)
        if health.since is not None
        else language.say("✗ Thingiverse does not answer, or does not take this bot's key.")
    ]
    if health.commands is not None:
        lines.append(
            language.say("✓ Discord has all my commands.")
            if health.commands
            else language.say("✗ Discord does not have all my commands. Whoever runs me can start me again.")
        )
    if health.message_content is not None:
        lines.append(
            language.say("✓ I may read messages, which cards under posted addresses need.")
            if health.message_content
            else language.say("✗ I may not read messages, so there are no such cards. Whoever runs me can mend it.")
        )
    return lines


def _channel(language: Language, channel: Channel) -> list[str]:
    place = Markup(f"<#{channel.id}>")
    lines = [language.say("**{channel}**: {use}", channel=place, use=Markup(language.say(channel.use)))]
    if not channel.seen:
        return [*lines, language.say("✗ I cannot see it, or it is gone. Give me **View Channel**, or choose another.")]
    lines += [f"✓ {language.say(NEEDS[name])}" for name in channel.granted]
    lines += [f"✗ {language.say(NEEDS[name])}" for name in channel.lacking]
    return lines
