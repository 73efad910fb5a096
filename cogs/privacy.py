"""/privacy: what is kept, Export, Delete everything. It needs no server, no DM and no link."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.retention import RULES
from actions.rights import Rights
from ui import privacy
from ui.inputs import anywhere
from ui.presses import Presses
from ui.replies import Desk, Interaction, Reply


class PrivacyCog(commands.Cog, name="privacy"):
    def __init__(
        self, desk: Desk, presses: Presses, rights: Rights, *, revoke_url: str, policy_url: str | None
    ) -> None:
        self._desk = desk
        self._rights = rights
        self._revoke_url = revoke_url
        self._policy_url = policy_url
        presses.route("privacy", self._show, edits=True)
        presses.route("export", self._export)
        presses.route("erase", self._ask, edits=True)
        presses.route("erase_now", self._erase, edits=True)

    @app_commands.command(
        name=locale_str("privacy"), description=locale_str("What I keep about you; get it, or delete it")
    )
    @anywhere
    async def privacy(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show)

    async def _show(self, reply: Reply) -> None:
        rules = [(rule.what, rule.why, rule.until) for rule in RULES]
        entries = await self._rights.count(reply.person)
        await reply.send(*privacy.card(reply.language, rules, entries=entries, policy_url=self._policy_url))

    async def _export(self, reply: Reply) -> None:
        content = await self._rights.export(reply.person)
        await reply.hand_over(privacy.FILE, content, *privacy.exported(reply.language))

    async def _ask(self, reply: Reply) -> None:
        await reply.send(*privacy.confirm(reply.language))

    async def _erase(self, reply: Reply) -> None:
        entries = sum((await self._rights.erase(reply.person)).values())
        await reply.send(*privacy.erased(reply.language, entries=entries, revoke_url=self._revoke_url))
