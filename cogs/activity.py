"""What the bot did for a person, from /account, with Undo."""

from __future__ import annotations

from discord.ext import commands

from actions.accounts import Accounts
from actions.likes import Likes
from actions.saving import Saving
from cards import activity
from desk.presses import pressed
from desk.replies import Reply


class ActivityCog(commands.Cog, name="deeds"):
    def __init__(self, accounts: Accounts, likes: Likes, saves: Saving) -> None:
        self._accounts = accounts
        self._likes = likes
        self._saving = saves

    @pressed("undo", edits=True)
    async def _undo(self, reply: Reply, thing: int, wanted: bool, page: int) -> None:
        await self._likes.set_like(reply.person, thing, wanted, guild=reply.guild)
        await self._show(reply, page)

    @pressed("unsave", edits=True)
    async def _undo_save(self, reply: Reply, collection: int, thing: int, wanted: bool, page: int) -> None:
        await self._saving.set_saved(reply.person, thing, collection, wanted)
        await self._show(reply, page)

    @pressed("done")
    @pressed("deeds", edits=True)
    async def _show(self, reply: Reply, page: int = 0) -> None:
        link = await self._accounts.link_of(reply.person)
        deeds = await self._likes.done_for(reply.person)
        maker_id = link.maker_id if link is not None else None
        await reply.send(*activity.render(reply.language, deeds, page, maker_id=maker_id))
