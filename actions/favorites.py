"""What members of a server like through the bot, and who shows their name."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

from actions.catalog import LISTED, Catalog
from errors import BotError
from records import Likers, Unwanted
from storage.community import Community
from thingiverse.errors import ThingiverseError
from thingiverse.models import Listing, Thing

MOST_NAMED = 20
WANTED = Unwanted()

Period = Literal["week", "month", "all"]
_LENGTHS: dict[Period, timedelta] = {"week": timedelta(days=7), "month": timedelta(days=30)}
_EVER = datetime(2008, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Top:
    """A page of favorites, and how many people like each."""

    listing: Listing
    people: dict[int, int]


class Favorites:
    def __init__(self, community: Community, catalog: Catalog) -> None:
        self._community = community
        self._catalog = catalog

    async def top(self, guild: int, period: Period, page: int = 1, *, unwanted: Unwanted = WANTED) -> Top:
        """The server's favorites; pages start at 1.

        Thingiverse is only asked for designs of which nobody knows if they're `unwanted`. Without an answer, they're
        left out.
        """
        length = _LENGTHS.get(period)
        since = _EVER if length is None else datetime.now(UTC) - length
        found = await self._community.top(guild, since, LISTED + 1, offset=(page - 1) * LISTED)
        shown = found[:LISTED]
        known = await self._catalog.seen.recalled(each.thing for each in shown)
        if unwanted != WANTED:
            known |= await self._asked(each.thing for each in shown if each.thing not in known)
            shown = [each for each in shown if each.thing in known]
        things = tuple(known.get(each.thing) or Thing(id=each.thing, title=each.name) for each in shown)
        listing = Listing(things=things, page=page, more=len(found) > LISTED)
        return Top(listing, {each.thing: each.people for each in shown})

    async def _asked(self, numbers: Iterable[int]) -> dict[int, Thing]:
        """Those of the designs that Thingiverse shows to everyone."""

        async def one(number: int) -> Thing | None:
            try:
                return (await self._catalog.thing(number)).value.as_listed()
            except (ThingiverseError, BotError):
                return None

        found = await asyncio.gather(*map(one, numbers))
        return {thing.id: thing for thing in found if thing is not None}

    async def who_like(self, guild: int, thing: int, asker: int) -> Likers:
        count, named = await self._community.who_like(guild, thing, MOST_NAMED)
        return Likers(count, tuple(named), (await self._community.preferences_of(asker)).shows_likes)

    async def show_likes(self, person: int, shown: bool) -> None:
        """Choose whether the person's name is shown with their likes."""
        chosen = await self._community.preferences_of(person)
        await self._community.keep_preferences(replace(chosen, shows_likes=shown))
