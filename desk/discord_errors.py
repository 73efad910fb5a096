"""What Discord's errors mean, by their code (topics/opcodes-and-status-codes in its documentation)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

import aiohttp
import discord
import structlog

from errors import N_

log = structlog.get_logger("desk.discord_errors")

T = TypeVar("T")

# raised if the connection fails; the call may or may not have been carried out
LOST = (aiohttp.ClientError, OSError)
FAILED = (discord.HTTPException, *LOST)

UNKNOWN_CHANNEL, UNKNOWN_MESSAGE, UNKNOWN_WEBHOOK, UNKNOWN_INTERACTION = 10003, 10008, 10015, 10062
EXPLICIT, SLOW_MODE, WRITING_TOO_OFTEN, SERVER_TOO_OFTEN, TOO_MANY_WEBHOOKS = 20009, 20016, 20028, 20029, 30007
DMS_TOO_FAST, ALREADY_ACKNOWLEDGED, NO_FREE_TAGS, TAG_REQUIRED = 40003, 40060, 40066, 40067
MISSING_ACCESS, CLOSED_DMS, MISSING_PERMISSIONS, INVALID_TOKEN, INVALID_BODY = 50001, 50007, 50013, 50027, 50035
INVALID_RECIPIENT = 50033
ARCHIVED_THREAD, NO_COMMON_SERVER, LOCKED_THREAD = 50083, 50278, 160005
TOO_MANY_THREADS, TOO_MANY_NEWS_THREADS = 160006, 160007
AUTOMOD, AUTOMOD_TITLE, HARMFUL_LINK = 200000, 200001, 240000


@dataclass(frozen=True)
class Refusal:
    """`sentence` is for the person; None if they can't be told, or don't need to be.

    With `blocked`, other people must not see the reply, so a public "thinking…" is deleted.
    """

    why: str
    sentence: str | None
    level: Literal["info", "warning"] = "info"
    blocked: bool = False


_NO_ACCESS = N_("I'm not allowed to do that in this channel. A moderator can run {/doctor} to find out why.")
_SLOW = N_("That channel has slow mode on. Try again in a few minutes.")
_OFTEN = N_("Too many messages were posted here just now. Try again in a few minutes.")
_FULL = N_("This server has reached Discord's limit of active threads. A moderator can close some of them.")
_LOCKED = N_("That thread is closed. Ask a moderator to open it again.")
_BLOCKED = N_("This server's AutoMod blocked my message. A moderator can allow it in the AutoMod settings.")
_TAG = N_(
    "The forum requires a tag, and only moderators can use its tags. A moderator can add one that everyone can use."
)
_LATE = "Discord heard from this bot too late: is the machine or its network overloaded?"

REFUSALS = {
    UNKNOWN_CHANNEL: Refusal("the channel is gone", N_("That channel is gone, or I can't see it.")),
    UNKNOWN_MESSAGE: Refusal("the message is gone", None),
    UNKNOWN_WEBHOOK: Refusal(_LATE, None, "warning"),
    UNKNOWN_INTERACTION: Refusal(_LATE, None, "warning"),
    INVALID_TOKEN: Refusal(_LATE, None, "warning"),
    ALREADY_ACKNOWLEDGED: Refusal("another process answers with this token, or an answer was lost", None, "warning"),
    EXPLICIT: Refusal("explicit content", N_("Discord blocked my message as explicit."), blocked=True),
    SLOW_MODE: Refusal("slow mode", _SLOW),
    WRITING_TOO_OFTEN: Refusal("the channel's write limit", _OFTEN),
    SERVER_TOO_OFTEN: Refusal("the server's write limit", _OFTEN),
    DMS_TOO_FAST: Refusal("too many new DMs", N_("I couldn't send you a DM."), "warning"),
    NO_FREE_TAGS: Refusal("the forum's tags are for moderators", _TAG),
    TOO_MANY_WEBHOOKS: Refusal("too many webhooks", _NO_ACCESS),
    TAG_REQUIRED: Refusal("the forum requires a tag", _TAG),
    MISSING_ACCESS: Refusal("no access", _NO_ACCESS),
    MISSING_PERMISSIONS: Refusal("no permission", _NO_ACCESS),
    CLOSED_DMS: Refusal("DMs are closed", N_("I couldn't send you a DM.")),
    NO_COMMON_SERVER: Refusal("no common server", N_("I couldn't send you a DM.")),
    ARCHIVED_THREAD: Refusal("the thread is archived", _LOCKED),
    LOCKED_THREAD: Refusal("the thread is locked", _LOCKED),
    TOO_MANY_THREADS: Refusal("too many active threads", _FULL),
    TOO_MANY_NEWS_THREADS: Refusal("too many active threads", _FULL),
    AUTOMOD: Refusal("AutoMod blocked the message", _BLOCKED, blocked=True),
    AUTOMOD_TITLE: Refusal("AutoMod blocked the title", _BLOCKED, blocked=True),
    HARMFUL_LINK: Refusal("Discord blocked a link", N_("Discord blocked my message because of a link."), blocked=True),
}
# /doctor tells more about these than their sentences do.
FOR_DOCTOR = {UNKNOWN_CHANNEL, MISSING_ACCESS, MISSING_PERMISSIONS, TOO_MANY_WEBHOOKS}
_LOST = Refusal("the connection to Discord was lost", N_("I lost the connection to Discord. Try again."), "warning")


def refusal_of(error: Exception) -> Refusal | None:
    """What Discord's error means; None if only the log can tell, such as for an invalid body."""
    if isinstance(error, discord.HTTPException):
        return REFUSALS.get(error.code)
    return _LOST if isinstance(error, LOST) else None


def cannot_get_dms(error: Exception) -> bool:
    """Whether Discord says that the person doesn't accept DMs from the bot, or isn't there anymore."""
    return isinstance(error, (discord.Forbidden, discord.NotFound)) or (
        isinstance(error, discord.HTTPException) and error.code in {CLOSED_DMS, NO_COMMON_SERVER, INVALID_RECIPIENT}
    )


def may_have_happened(error: Exception) -> bool:
    """Whether Discord may have carried out a call that ended like this."""
    return isinstance(error, (discord.DiscordServerError, *LOST))


async def twice(call: Callable[[], Awaitable[T]]) -> T:
    """Call again if the connection is lost. Only for calls that change nothing the second time."""
    try:
        return await call()
    except LOST as error:
        log.info("asked again", why=type(error).__name__)
        return await call()


async def tried(call: Awaitable[object], failure: str) -> bool:
    """Try the call, and return whether it worked. An error is logged as `failure`."""
    try:
        await call
    except FAILED as error:
        note(failure, error)
        return False
    return True


def note(failure: str, error: Exception) -> None:
    """Log only the status and code of a failed call, because its text may contain what people wrote."""
    log.info(
        failure,
        kind=type(error).__name__,
        status=getattr(error, "status", None),
        code=getattr(error, "code", None),
    )
