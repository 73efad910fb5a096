"""/top and /who-likes: what members of a server like through the bot."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog
from actions.favorites import Favorites, Period
from cards import who_likes
from cards.components import damaged
from cards.gallery import Look, Position
from desk.desk import Desk
from desk.galleries import Found, Galleries
from desk.inputs import choices, in_servers, known_choices, thing_id
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from errors import N_

PERIODS: dict[Period, str] = {
    "week": N_("Past week"),
    "month": N_("Past month"),
    "all": N_("Since I joined"),
}
_CHOICES = [app_commands.Choice(name=said, value=period) for period, said in PERIODS.items()]


class FavoritesCog(commands.Cog, name="favorites"):
    def __init__(self, desk: Desk, galleries: Galleries, favorites: Favorites, catalog: Catalog) -> None:
        self._desk = desk
        self._galleries = galleries
        self._favorites = favorites
        self._catalog = catalog
        galleries.add("top", self._read)
        desk.ready.while_typing("who-likes", lambda asked: known_choices(asked, catalog.known_suggestions))

    @app_commands.command(name="top", description="See what this server likes most")
    @app_commands.describe(period="How far back to look")
    @app_commands.choices(period=_CHOICES)
    @in_servers
    async def top(self, interaction: Interaction, period: Period = "week") -> None:
        async def work(reply: Reply) -> None:
            await self._galleries.show(reply, Position("top", owner=reply.person, subject=period))

        await self._desk.serve(interaction, work, private=False)

    @app_commands.command(name="who-likes", description="See how many people here like a design")
    @app_commands.describe(thing="Pick a suggestion, or enter a link or ID")
    @in_servers
    async def who_likes(self, interaction: Interaction, thing: str) -> None:
        await self._desk.serve(interaction, lambda reply: self._show_likers(reply, thing_id(thing)))

    @who_likes.autocomplete("thing")
    async def _suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(await self._catalog.suggestions(typed), await self._desk.unwanted(interaction))

    async def _read(self, reply: Reply, position: Position) -> Found:
        period: Period | None = next((known for known in PERIODS if known == position.subject), None)
        if period is None:
            raise damaged()
        language = reply.language
        top = await self._favorites.top(reply.server(), period, position.list, unwanted=await reply.unwanted())
        beside = {
            thing: language.count("Liked by **{n} person** here", "Liked by **{n} people** here", people)
            for thing, people in top.people.items()
        }
        look = Look(language.say("This server's favorites"), (f"-# {language.say(PERIODS[period])}",), beside=beside)
        nothing = language.say("Nobody here has liked anything through me in that time. Try {/popular} to get started.")
        return Found(top.listing, look, nothing)

    async def _show_likers(self, reply: Reply, number: int) -> None:
        likers = await self._favorites.who_like(reply.server(), number, reply.person)
        known = (await self._catalog.seen.recalled([number])).get(number)
        hidden = known is not None and known.is_nsfw and not await reply.shows_adult()
        await reply.send(*who_likes.card(reply.language, number, None if hidden else known, likers))

    @pressed("named", edits=True)
    async def _change_named(self, reply: Reply, number: int, shown: bool) -> None:
        await self._favorites.show_likes(reply.person, shown)
        await self._show_likers(reply, number)
