"""Like and unlike: /like, /unlike, /likes, and the buttons on every card."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog
from actions.likes import Likes, Outcome
from cards import thing_summary
from cards.components import custom_id, walk
from cards.gallery import Look, Position
from cogs.link_cards import LinkCards
from cogs.outcomes import outcome_card
from desk.desk import Desk
from desk.galleries import Found, Galleries
from desk.inputs import anywhere, choices, known_choices, suggestion, thing_id
from desk.presses import pressed
from desk.refresh import Refresher
from desk.replies import Reply
from desk.requests import Interaction
from errors import LinkNeeded


class LikesCog(commands.Cog, name="likes"):
    def __init__(
        self,
        desk: Desk,
        galleries: Galleries,
        refresher: Refresher,
        link_cards: LinkCards,
        likes: Likes,
        catalog: Catalog,
    ) -> None:
        self._desk = desk
        self._galleries = galleries
        self._refresher = refresher
        self._link_cards = link_cards
        self._likes = likes
        self._catalog = catalog
        galleries.add("likes", self._read)
        desk.ready.while_typing("like", lambda asked: known_choices(asked, catalog.known_suggestions))

    async def cog_unload(self) -> None:
        """discord.py calls this at the end, while the bot is still connected."""
        await self._refresher.close()

    @app_commands.command(name="like", description="Like a design on Thingiverse")
    @app_commands.describe(thing="Pick a suggestion, or enter a link or ID")
    @anywhere
    async def like(self, interaction: Interaction, thing: str) -> None:
        await self._desk.serve(interaction, lambda reply: self.like_thing(reply, thing_id(thing)))

    @app_commands.command(name="unlike", description="Remove a like")
    @app_commands.describe(thing="Pick a suggestion, or enter a link or ID")
    @anywhere
    async def unlike(self, interaction: Interaction, thing: str) -> None:
        await self._desk.serve(interaction, lambda reply: self.like_thing(reply, thing_id(thing), False))

    @app_commands.command(name="likes", description="See your likes, newest first")
    @anywhere
    async def likes(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show_likes)

    @like.autocomplete("thing")
    async def _suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(await self._catalog.suggestions(typed), await self._desk.unwanted(interaction))

    @unlike.autocomplete("thing")
    async def _suggest_liked(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [suggestion(like.thing, like.name) for like in await self._likes.recorded(interaction.user.id, typed)]

    @pressed("like")
    @pressed("set", edits=True)
    async def like_thing(self, reply: Reply, number: int, wanted: bool = True) -> None:
        """Like or unlike, and reply with the result. Without a link, start linking and remember the design."""
        try:
            outcome = await self._likes.set_like(reply.person, number, wanted, guild=reply.guild)
        except LinkNeeded as error:
            await self._link_cards.start(reply, error, then_like=number if wanted else None)
            return
        await self._show_outcome(reply, outcome)

    async def _show_likes(self, reply: Reply) -> None:
        try:
            await self._galleries.show(reply, Position("likes", owner=reply.person))
        except LinkNeeded as error:
            await self._link_cards.start(reply, error)

    async def _show_outcome(self, reply: Reply, outcome: Outcome) -> None:
        await reply.send(*await outcome_card(reply, outcome))
        if outcome.changed:
            # the pressed card is in the server's language
            language = await reply.public_language()
            label = thing_summary.like_label(language, outcome.thing.like_count)
            self._refresher.note(reply, thing_summary.like_id(outcome.thing.id), label)

    @pressed("flip", edits=True)
    async def _press_flip(self, reply: Reply, number: int, wanted: bool) -> None:
        """Like or unlike in a list. Only the button changes, so a mistake can be undone in place."""
        outcome = await self._likes.set_like(reply.person, number, wanted, guild=reply.guild)
        opposite = thing_summary.unlike_in_place if wanted else thing_summary.like_in_place
        components = reply.pressed_card
        for component in walk(components):
            if component.get("custom_id") == custom_id("flip", number, int(wanted)):
                component.clear()
                component.update(opposite(reply.language, outcome.thing.id))
        await reply.send(*components, instead=await outcome_card(reply, outcome))

    async def _read(self, reply: Reply, position: Position) -> Found:
        """Read the list of likes, always of the person who pressed."""
        listing = await self._likes.liked(reply.person, position.list)
        nothing = reply.language.say("You haven't liked anything yet. Try {/popular} to get started.")
        return Found(listing, Look(reply.language.say("Your likes"), liked=True), nothing)
