"""What Discord's errors mean for a feed: try again, leave this design out, or suspend the feed with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import discord

from desk.discord_errors import (
    ARCHIVED_THREAD,
    AUTOMOD,
    AUTOMOD_TITLE,
    CLOSED_DMS,
    HARMFUL_LINK,
    INVALID_BODY,
    LOCKED_THREAD,
    MISSING_ACCESS,
    MISSING_PERMISSIONS,
    NO_COMMON_SERVER,
    SLOW_MODE,
    TAG_REQUIRED,
    TOO_MANY_NEWS_THREADS,
    TOO_MANY_THREADS,
    UNKNOWN_CHANNEL,
    UNKNOWN_MESSAGE,
    WRITING_TOO_OFTEN,
    may_have_happened,
)
from feed_records import Reason, Subscription

_REASONS: dict[int, Reason] = {
    UNKNOWN_CHANNEL: "channel_gone",
    MISSING_ACCESS: "missing_view",
    CLOSED_DMS: "dm_closed",
    NO_COMMON_SERVER: "dm_closed",
    ARCHIVED_THREAD: "thread_closed",
    LOCKED_THREAD: "thread_closed",
    TOO_MANY_THREADS: "too_many_threads",
    TOO_MANY_NEWS_THREADS: "too_many_threads",
    TAG_REQUIRED: "tag_required",
}
_THIS_ONE = {AUTOMOD, AUTOMOD_TITLE, HARMFUL_LINK, INVALID_BODY}
_SOON = {SLOW_MODE, WRITING_TOO_OFTEN}


@dataclass(frozen=True, slots=True)
class Verdict:
    """`kind` is what to do; "there" means that it was posted, and deleted since."""

    kind: Literal["uncertain", "later", "refused", "suspend", "there"]
    reason: Reason | None = None


def verdict_on(error: Exception, subscription: Subscription, permissions: discord.Permissions | None) -> Verdict:
    """`permissions` are the bot's in the channel, which say which one is missing."""
    if may_have_happened(error) or isinstance(error, TimeoutError):
        return Verdict("uncertain")
    code = error.code if isinstance(error, discord.HTTPException) else 0
    if code in _REASONS:
        return Verdict("suspend", _REASONS[code])
    if code == MISSING_PERMISSIONS:
        return Verdict("suspend", _missing(subscription, permissions))
    if code == UNKNOWN_MESSAGE:
        return Verdict("there")
    if code in _THIS_ONE:
        return Verdict("refused")
    if code in _SOON or not isinstance(error, (discord.Forbidden, discord.NotFound)):
        return Verdict("later")
    return Verdict("suspend", "refused")


def _missing(subscription: Subscription, permissions: discord.Permissions | None) -> Reason:
    if permissions is None or not permissions.view_channel:
        return "missing_view"
    if subscription.target == "thread":
        return "missing_send_in_threads"
    return "missing_send"
