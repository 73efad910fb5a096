"""What the store gives and takes. Times are aware and in UTC; `person` is a Discord user's id."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A person's Thingiverse account; `token` is sealed."""

    person: int
    maker_id: int
    maker_name: str
    maker_picture: str | None
    token: bytes = field(repr=False)
    linked_at: datetime
    dead_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Parked:
    """An account that waits for its person to confirm; `token` is sealed.

    One that arrived through the linking page has the digest of a secret of that browser, and has to be `proven` too.
    """

    token: bytes = field(repr=False)
    maker_id: int
    maker_name: str
    maker_picture: str | None
    audience_checked: bool
    until: datetime | None = None
    browser_hash: bytes | None = field(default=None, repr=False)
    sign_in_hash: bytes | None = field(default=None, repr=False)  # of the state of a sign-in with Discord
    proven: bool = False

    @property
    def waits_for_proof(self) -> bool:
        return self.browser_hash is not None and not self.proven


@dataclass(frozen=True, slots=True)
class Attempt:
    """A link being made. A person has one at most; of its state only a digest is kept."""

    person: int
    state_hash: bytes = field(repr=False)
    began_at: datetime
    expires_at: datetime
    tries: int = 0
    then_like: int | None = None
    parked: Parked | None = None
    locale: str | None = None  # one of Discord's, such as pt-BR
    asked_as: str | None = None  # the person's name at Discord, for the linking page to show
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
    """A design that the bot has shown; `card` is what lists show of it, as its reader wrote it."""

    thing: int
    name: str
    maker: str
    adult: bool
    card: str


@dataclass(frozen=True, slots=True)
class LikedThing:
    """A design, by its name when it was first liked here, and how many people of a server like it."""

    thing: int
    name: str
    people: int


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person has chosen; those who never chose have no row, and these values."""

    person: int
    no_previews: bool = False
    shows_likes: bool = False


@dataclass(frozen=True, slots=True)
class Share:
    """A design that somebody showed their server; `message` is the card's."""

    guild: int
    thing: int
    person: int
    channel: int
    message: int
    shared_at: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """A card under somebody's message."""

    message: int
    guild: int
    channel: int
    card: int
    person: int
    thing: int
    shown_at: datetime


@dataclass(frozen=True, slots=True)
class Deed:
    """A like or an unlike that was done in a person's name, with the account `maker_id`."""

    person: int
    done_at: datetime
    thing: int
    name: str
    liked: bool
    maker_id: int
