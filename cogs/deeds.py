"""What was done in a person's name, from /account, with Undo."""

from __future__ import annotations

from discord.ext import commands

from actions.accounts import Accounts
from actions.likes import Likes
from thingiverse.models import Thing
from ui import deeds
from ui.presses import Presses, to_number
from ui.replies import Reply


class DeedsCog(commands.Cog, name="deeds"):
    def __init__(self, presses: Presses, accounts: Accounts, likes: Likes) -> None:
        self._accounts = accounts
        self._likes = likes
        presses.route("done", self._open)
        presses.route("deeds", self._show_page, edits=True)
        presses.route("undo", self._undo, edits=True)

    async def _open(self, reply: Reply) -> None:
        await self._show(reply, 0)

    async def _show_page(self, reply: Reply, page: str) -> None:
        await self._show(reply, to_number(page))

    async def _undo(self, reply: Reply, thing: str, wanted: str, page: str) -> None:
        await self._likes.set_like(reply.person, to_number(thing), wanted == "1", guild=reply.interaction.guild_id)
        await self._show(reply, to_number(page))

    async def _show(self, reply: Reply, page: int) -> None:
        """Undo is beside the last action with a design, where it was done with the account that is linked now."""
        link = await self._accounts.link_of(reply.person)
        lines: list[deeds.Line] = []
        seen: set[int] = set()
        for deed in await self._likes.done_for(reply.person):
            last = deed.thing not in seen and link is not None and deed.maker_id == link.maker_id
            seen.add(deed.thing)
            url = Thing(id=deed.thing).url
            lines.append(deeds.Line(deed.thing, deed.name, url, deed.liked, deed.done_at, undo=last))
        await reply.send(*deeds.render(reply.language, lines, page))
