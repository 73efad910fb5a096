"""Where a feed may post: what kind of channel it is, and what the bot is missing there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import discord

from cards.doctor import ONLY_MODERATED_TAGS
from cards.feed_options import ForumTag
from desk.permissions import REQUIRES_TAG, Chart, only_moderated_tags
from errors import N_, BotError
from feed_records import Target
from texts import Language, Markup

TARGETS: dict[int, Target] = {
    0: "channel",
    2: "channel",  # the chat of a voice channel
    5: "announcement",
    10: "thread",
    11: "thread",
    12: "thread",
    13: "channel",
    15: "forum",
}
NEEDS: dict[Target, tuple[str, ...]] = {
    "channel": ("view_channel", "send_messages"),
    "announcement": ("view_channel", "send_messages"),
    "forum": ("view_channel", "send_messages"),
    "thread": ("view_channel", "send_messages_in_threads"),
    "dm": (),
}
# Discord's own names, as its client shows them
PERMISSIONS = {
    "view_channel": N_("**View Channel**"),
    "send_messages": N_("**Send Messages**"),
    "send_messages_in_threads": N_("**Send Messages in Threads**"),
}


@dataclass(frozen=True)
class Place:
    channel: int
    target: Target
    lacking: tuple[str, ...] = ()
    closed: bool = False  # a locked thread
    tags: tuple[ForumTag, ...] = ()  # of a forum, those that everyone may use
    requires_tag: bool = False
    only_moderated: bool = False

    @property
    def first_tags(self) -> tuple[int, ...]:
        """A tag for a forum that requires one."""
        return tuple(tag.id for tag in self.tags[:1]) if self.requires_tag else ()


async def looked_at(client: discord.Client, guild: int, channel: int) -> Place | None:
    """The channel as Discord describes it; None if the bot can't see it, or can't post in its kind."""
    try:
        found: Any = await client.http.get_channel(channel)
    except (discord.Forbidden, discord.NotFound):
        return None
    target = TARGETS.get(found["type"])
    allowed = await Chart(client, guild).channel(channel)
    if target is None or allowed is None:
        return None
    state: Any = found.get("thread_metadata") or {}
    tags = [tag for tag in found.get("available_tags") or () if not tag.get("moderated")]
    return Place(
        channel,
        target,
        lacking=tuple(name for name in NEEDS[target] if not getattr(allowed[1], name)),
        closed=bool(state.get("locked")),
        tags=tuple(ForumTag(int(tag["id"]), str(tag.get("name") or "")) for tag in tags),
        requires_tag=bool(int(found.get("flags") or 0) & REQUIRES_TAG),
        only_moderated=only_moderated_tags(found),
    )


async def usable(client: discord.Client, guild: int, channel: int, language: Language) -> Place:
    """The channel, if a feed can post there. Raises BotError, which says what is missing."""
    place = await looked_at(client, guild, channel)
    here = Markup(f"<#{channel}>")
    if place is None:
        raise BotError(
            "I can't see {channel}, or I can't post there. Give me **View Channel** there, or choose another one.",
            channel=here,
        )
    if place.lacking:
        names = Markup(", ".join(language.say(PERMISSIONS[name]) for name in place.lacking))
        raise BotError(
            "I'm missing {permissions} in {channel}. Give me that, or choose another one. {/doctor} says how.",
            permissions=names,
            channel=here,
        )
    if place.closed:
        raise BotError("The thread {channel} is locked. Unlock it, or choose another one.", channel=here)
    if place.only_moderated:
        raise BotError(ONLY_MODERATED_TAGS)
    return place
