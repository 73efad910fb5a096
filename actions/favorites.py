"""What members of a server like through the bot, and who shows their name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from actions.catalog import LISTED
from actions.known_things import KnownThings
from records import Likers
from storage.community import Community
from thingiverse.models import Listing, Thing

MOST_NAMED = 20

Period = Literal["week", "month", "all"]
_LENGTHS: dict[Period, timedelta] = {"week": timedelta(days=7), "month": timedelta(days=30)}
_EVER = datetime(2008, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Top:
    """A page of favorites, and how many people like each."""

    listing: Listing
    people: dict[int, int]


class Favorites:
    def __init__(
        self, community: Community, seen: KnownThings, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._community = community
        self._seen = seen
        self._now = now

    async def top(self, guild: int, period: Period, page: int = 1) -> Top:
        """The server's favorites; pages start at 1. Thingiverse isn't asked."""
        length = _LENGTHS.get(period)
        since = _EVER if length is None else self._now() - length
        found = await self._community.top(guild, since, LISTED + 1, offset=(page - 1) * LISTED)
        shown = found[:LISTED]
        known = await self._seen.recalled(each.thing for each in shown)
        things = tuple(known.get(each.thing) or Thing(id=each.thing, title=each.name) for each in shown)
        listing = Listing(things=things, page=page, more=len(found) > LISTED)
        return Top(listing, {each.thing: each.people for each in shown})

    async def who_like(self, guild: int, thing: int, asker: int) -> Likers:
        count, named = await self._community.who_like(guild, thing, MOST_NAMED)
        return Likers(count, tuple(named), (await self._community.preferences_of(asker)).shows_likes)

    async def show_likes(self, person: int, shown: bool) -> None:
        """Choose whether the person's name is shown with their likes."""
        chosen = await self._community.preferences_of(person)
        await self._community.keep_preferences(replace(chosen, shows_likes=shown))
