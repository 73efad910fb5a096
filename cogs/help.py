"""The command /help."""

from __future__ import annotations

from collections.abc import Callable

import orjson
import structlog
from discord import app_commands
from discord.ext import commands

from actions.accounts import Accounts
from cards import help
from cards.components import Component
from desk.desk import Desk
from desk.inputs import anywhere
from desk.ready import Asked, message
from desk.replies import Reply
from desk.requests import Interaction
from texts import Language

log = structlog.get_logger("cogs.help")


class HelpCog(commands.Cog, name="help"):
    """`install_url` is asked for with each card, because it is known once the bot has logged in."""

    def __init__(
        self, desk: Desk, accounts: Accounts, *, install_url: Callable[[], str | None], support_url: str | None
    ) -> None:
        self._desk = desk
        self._accounts = accounts
        self._install_url = install_url
        self._support_url = support_url
        self._ready: dict[tuple[str, bool, str | None], bytes] = {}
        desk.ready.to_command("help", self._answer)

    @app_commands.command(name="help", description="See what I can do, what I keep, and where to get help")
    @anywhere
    async def help(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show)

    async def _show(self, reply: Reply) -> None:
        await reply.send(*self._card(reply.language, linked=await self._is_linked(reply.person)))

    def _answer(self, asked: Asked) -> bytes | None:
        linked = self._accounts.known_linked(asked.person)
        if linked is None:
            return None
        key = asked.language.code, linked, self._install_url()
        if key not in self._ready:
            self._ready[key] = message(orjson.dumps(self._card(asked.language, linked=linked)), private=True)
        return self._ready[key]

    def _card(self, language: Language, *, linked: bool) -> list[Component]:
        return help.card(language, linked=linked, install_url=self._install_url(), support_url=self._support_url)

    async def _is_linked(self, person: int) -> bool:
        """With a link that works. True also if the database doesn't answer, because linking would fail then, too."""
        try:
            link = await self._accounts.link_of(person)
        except Exception as error:  # noqa: BLE001  help has to work in every kind of trouble
            log.warning("link not loaded", person=person, why=type(error).__name__)
            return True
        return link is not None and link.dead_at is None
