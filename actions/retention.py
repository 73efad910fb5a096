"""What is kept about people, why, and for how long. Housekeeping follows it, and /privacy shows it.

docs/privacy.md has the same table; a test compares the two.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from errors import N_
from storage.store import Store

DEAD_LINK = timedelta(days=90)
OLD_HISTORY = timedelta(days=90)
OLD_SHARE = timedelta(days=90)
OLD_PREVIEW = timedelta(days=90)
OLD_COUNTS = timedelta(days=9)
UNUSED_REPORT = timedelta(days=30)
SUSPENDED_FEED = timedelta(days=30)
OLD_POST = timedelta(days=90)


@dataclass(frozen=True)
class Rule:
    """`carry_out` deletes what is overdue at a time and returns the number of rows."""

    table: str
    what: str
    why: str
    until: str
    carry_out: Callable[[Store, datetime], Awaitable[int]]
    urgent: bool = False  # carried out each minute


async def _nothing(_: Store, __: datetime) -> int:
    """Delete nothing: only the person can."""
    return 0


RULES = (
    Rule(
        "links",
        N_(
            "Your link: your Discord ID, the account's ID, name, and picture link, when you linked it, when it stopped "
            "working, and an encrypted key"
        ),
        N_("so I can like, unlike, and save as you when you ask"),
        N_("until you unlink, or until 90 days after Thingiverse stopped accepting the key"),
        lambda store, now: store.personal.drop_older("links", now - DEAD_LINK),
    ),
    Rule(
        "attempts",
        N_(
            "A link in progress: your Discord ID, name, and language, when you started, hashes of random numbers, how "
            "many codes you entered, what you wanted to like or save, and, once you've come back, the account and an "
            "encrypted key"
        ),
        N_("so I know Thingiverse's reply is yours, and whoever authorizes sees who it's for"),
        N_("until you confirm or cancel; at most six minutes for the key and 16 for the rest"),
        lambda store, now: store.drop_expired_attempts(now),
        urgent=True,
    ),
    Rule(
        "likes",
        N_("Likes you made through me: your Discord ID, the design and its name, the server, and when"),
        N_(
            "so I know what you've already liked, can suggest it in {/unlike}, and can count it in {/top} and "
            "{/who-likes}"
        ),
        N_("until you remove the like, or until your link is deleted"),
        lambda store, _: store.personal.drop_left_behind(),
    ),
    Rule(
        "deeds",
        N_(
            "Your activity: your Discord ID, whether you liked, unliked, saved, or removed, the design and its name, "
            "the collection and its name, with which account, and when"
        ),
        N_("so you can see and undo it"),
        N_("for 90 days at most (only the last 50), or until your link is deleted"),
        lambda store, now: store.personal.drop_older("deeds", now - OLD_HISTORY),
    ),
    Rule(
        "design_counts",
        N_(
            "Counts of your own designs: your Discord ID, your account's ID, and how many likes, makes, comments, and "
            "saves each had on a day"
        ),
        N_("so {/my-designs} can show what changed"),
        N_("for 9 days at most, or until your link is deleted"),
        lambda store, now: store.personal.drop_older("design_counts", now - OLD_COUNTS),
    ),
    Rule(
        "design_reports",
        N_(
            "That your designs are counted: your Discord ID and language, whether you get a daily DM, when the next "
            "count is due, when you last looked, and when a DM couldn't be sent"
        ),
        N_("so I can count every day once you've used {/my-designs}, and send the DM you asked for"),
        N_("until 30 days after you last looked, unless you get the DM, or until your link is deleted"),
        lambda store, now: store.design_reports.drop_unused(now - UNUSED_REPORT),
    ),
    Rule(
        "preferences",
        N_(
            "Your preferences: your Discord ID, whether links you post get a preview, and whether your name is "
            "shown with your likes"
        ),
        N_("so I can follow your choices"),
        N_("until you change them or delete your data"),
        _nothing,
    ),
    Rule(
        "shares",
        N_("What you shared: your Discord ID, the design, the server and channel, the message's ID, and when"),
        N_("so a design isn't shared again too soon, and to link to where it was shared"),
        N_("for 90 days at most, or until you delete your data"),
        lambda store, now: store.personal.drop_older("shares", now - OLD_SHARE),
    ),
    Rule(
        "previews",
        N_(
            "Previews of links you posted: your Discord ID, the server and channel, the IDs of your message and "
            "mine, the design, and when"
        ),
        N_("so I can remove the preview with your message or when you ask"),
        N_("for 90 days at most, or until your message is gone or you delete your data"),
        lambda store, now: store.personal.drop_older("previews", now - OLD_PREVIEW),
    ),
    Rule(
        "feeds",
        N_(
            "Your personal feeds: your Discord ID, our DM channel, your language, what you follow and how, and when it "
            "was last posted"
        ),
        N_("so I can send you new designs"),
        N_("until you remove the feed or delete your data"),
        lambda store, now: store.feeds.give_up(now - SUSPENDED_FEED, now),
    ),
    Rule(
        "feed_outbox",
        N_("What your personal feeds found: your Discord ID, the design, my message's ID, and when"),
        N_("so I don't send a design twice"),
        N_("for 90 days at most, or until you remove the feed or delete your data"),
        lambda store, now: store.personal.drop_older("feed_outbox", now - OLD_POST),
    ),
)
