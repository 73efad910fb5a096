"""Records of feeds: what one follows, how it posts, and how it is. Times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

Kind = Literal["tag", "maker", "words", "category", "collection", "popular"]
Target = Literal["channel", "thread", "forum", "announcement", "dm"]
State = Literal["ok", "paused", "suspended"]
# Why a feed is suspended. `missing_…` is a permission, `source_gone` the collection on Thingiverse.
Reason = Literal[
    "channel_gone",
    "missing_view",
    "missing_send",
    "missing_send_in_threads",
    "thread_closed",
    "too_many_threads",
    "tag_required",
    "dm_closed",
    "blocked",
    "refused",
    "source_gone",
]
# Where one design stopped on its way into a feed.
Stop = Literal[
    "no_match",
    "older",
    "too_old",
    "ai",
    "maker",
    "tag",
    "likes",
    "adult",
    "hidden",
    "posted",
    "uncertain",
    "cap",
    "left_out",
    "refused",
    "waiting",
    "paused",
    "suspended",
]

NEWEST = "newest"  # the query that serves all tags, makers, and words
PERSONAL_FEEDS = 10  # of one person
SERVER_FEEDS = 200  # of one server


class FeedSource(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a feed follows. `value` is the tag, login, words, or ID; empty for popular.

    Only words have the filters of /search, except that a category feed has its category in `value`.
    """

    kind: Kind
    value: str = ""
    name: str = ""  # how people see it, such as the category's or collection's name
    license: str = ""
    category: int = 0
    has_makes: bool = False
    remixes: bool | None = None
    featured: bool = False

    @property
    def filtered(self) -> bool:
        """Whether lists don't say enough to match it here, so that Thingiverse has to be asked for it."""
        return bool(self.license or self.category or self.has_makes or self.featured) or self.remixes is not None

    @property
    def query(self) -> str:
        """The normal form of what Thingiverse is asked; all that are matched here share NEWEST."""
        match self.kind:
            case "tag" | "maker":
                return NEWEST
            case "words" if not self.filtered:
                return NEWEST
            case "words":
                filters = f"{self.license}:{self.category or ''}:{self.has_makes:d}:{self.remixes}:{self.featured:d}"
                return f"words:{filters}:{' '.join(self.value.casefold().split())}"
            case _:
                return f"{self.kind}:{self.value.casefold()}"


class FeedOptions(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a feed posts. Hours are whole hours, 0 to 23, of `zone`; quiet hours need both ends."""

    every: Literal["design", "day", "week"] = "design"
    hour: int = 9  # of a digest
    weekday: int = 0  # of a weekly digest; 0 is Monday
    zone: str = "UTC"  # an IANA time zone such as Europe/Berlin
    quiet_from: int | None = None
    quiet_until: int | None = None
    role: int = 0  # to mention; 0 for none
    likes: int = 0  # at least; a design with fewer is looked at again a day later
    no_ai: bool = False
    without_makers: tuple[str, ...] = ()
    without_tags: tuple[str, ...] = ()
    silent: bool = False  # without notifications
    forum_tags: tuple[int, ...] = ()  # IDs, for posts in a forum
    language: str = ""  # of a personal feed's posts: one of Discord's locales


AS_USUAL = FeedOptions()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A feed of a server, or of a person by DM. `feed` is 0 until it's stored."""

    feed: int = 0
    guild: int | None = None
    person: int | None = None  # for personal feeds only
    channel: int  # 0 for a personal feed until the first post
    target: Target = "channel"
    source: FeedSource
    options: FeedOptions = AS_USUAL
    state: State = "ok"
    reason: Reason | None = None
    since: datetime | None = None  # of the state, unless it's ok
    started_at: datetime  # only what's published from then on is posted
    posted_at: datetime | None = None
    filtered: int = 0  # designs that matched, and were filtered out
    uncertain: int = 0  # posts that may not have arrived, and can't be looked for
    checked_at: datetime | None = None  # when Thingiverse was last read for it

    @property
    def personal(self) -> bool:
        return self.person is not None


@dataclass(frozen=True, slots=True)
class WhyNot:
    """Where a design stopped. `value` is the maker, tag, or number that stopped it; `at` is when it was posted."""

    stop: Stop
    value: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedCounts:
    """Numbers for operators."""

    feeds: dict[str, int]  # by state
    outbox: dict[str, int]  # by state
    oldest_ready: datetime | None  # when the longest waiting post became ready
    queries: int
    checked_at: datetime | None  # when the stream of new designs was last read
    failing_since: datetime | None
