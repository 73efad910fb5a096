"""Liking and unliking: /like, /unlike, /likes, and the buttons on every card."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.likes import Likes, Outcome
from actions.showcase import Showcase
from cogs.invitations import Invitations
from cogs.outcomes import outcome_card
from errors import LinkNeeded
from ui import gallery, thing_card
from ui.components import on_message, text, walk
from ui.gallery import Place
from ui.inputs import anywhere, choices, suggestion, thing_id
from ui.places import Places
from ui.presses import Presses, custom_id, to_number
from ui.refresh import Refresher
from ui.replies import Desk, Interaction, Reply


class LikesCog(commands.Cog, name="likes"):
    def __init__(
        self,
        desk: Desk,
        presses: Presses,
        places: Places,
        refresher: Refresher,
        invitations: Invitations,
        likes: Likes,
        showcase: Showcase,
    ) -> None:
        self._desk = desk
        self._places = places
        self._refresher = refresher
        self._invitations = invitations
        self._likes = likes
        self._showcase = showcase
        presses.route("like", self._press_like)
        presses.route("set", self._press_undo, edits=True)
        presses.route("flip", self._press_flip, edits=True)
        presses.route("likes", self._turn_page, edits=True)

    @app_commands.command(name=locale_str("like"), description=locale_str("Like a design on Thingiverse"))
    @app_commands.describe(thing=locale_str("Its number, its address, or pick a suggestion"))
    @app_commands.rename(thing=locale_str("thing"))
    @anywhere
    async def like(self, interaction: Interaction, thing: str) -> None:
        await self._desk.serve(interaction, lambda reply: self._set(reply, thing_id(thing), True))

    @app_commands.command(name=locale_str("unlike"), description=locale_str("Take a like back"))
    @app_commands.describe(thing=locale_str("Its number, its address, or pick a suggestion"))
    @app_commands.rename(thing=locale_str("thing"))
    @anywhere
    async def unlike(self, interaction: Interaction, thing: str) -> None:
        await self._desk.serve(interaction, lambda reply: self._set(reply, thing_id(thing), False))

    @app_commands.command(name=locale_str("likes"), description=locale_str("What you have liked, newest first"))
    @anywhere
    async def likes(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, lambda reply: self._show(reply, Place("likes", owner=reply.person)))

    @like.autocomplete("thing")
    async def _suggest(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(self._showcase.suggestions(typed))

    @unlike.autocomplete("thing")
    async def _suggest_liked(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [suggestion(like.thing, like.name) for like in await self._likes.recorded(interaction.user.id, typed)]

    async def _set(self, reply: Reply, wished: int, wanted: bool) -> None:
        """Answer a wish with its card; where there is no link, begin linking and remember the wish."""
        try:
            outcome = await self._likes.set_like(reply.person, wished, wanted, guild=reply.interaction.guild_id)
        except LinkNeeded as error:
            invitation, name = await self._invitations.begin(
                reply.person, asked_as=reply.name, then_like=wished if wanted else None
            )
            card = self._invitations.card(reply.language, invitation, name)
            await reply.send(text(reply.language.error(error)), *card)
            return
        await self._show_outcome(reply, outcome)

    async def _show_outcome(self, reply: Reply, outcome: Outcome) -> None:
        await reply.send(*await outcome_card(reply, self._places, outcome))
        if outcome.changed:
            # the card that was pressed is read in the server's language
            label = thing_card.like_label(self._desk.texts.public(reply.interaction), outcome.thing.like_count)
            self._refresher.note(reply.interaction, thing_card.like_id(outcome.thing.id), label)

    async def _press_like(self, reply: Reply, wished: str) -> None:
        await self._set(reply, to_number(wished), True)

    async def _press_undo(self, reply: Reply, wished: str, wanted: str) -> None:
        await self._set(reply, to_number(wished), wanted == "1")

    async def _press_flip(self, reply: Reply, wished: str, wanted: str) -> None:
        """Like or unlike in a list, where only the button changes, so that a slip is mended where it happened."""
        number, want = to_number(wished), wanted == "1"
        outcome = await self._likes.set_like(reply.person, number, want, guild=reply.interaction.guild_id)
        opposite = thing_card.unlike_in_place if want else thing_card.like_in_place
        message = reply.interaction.message
        components = on_message(message) if message is not None else []
        for component in walk(components):
            if component.get("custom_id") == custom_id("flip", wished, wanted):
                component.clear()
                component.update(opposite(reply.language, outcome.thing.id))
        await reply.send(*components)

    async def _turn_page(self, reply: Reply, list_: str, offset: str, owner: str) -> None:
        await self._show(reply, Place.read("likes", list_, offset, owner).for_owner(reply.person))

    async def _show(self, reply: Reply, place: Place) -> None:
        adult = await self._places.age_restricted(reply.interaction)
        listing = await self._likes.liked(reply.person, place.list)
        page = gallery.page_of(listing, place, adult=adult)
        if not page.things and place.list == 1 and not page.hidden:
            nothing = reply.language.say("You have not liked anything yet. `/popular` is a good place to begin.")
            await reply.send(text(nothing))
            return
        heading = reply.language.say("Things I have liked")
        await reply.send(*gallery.render(reply.language, heading, page, liked=True))
