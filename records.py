"""Records that several packages use: rows of the database, and what cards show. Times are aware and in UTC.

`person` is a Discord user's ID.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

import msgspec


@dataclass(frozen=True, slots=True)
class Link:
    """A person's linked Thingiverse account; `token` is encrypted."""

    person: int
    maker_id: int
    maker_name: str
    maker_picture: str | None
    token: bytes = field(repr=False)
    linked_at: datetime
    dead_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """An account that waits for Confirm; `token` is encrypted.

    If it arrived through the linking page, it has the hash of the browser's secret, and must be `proven` first.
    """

    token: bytes = field(repr=False)
    maker_id: int
    maker_name: str
    maker_picture: str | None
    audience_checked: bool
    until: datetime | None = None
    browser_hash: bytes | None = field(default=None, repr=False)
    sign_in_hash: bytes | None = field(default=None, repr=False)  # hash of the state of a sign-in with Discord
    proven: bool = False

    @property
    def waits_for_proof(self) -> bool:
        return self.browser_hash is not None and not self.proven


@dataclass(frozen=True, slots=True)
class Attempt:
    """A link in progress; a person has at most one. Only a hash of its state is kept."""

    person: int
    state_hash: bytes = field(repr=False)
    began_at: datetime
    expires_at: datetime
    tries: int = 0
    then_like: int | None = None
    then_save: int | None = None
    parked: Parked | None = None
    locale: str | None = None  # one of Discord's, such as pt-BR
    asked_as: str | None = None  # the person's Discord name, for the linking page
    state_used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Like:
    """A like made through the bot."""

    person: int
    thing: int
    name: str
    guild: int | None
    liked_at: datetime


@dataclass(frozen=True, slots=True)
class SeenThing:
    """A design that the bot has shown; `card` is the design in lists, as JSON."""

    thing: int
    name: str
    maker: str
    adult: bool
    card: str

    @property
    def ai(self) -> bool:
        """Whether it was made with AI. Quotes in a name are escaped, so that no name looks like this."""
        return '"is_ai":true' in self.card


@dataclass(frozen=True, slots=True)
class LikedThing:
    """A design, its name when it was liked, and how many members of a server like it."""

    thing: int
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Preferences:
    """A person's choices, with the defaults for people who have no row."""

    person: int
    no_previews: bool = False
    shows_likes: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A design someone shared in a server; `message` is the ID of the bot's message."""

    guild: int
    thing: int
    person: int
    channel: int
    message: int
    shared_at: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """A preview of a link in someone's message; `card` is the ID of the preview's message."""

    message: int
    guild: int
    channel: int
    card: int
    person: int
    thing: int
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """A like, unlike, or save made for a person with the account `maker_id`, or a removal.

    With a `collection`, `liked` is whether the design was saved to it, and otherwise, it was removed from it.
    """

    person: int
    done_at: datetime
    thing: int
    name: str
    liked: bool
    maker_id: int
    collection: int | None = None
    collection_name: str | None = None
    unsure: bool = False  # begun, and nobody knows yet if it was done


@dataclass(frozen=True)
class LinkOffer:
    """A personal authorize link; whoever has it could make the person link the wrong account."""

    url: str = field(repr=False)
    attempt: Attempt
    current: Link | None
    crowded: bool  # the app isn't approved, and ten people are linked already


@dataclass(frozen=True)
class Candidate:
    """An account that waits for its person to press Confirm."""

    account: Parked
    replaces: Link | None
    shared: bool  # another Discord account is linked to it


@dataclass(frozen=True)
class Standing:
    """A person's link, and whether Thingiverse accepts its token; `alive` is None if it's unknown."""

    link: Link
    alive: bool | None
    others: int  # other Discord accounts that are linked to the same Thingiverse account


@dataclass(frozen=True)
class Likers:
    """The members of a server who like a design."""

    count: int
    named: tuple[int, ...]  # those who show their names
    asker_shows: bool  # whether the person who asks shows their name


@dataclass(frozen=True, slots=True)
class Unwanted:
    """What a server doesn't want to see; `makers` are case-folded names."""

    ai: bool = False
    makers: frozenset[str] = frozenset()

    def has(self, *, maker: str, ai: bool) -> bool:
        """Whether it doesn't want to see a design of a maker; `ai`: it was made with AI."""
        return (self.ai and ai) or (bool(self.makers) and maker.casefold() in self.makers)


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Settings of one server, with the defaults. Channels and roles are Discord IDs; 0 means none."""

    language: str = ""  # one of Discord's locales; empty for the server's language in Discord
    spoken: str = "en-US"  # the server's language when Discord last sent it
    adult: Literal["restricted", "never"] = "restricted"  # adult designs in age-restricted channels, or nowhere
    showcase: int = 0  # where /share posts; 0 for the current channel
    share_again_days: int = 7  # before a design may be shared again
    sharers: tuple[int, ...] = ()  # roles that may share; none: everyone
    feeders: tuple[int, ...] = ()  # roles that may change feeds, besides moderators
    notices: int = 0  # channel for notices about feeds; 0 for each feed's own
    previewed: tuple[int, ...] = ()  # channels where links to designs get a preview
    quiet: tuple[int, ...] = ()  # channels where replies are private
    no_ai: bool = False  # whether designs made with AI are left out
    hidden_makers: tuple[str, ...] = ()  # whose designs are left out

    @property
    def unwanted(self) -> Unwanted:
        return Unwanted(self.no_ai, frozenset(maker.casefold() for maker in self.hidden_makers))

    def is_quiet(self, channel: int, parent: int | None = None) -> bool:
        """Whether replies are private there, or in the channel of a thread."""
        return channel in self.quiet or parent in self.quiet

    def previews_in(self, channel: int, parent: int | None = None) -> bool:
        return channel in self.previewed or parent in self.previewed

    def shows_adult(self, *, restricted: bool) -> bool:
        """Whether adult designs may be shown in a channel; `restricted` is Discord's age restriction."""
        return restricted and self.adult != "never"
