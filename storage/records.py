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
