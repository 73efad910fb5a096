"""What the bot did for a person, from /account, with Undo."""

from __future__ import annotations

from discord.ext import commands

from actions.accounts import Accounts
from actions.likes import Likes
from actions.saving import Saving
from cards import activity
from cards.components import to_number
from desk.presses import pressed
from desk.replies import Reply


class ActivityCog(commands.Cog, name="deeds"):
    def __init__(self, accounts: Accounts, likes: Likes, saves: Saving) -> None:
        self._accounts = accounts
        self._likes = likes
        self._saving = saves

    @pressed("done")
    async def _open(self, reply: Reply) -> None:
        await self._show(reply, 0)

    @pressed("deeds", edits=True)
    async def _show_page(self, reply: Reply, page: str) -> None:
        await self._show(reply, to_number(page))

    @pressed("undo", edits=True)
    async def _undo(self, reply: Reply, thing: str, wanted: str, page: str) -> None:
        await self._likes.set_like(reply.person, to_number(thing), wanted == "1", guild=reply.guild)
        await self._show(reply, to_number(page))

    @pressed("unsave", edits=True)
    async def _undo_save(self, reply: Reply, collection: str, thing: str, wanted: str, page: str) -> None:
        await self._saving.set_saved(reply.person, to_number(thing), to_number(collection), wanted == "1")
        await self._show(reply, to_number(page))

    async def _show(self, reply: Reply, page: int) -> None:
        link = await self._accounts.link_of(reply.person)
        deeds = await self._likes.done_for(reply.person)
        maker_id = link.maker_id if link is not None else None
        await reply.send(*activity.render(reply.language, deeds, page, maker_id=maker_id))
