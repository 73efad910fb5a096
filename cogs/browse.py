"""Looking around without an account: /popular, its pages, and Details."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.showcase import Showcase
from errors import BotError
from ui import gallery, thing_card
from ui.gallery import Place
from ui.inputs import anywhere
from ui.places import Places
from ui.presses import Presses, to_number
from ui.replies import Desk, Interaction, Reply


class BrowseCog(commands.Cog, name="browse"):
    def __init__(self, desk: Desk, presses: Presses, places: Places, showcase: Showcase) -> None:
        self._desk = desk
        self._places = places
        self._showcase = showcase
        presses.route("popular", self._turn_page, edits=_is_owner)
        presses.route("thing", self._show_details)

    @app_commands.command(name=locale_str("popular"), description=locale_str("What people like on Thingiverse"))
    @anywhere
    async def popular(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._open, private=False)

    async def _open(self, reply: Reply) -> None:
        await self._show(reply, Place("popular", owner=reply.person))

    async def _turn_page(self, reply: Reply, list_: str, offset: str, owner: str) -> None:
        """The asker's press turns the page for everybody; anybody else gets a copy of their own."""
        asked = Place.read("popular", list_, offset, owner)
        await self._show(reply, asked if asked.owner == reply.person else asked.for_owner(reply.person))

    async def _show(self, reply: Reply, place: Place) -> None:
        adult = await self._places.age_restricted(reply.interaction)
        shelved = await self._showcase.popular(place.list)
        page = gallery.page_of(shelved.value, place, adult=adult)
        if not page.things:
            raise BotError("There is nothing on that page. Please start again with /popular.")
        heading = reply.language.say("Popular on Thingiverse")
        read_at = shelved.fetched_at if shelved.stale else None
        await reply.send(*gallery.render(reply.language, heading, page, read_at=read_at))

    async def _show_details(self, reply: Reply, thing_id: str) -> None:
        shelved = await self._showcase.thing(to_number(thing_id))
        if shelved.value.is_nsfw and not await self._places.age_restricted(reply.interaction):
            raise BotError("That design is marked as adult, so I show it only in age-restricted channels.")
        await reply.send(*thing_card.full(reply.language, shelved.value))


def _is_owner(interaction: Interaction, arguments: list[str]) -> bool:
    return arguments[-1:] == [str(interaction.user.id)]
