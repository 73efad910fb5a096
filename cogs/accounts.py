"""Linking and unlinking: /link, /account, /unlink, the Paste link form, and links pasted in a DM."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord
import structlog
from discord import app_commands
from discord.ext import commands

from actions.accounts import Accounts
from actions.likes import Likes
from actions.linking import Confirmed, Linking
from cards import help, linking
from cards.components import Component, custom_id
from cogs.link_cards import LinkCards
from cogs.outcomes import outcome_card
from desk.desk import Desk
from desk.direct_replies import DirectReply
from desk.discord_errors import tried
from desk.failures import explain
from desk.forms import PASTED, paste_form
from desk.inputs import anywhere
from desk.messages import guild_of
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from desk.sending import Card
from errors import PasteRefused
from texts import Language
from thingiverse.oauth import looks_secret
from thingiverse.urls import maker_url

log = structlog.get_logger("cogs.accounts")

Choose = Callable[[Reply, int], Awaitable[list[Component]]]  # asks which collection a design is saved to

MOST_TOLD = 10  # people who get a DM if their account is linked again


class AccountsCog(commands.Cog, name="accounts"):
    def __init__(
        self,
        desk: Desk,
        link_cards: LinkCards,
        links: Linking,
        accounts: Accounts,
        likes: Likes,
        *,
        choose: Choose,
    ) -> None:
        self._desk = desk
        self._link_cards = link_cards
        self._links = links
        self._accounts = accounts
        self._likes = likes
        self._choose = choose

    @app_commands.command(name="link", description="Link your Thingiverse account")
    @anywhere
    async def link(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._start_linking)

    @app_commands.command(name="account", description="See your linked account and recent activity")
    @anywhere
    async def account(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show_account)

    @app_commands.command(name="unlink", description="Unlink your account and delete what I keep about you")
    @anywhere
    async def unlink(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._ask_to_unlink)

    @commands.Cog.listener()
    async def on_message(self, message: discord.Message) -> None:
        """Read DMs, and server messages that mention the bot. Without PREVIEWS, Discord sends no other text."""
        if message.author.bot or not message.content:
            return
        if guild_of(message) is None:
            locale = await self._locale_of(message.author.id)
            await self._desk.serve_direct(message, lambda reply: self._take_message(reply, message.content), locale)
        else:
            with self._desk.at_work():
                await self._protect(message)

    @commands.Cog.listener()
    async def on_raw_message_edit(self, payload: discord.RawMessageUpdateEvent) -> None:
        """Check edited messages, because a key can be added later."""
        message = payload.message
        if "content" not in payload.data or message.author.bot or guild_of(message) is None:
            return
        with self._desk.at_work():
            await self._protect(message)

    async def _start_linking(self, reply: Reply) -> None:
        offer, wish = await self._link_cards.begin(reply)
        await reply.send(*self._link_cards.card(reply, offer, wish))
        if reply.guild is None:
            return
        sent = await reply.dm(*self._link_cards.card(reply, offer, wish, by_dm=True))
        await reply.send(*self._link_cards.card(reply, offer, wish, sent=sent))

    @pressed("link", edits=True)
    async def _fresh_link(self, reply: Reply) -> None:
        offer, wish = await self._link_cards.begin(reply)
        await reply.send(*self._link_cards.card(reply, offer, wish))

    @pressed("paste")
    async def _ask_for_paste(self, reply: Reply) -> None:
        if self._accounts.app.proof is not None:  # a button from before the linking page was set up
            raise PasteRefused("You don't need to paste anything. Press Authorize and finish on the page you land on.")
        await reply.ask(paste_form(reply.language), custom_id("paste"))

    @pressed("pasted", edits=True)
    async def _take_form(self, reply: Reply) -> None:
        candidate = await self._links.finish_link(reply.person, reply.fields.get(PASTED, ""))
        await reply.send(*self._link_cards.confirm_card(reply.language, candidate))

    async def _take_message(self, reply: DirectReply, content: str) -> None:
        pasting = self._accounts.app.proof is None and await self._links.is_linking(reply.person)
        if not pasting and not looks_secret(content):
            await reply.send(*help.greeting(reply.language))
            return
        candidate = await self._links.finish_link(reply.person, content)
        await reply.send(*self._link_cards.confirm_card(reply.language, candidate, by_dm=True))

    async def _locale_of(self, person: int) -> str | None:
        """The person's language, or None if the database fails. If the reply needs it, that will report the failure."""
        try:
            return await self._links.locale_of(person)
        except Exception as error:  # noqa: BLE001  see above
            log.warning("language not loaded", person=person, why=type(error).__name__)
            return None

    @pressed("confirm", edits=True)
    async def _confirm(self, reply: Reply, maker_id: int) -> None:
        confirmed = await self._links.confirm_link(reply.person, maker_id)
        name = confirmed.link.maker_name
        card = linking.linked(reply.language, maker=name, url=maker_url(name, self._accounts.app.www_url))
        await reply.send(*card, *await self._wish_fulfilled(reply, confirmed))
        await self._tell_others(reply, confirmed)

    async def _tell_others(self, reply: Reply, confirmed: Confirmed) -> None:
        """Tell others who linked the same account. It's their only warning."""
        card = linking.linked_elsewhere(
            self._desk.texts.english, maker=confirmed.link.maker_name, revoke_url=self._accounts.app.revoke_url
        )
        for other in confirmed.others[:MOST_TOLD]:
            told = await reply.dm(*card, to=other)
            log.warning("account linked twice", person=confirmed.link.person, other=other, told=told)

    async def _wish_fulfilled(self, reply: Reply, confirmed: Confirmed) -> list[Component]:
        """Like, or ask where to save, as linking started with. If it fails, people still see that linking worked."""
        try:
            wanted = confirmed.attempt
            if wanted.then_save is not None:
                return await self._choose(reply, wanted.then_save)
            if wanted.then_like is None:
                return []
            outcome = await self._likes.set_like(reply.person, wanted.then_like, True, guild=reply.guild)
            return await outcome_card(reply, outcome)
        except Exception as error:  # noqa: BLE001  shown next to the success
            return explain(reply.language, error)

    @pressed("cancel", edits=True)
    async def _cancel(self, reply: Reply) -> None:
        await self._links.cancel_link(reply.person)
        await reply.send(*linking.cancelled(reply.language))

    async def _show_account(self, reply: Reply) -> None:
        standing = await self._accounts.standing(reply.person)
        if standing is None:
            await reply.send(*linking.not_linked(reply.language))
            return
        url = maker_url(standing.link.maker_name, self._accounts.app.www_url)
        liked = await self._likes.count_recorded(reply.person)
        await reply.send(*linking.account(reply.language, standing, url=url, liked=liked))

    @pressed("unlink", edits=True)
    async def _ask_to_unlink(self, reply: Reply) -> None:
        """Ask first. If nothing is linked, delete right away what may be left, such as an unfinished attempt."""
        link = await self._accounts.link_of(reply.person)
        if link is None:
            await self._unlink(reply)
        else:
            await reply.send(*linking.confirm_unlink(reply.language, maker=link.maker_name))

    @pressed("keep", edits=True)
    async def _keep(self, reply: Reply) -> None:
        link = await self._accounts.link_of(reply.person)
        if link is None:
            await reply.send(*linking.not_linked(reply.language))
        else:
            await reply.send(*linking.kept(reply.language, maker=link.maker_name))

    @pressed("unlink_now", edits=True)
    async def _unlink(self, reply: Reply) -> None:
        was_linked = await self._accounts.unlink(reply.person)
        revoke_url = self._accounts.app.revoke_url
        await reply.send(*linking.unlinked(reply.language, was_linked=was_linked, revoke_url=revoke_url))

    async def _protect(self, message: discord.Message) -> None:
        """If someone posted their key in public, delete the message, don't use the key, and tell them in private."""
        if not await self._links.is_exposed(message.author.id, message.content):
            return
        deleted = await tried(message.delete(), "message not deleted")
        await self._links.cancel_link(message.author.id)
        log.warning("key pasted in a server", person=message.author.id, deleted=deleted)
        card = linking.exposed(self._desk.texts.english, deleted=deleted, revoke_url=self._accounts.app.revoke_url)
        if not await tried(message.author.send(view=Card(*card)), "dm not sent"):
            await _warn_in_channel(message, self._desk.texts.english)


async def _warn_in_channel(message: discord.Message, language: Language) -> None:
    """If no DM gets through, warn in the channel, mentioning only that person and without the key."""
    warning = language.say(
        "You pasted a key to your Thingiverse account here. If it's still here, delete it now, and remove "
        "this app from your connected apps on Thingiverse. Then use {/link} and the Paste link button."
    )
    only_them = discord.AllowedMentions(users=[message.author])
    await tried(
        message.channel.send(f"{message.author.mention} {warning}", allowed_mentions=only_them), "person not warned"
    )
