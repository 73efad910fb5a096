"""After the linking page: typing its code, or going on once signed in there."""

from __future__ import annotations

from discord.ext import commands

from actions.proofs import Proofs
from cogs.invitations import Invitations
from errors import LinkRefused
from ui.code_form import CODE, CodeForm
from ui.presses import Presses, fields_of
from ui.replies import Reply


class ProofsCog(commands.Cog, name="proofs"):
    def __init__(self, presses: Presses, invitations: Invitations, proofs: Proofs) -> None:
        self._invitations = invitations
        self._proofs = proofs
        presses.route("prove", self._go_on, edits=True)
        presses.route("code", self._take_code, edits=True)

    async def _go_on(self, reply: Reply) -> None:
        """To Confirm, where the proof is there already; the code is asked for where it is a code."""
        candidate = await self._proofs.proven(reply.person)
        if candidate is not None:
            await reply.send(*self._invitations.confirm_card(reply.language, candidate))
        elif self._proofs.way == "code":
            await reply.ask(CodeForm(reply.language))
        else:
            raise LinkRefused("You have not signed in on the page yet. Press Authorize, and sign in where you land.")

    async def _take_code(self, reply: Reply) -> None:
        candidate = await self._proofs.enter_code(reply.person, fields_of(reply.interaction).get(CODE, ""))
        await reply.send(*self._invitations.confirm_card(reply.language, candidate))
