"""People's makes of a design, from the button on its card."""

from __future__ import annotations

import asyncio

from discord.ext import commands

from actions.catalog import Catalog
from cards import makes
from cards.components import to_number
from cards.makes import PER_PAGE
from desk.presses import pressed
from desk.replies import Reply


class MakesCog(commands.Cog, name="makes"):
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @pressed("makes")
    async def _open(self, reply: Reply, thing: str) -> None:
        await self._show(reply, to_number(thing), 0)

    @pressed("makes_at", edits=True)
    async def _show_page(self, reply: Reply, thing: str, page: str) -> None:
        await self._show(reply, to_number(thing), max(0, to_number(page)))

    async def _show(self, reply: Reply, number: int, page: int) -> None:
        shelved, found = await asyncio.gather(self._catalog.thing(number), self._catalog.makes(number, page, PER_PAGE))
        await reply.refuse_adult(shelved.value)
        card = makes.render(reply.language, shelved.value, found.makes, page, total=found.total, more=found.more)
        await reply.send(*card)
