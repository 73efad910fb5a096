"""The Save button: adds a design to one of the presser's own collections."""

from __future__ import annotations

from discord.ext import commands

from actions.accounts import Accounts
from actions.catalog import Catalog
from actions.saving import LONGEST_NAME, Saved, Saving
from cards import saving
from cards.components import Component, custom_id, to_number
from cogs.link_cards import LinkCards
from desk.forms import COLLECTION, collection_form
from desk.presses import pressed
from desk.replies import Reply
from errors import LinkNeeded


class SavingCog(commands.Cog, name="saving"):
    def __init__(self, link_cards: LinkCards, accounts: Accounts, saves: Saving, catalog: Catalog) -> None:
        self._link_cards = link_cards
        self._accounts = accounts
        self._saving = saves
        self._catalog = catalog

    @pressed("save")
    async def _open(self, reply: Reply, number: int) -> None:
        try:
            await reply.send(*await self.choose(reply, number))
        except LinkNeeded as error:
            await self._link_cards.start(reply, error, then_save=number)

    @pressed("save_at", edits=True)
    async def _show_page(self, reply: Reply, number: int, page: int) -> None:
        await reply.send(*await self.choose(reply, number, page))

    @pressed("save_in", edits=True)
    async def _save(self, reply: Reply, number: int) -> None:
        saved = await self._saving.save(reply.person, number, to_number(reply.only_choice()))
        await self._show(reply, saved)

    @pressed("save_new")
    async def _ask_name(self, reply: Reply, number: int) -> None:
        form = collection_form(reply.language, number, LONGEST_NAME)
        await reply.ask(form, custom_id("save_new", number))

    @pressed("save_named", edits=True)
    async def _save_in_new(self, reply: Reply, number: int) -> None:
        saved = await self._saving.save_in_new(reply.person, number, reply.fields.get(COLLECTION, ""))
        await self._show(reply, saved)

    @pressed("saved", edits=True)
    async def _undo(self, reply: Reply, collection: int, number: int, wanted: bool) -> None:
        await self._show(reply, await self._saving.set_saved(reply.person, number, collection, wanted))

    async def choose(self, reply: Reply, number: int, page: int = 0) -> list[Component]:
        """The card that asks which collection the design is saved to. Raises LinkNeeded or ThingiverseError."""
        collections = await self._saving.collections(reply.person)
        link = await self._accounts.link_of(reply.person)
        thing = (await self._catalog.seen.recalled([number])).get(number)
        hidden = thing is not None and thing.is_nsfw and not await reply.shows_adult()
        maker = link.maker_name if link is not None else ""
        return saving.choose(reply.language, number, None if hidden else thing, collections, page, maker=maker)

    async def _show(self, reply: Reply, saved: Saved) -> None:
        card = saving.after_save(
            reply.language,
            saved.thing,
            saved.collection,
            wanted=saved.wanted,
            changed=saved.changed,
            shown=not saved.thing.is_nsfw or await reply.shows_adult(),
            maker=saved.link.maker_name,
        )
        await reply.send(*card)
