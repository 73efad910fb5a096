"""/random: one popular design, drawn by chance."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog
from cards.gallery import is_unwanted
from desk.desk import Desk, ThingWork
from desk.inputs import anywhere
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from errors import BotError

MOST_DRAWN = 5  # until one may be shown


class RandomCog(commands.Cog, name="random"):
    """`show` replies with a design, and a button for another one."""

    def __init__(self, desk: Desk, catalog: Catalog, *, show: ThingWork) -> None:
        self._desk = desk
        self._catalog = catalog
        self._show = show

    @app_commands.command(name="random", description="Get a random popular design")
    @anywhere
    async def random(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._draw, private=False)

    @pressed("random")
    async def _draw(self, reply: Reply) -> None:
        """Show a random design, or say why none of those drawn may be shown here."""
        for left in reversed(range(MOST_DRAWN)):
            thing = (await self._catalog.thing(await self._catalog.draw())).value
            unwanted = is_unwanted(thing, await reply.unwanted())
            if not unwanted and (not left or not thing.is_nsfw or await reply.shows_adult()):
                await self._show(reply, thing.id)
                return
        raise BotError("I only found designs that this server leaves out. Try again.")
