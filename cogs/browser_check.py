"""After the linking page: enter its code, or continue after signing in there."""

from __future__ import annotations

from discord.ext import commands

from actions.browser_check import BrowserCheck
from cards.components import custom_id
from cogs.link_cards import LinkCards
from desk.forms import CODE, code_form
from desk.presses import pressed
from desk.replies import Reply
from errors import LinkRefused


class BrowserCheckCog(commands.Cog, name="proofs"):
    def __init__(self, link_cards: LinkCards, browser_check: BrowserCheck) -> None:
        self._link_cards = link_cards
        self._browser_check = browser_check

    @pressed("prove", edits=True)
    async def _go_on(self, reply: Reply) -> None:
        """Show Confirm if the browser is proven; otherwise ask for the code."""
        candidate = await self._browser_check.proven(reply.person)
        if candidate is not None:
            await reply.send(*self._link_cards.confirm_card(reply.language, candidate))
        elif self._browser_check.way == "code":
            await self._open_form(reply)
        else:
            raise LinkRefused(
                "You haven't signed in on the page yet. Press Authorize, then sign in on the page you land on."
            )

    @pressed("type_code")
    async def _open_form(self, reply: Reply) -> None:
        """Open the form without reading the database, which can take longer than Discord waits."""
        await reply.ask(code_form(reply.language), custom_id("type_code"))

    @pressed("code", edits=True)
    async def _take_code(self, reply: Reply) -> None:
        candidate = await self._browser_check.enter_code(reply.person, reply.fields.get(CODE, ""))
        await reply.send(*self._link_cards.confirm_card(reply.language, candidate))
