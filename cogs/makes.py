"""People's makes of a design, from the button on its card."""

from __future__ import annotations

import asyncio

from discord.ext import commands

from actions.catalog import Catalog
from cards import makes
from cards.makes import PER_PAGE
from desk.presses import pressed
from desk.replies import Reply


class MakesCog(commands.Cog, name="makes"):
    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @pressed("makes")
    @pressed("makes_at", edits=True)
    async def _show(self, reply: Reply, number: int, page: int = 0) -> None:
        page = max(0, page)
        shelved, found = await asyncio.gather(self._catalog.thing(number), self._catalog.makes(number, page, PER_PAGE))
        await reply.refuse_adult(shelved.value)
        card = makes.render(reply.language, shelved.value, found.makes, page, total=found.total, more=found.more)
        await reply.send(*card)
