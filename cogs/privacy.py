"""/privacy: what is kept, Export my data, and Delete everything. It works without a server, a DM, or a link."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from actions.retention import RULES
from actions.rights import Rights
from cards import privacy
from desk.desk import Desk
from desk.inputs import anywhere
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction


class PrivacyCog(commands.Cog, name="privacy"):
    def __init__(self, desk: Desk, rights: Rights, *, revoke_url: str, policy_url: str | None) -> None:
        self._desk = desk
        self._rights = rights
        self._revoke_url = revoke_url
        self._policy_url = policy_url

    @app_commands.command(name="privacy", description="See, export, or delete what I keep about you")
    @anywhere
    async def privacy(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show)

    @pressed("privacy", edits=True)
    async def _show(self, reply: Reply) -> None:
        entries = await self._rights.entries(reply.person)
        await reply.send(*privacy.card(reply.language, entries, policy_url=self._policy_url))

    @pressed("rules", edits=True)
    async def _show_rules(self, reply: Reply) -> None:
        rules = [(rule.what, rule.why, rule.until) for rule in RULES]
        await reply.send(*privacy.details(reply.language, rules, policy_url=self._policy_url))

    @pressed("export")
    async def _export(self, reply: Reply) -> None:
        content = await self._rights.export(reply.person)
        await reply.send_file(privacy.FILE, content, *privacy.exported(reply.language))

    @pressed("erase", edits=True)
    async def _ask(self, reply: Reply) -> None:
        await reply.send(*privacy.confirm(reply.language))

    @pressed("erase_now", edits=True)
    async def _erase(self, reply: Reply) -> None:
        entries = sum((await self._rights.erase(reply.person)).values())
        await reply.send(*privacy.erased(reply.language, entries=entries, revoke_url=self._revoke_url))
