"""What Discord's errors mean for a feed: try again, leave this design out, or suspend the feed with a reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import discord

from desk import discord_errors as codes
from desk.discord_errors import may_have_happened
from feed_records import Reason, Subscription

_REASONS: dict[int, Reason] = {
    codes.UNKNOWN_CHANNEL: "channel_gone",
    codes.MISSING_ACCESS: "missing_view",
    codes.CLOSED_DMS: "dm_closed",
    codes.NO_COMMON_SERVER: "dm_closed",
    codes.ARCHIVED_THREAD: "thread_closed",
    codes.LOCKED_THREAD: "thread_closed",
    codes.TOO_MANY_THREADS: "too_many_threads",
    codes.TOO_MANY_NEWS_THREADS: "too_many_threads",
    codes.TAG_REQUIRED: "tag_required",
}
_THIS_ONE = {codes.AUTOMOD, codes.AUTOMOD_TITLE, codes.HARMFUL_LINK, codes.INVALID_BODY}
_SOON = {codes.SLOW_MODE, codes.WRITING_TOO_OFTEN}


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
    if code == codes.MISSING_PERMISSIONS:
        return Verdict("suspend", _missing(subscription, permissions))
    if code == codes.UNKNOWN_MESSAGE:
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
