"""Linking and unlinking: /link, /account, /unlink, the Paste form, and addresses pasted in a DM."""

from __future__ import annotations

import discord
import structlog
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.accounts import Accounts
from actions.likes import Likes
from actions.linking import Confirmed, Linking
from cogs.invitations import Invitations
from cogs.outcomes import outcome_card
from thingiverse.oauth import looks_secret
from thingiverse.urls import maker_url
from ui import help_card, linking
from ui.components import Card, Component
from ui.inputs import anywhere
from ui.places import Places
from ui.presses import Presses, fields_of, to_number
from ui.replies import Desk, DirectReply, Interaction, Reply, explain
from ui.texts import Language

log = structlog.get_logger("cogs.accounts")


class AccountsCog(commands.Cog, name="accounts"):
    def __init__(
        self,
        desk: Desk,
        presses: Presses,
        places: Places,
        invitations: Invitations,
        links: Linking,
        accounts: Accounts,
        likes: Likes,
    ) -> None:
        self._desk = desk
        self._places = places
        self._invitations = invitations
        self._links = links
        self._accounts = accounts
        self._likes = likes
        presses.route("link", self._fresh_link, edits=True)
        presses.route("paste", self._ask_for_paste)
        presses.route("pasted", self._take_form, edits=True)
        presses.route("confirm", self._confirm, edits=True)
        presses.route("cancel", self._cancel, edits=True)
        presses.route("unlink", self._unlink, edits=True)

    @app_commands.command(name=locale_str("link"), description=locale_str("Link your Thingiverse account"))
    @anywhere
    async def link(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._start_linking)

    @app_commands.command(
        name=locale_str("account"), description=locale_str("Your linked account, and what is kept about you")
    )
    @anywhere
    async def account(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show_account)

    @app_commands.command(
        name=locale_str("unlink"),
        description=locale_str("Unlink your account and delete what is kept about you"),
    )
    @anywhere
    async def unlink(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._unlink)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """DMs, and server messages that mention the bot: the only ones whose text Discord gives us."""
        if message.author.bot or not message.content:
            return
        if _in_dm(message):
            locale = await self._locale_of(message.author.id)
            await self._desk.serve_direct(message, lambda reply: self._take_message(reply, message.content), locale)
        elif looks_secret(message.content):
            with self._desk.at_work():
                await self._protect(message)

    async def _start_linking(self, reply: Reply) -> None:
        invitation, wish = await self._invitations.begin(reply)
        card = self._invitations.card(reply.language, invitation, wish)
        await reply.send(*card)
        if reply.interaction.guild_id is None:
            return
        sent = await _send_dm(reply.interaction.user, card)
        await reply.send(*self._invitations.card(reply.language, invitation, wish, sent=sent))

    async def _fresh_link(self, reply: Reply) -> None:
        invitation, wish = await self._invitations.begin(reply)
        await reply.send(*self._invitations.card(reply.language, invitation, wish))

    async def _ask_for_paste(self, reply: Reply) -> None:
        await reply.ask(linking.PasteForm(reply.language))

    async def _take_form(self, reply: Reply) -> None:
        candidate = await self._links.finish_link(reply.person, fields_of(reply.interaction).get(linking.PASTED, ""))
        await reply.send(*self._invitations.confirm_card(reply.language, candidate))

    async def _take_message(self, reply: DirectReply, content: str) -> None:
        if not looks_secret(content) and not await self._links.is_linking(reply.person):
            await reply.send(*help_card.greeting(reply.language))
            return
        candidate = await self._links.finish_link(reply.person, content)
        await reply.send(*self._invitations.confirm_card(reply.language, candidate, by_dm=True))

    async def _locale_of(self, person: int) -> str | None:
        """Unknown where the database does not answer; what the person asked for will tell of that."""
        try:
            return await self._links.locale_of(person)
        except Exception as error:  # noqa: BLE001  as said
            log.warning("language unknown", person=person, why=type(error).__name__)
            return None

    async def _confirm(self, reply: Reply, maker_id: str) -> None:
        confirmed = await self._links.confirm_link(reply.person, to_number(maker_id))
        name = confirmed.link.maker_name
        card = linking.linked(reply.language, maker=name, url=maker_url(name, self._accounts.app.www_url))
        await reply.send(*card, *await self._wish_fulfilled(reply, confirmed))

    async def _wish_fulfilled(self, reply: Reply, confirmed: Confirmed) -> list[Component]:
        """The like that linking began with, carried out; its failure does not hide that linking went well."""
        if confirmed.then_like is None:
            return []
        try:
            outcome = await self._likes.set_like(
                reply.person, confirmed.then_like, True, guild=reply.interaction.guild_id
            )
        except Exception as error:  # noqa: BLE001  shown beside the good news
            return explain(reply.language, error)
        return await outcome_card(reply, self._places, outcome)

    async def _cancel(self, reply: Reply) -> None:
        await self._links.cancel_link(reply.person)
        await reply.send(*linking.cancelled(reply.language))

    async def _show_account(self, reply: Reply) -> None:
        standing = await self._accounts.standing(reply.person)
        if standing is None:
            await reply.send(*linking.not_linked(reply.language))
            return
        link = standing.link
        card = linking.account(
            reply.language,
            maker=link.maker_name,
            picture=link.maker_picture,
            url=maker_url(link.maker_name, self._accounts.app.www_url),
            linked_at=link.linked_at,
            alive=standing.alive,
            liked=await self._likes.count_recorded(reply.person),
        )
        await reply.send(*card)

    async def _unlink(self, reply: Reply) -> None:
        was_linked = await self._accounts.unlink(reply.person)
        revoke_url = self._accounts.app.revoke_url
        await reply.send(*linking.unlinked(reply.language, was_linked=was_linked, revoke_url=revoke_url))

    async def _protect(self, message: discord.Message) -> None:
        """Somebody pasted their key where others read it: take it away, use nothing of it, tell them in private."""
        deleted = await _delete(message)
        await self._links.cancel_link(message.author.id)
        log.warning("key pasted in a server", person=message.author.id, deleted=deleted)
        card = linking.exposed(self._desk.texts.english, deleted=deleted, revoke_url=self._accounts.app.revoke_url)
        if not await _send_dm(message.author, card):
            await _warn_in_channel(message, self._desk.texts.english)


def _in_dm(message: discord.Message) -> bool:
    return message.guild is None and getattr(message.channel, "guild_id", None) is None


async def _send_dm(person: discord.User | discord.Member, card: list[Component]) -> bool:
    """False where the person's DMs are closed to the bot (Discord's codes 50007 and 50278)."""
    try:
        await person.send(view=Card(*card))
    except discord.HTTPException as error:
        log.info("dm not sent", status=error.status, code=error.code)
        return False
    return True


async def _delete(message: discord.Message) -> bool:
    try:
        await message.delete()
    except discord.NotFound:
        return True
    except discord.HTTPException as error:
        log.info("message not deleted", status=error.status, code=error.code)
        return False
    return True


async def _warn_in_channel(message: discord.Message, language: Language) -> None:
    """The last resort, where no DM gets through: without the key, and only to the one it concerns."""
    warning = language.say(
        "You pasted a key to your Thingiverse account here. If it is still here, delete it now, and remove the "
        "app on Thingiverse's page of apps. Then use /link, and the Paste button."
    )
    try:
        await message.channel.send(
            f"{message.author.mention} {warning}",
            allowed_mentions=discord.AllowedMentions(users=[message.author]),
        )
    except discord.HTTPException as error:
        log.warning("person not warned", status=error.status, code=error.code)
