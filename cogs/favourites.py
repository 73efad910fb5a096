"""/top and /who-likes: what the people of a server like through the bot."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.favourites import Favourites, Period
from actions.showcase import Showcase
from cogs.galleries import Found, Galleries
from errors import N_, BotError
from ui import likers_card
from ui.gallery import Look, Place
from ui.inputs import choices, in_servers, thing_id
from ui.places import Places
from ui.presses import Presses, damaged, to_number
from ui.replies import Desk, Interaction, Reply

PERIODS: dict[Period, str] = {
    "week": N_("in the last week"),
    "month": N_("in the last month"),
    "all": N_("since I am here"),
}
_CHOICES = [app_commands.Choice(name=locale_str(said), value=period) for period, said in PERIODS.items()]


class FavouritesCog(commands.Cog, name="favourites"):
    def __init__(
        self,
        desk: Desk,
        presses: Presses,
        places: Places,
        galleries: Galleries,
        favourites: Favourites,
        showcase: Showcase,
    ) -> None:
        self._desk = desk
        self._places = places
        self._galleries = galleries
        self._favourites = favourites
        self._showcase = showcase
        galleries.add("top", self._read)
        presses.route("named", self._change_named, edits=True)

    @app_commands.command(name=locale_str("top"), description=locale_str("What this server likes most"))
    @app_commands.describe(period=locale_str("Since when"))
    @app_commands.rename(period=locale_str("period"))
    @app_commands.choices(period=_CHOICES)
    @in_servers
    async def top(self, interaction: Interaction, period: Period = "week") -> None:
        async def work(reply: Reply) -> None:
            await self._galleries.show(reply, Place("top", owner=reply.person, subject=period))

        await self._desk.serve(interaction, work, private=False)

    @app_commands.command(
        name=locale_str("who-likes"), description=locale_str("How many here like a design, and who lets it be seen")
    )
    @app_commands.describe(thing=locale_str("Its number, its address, or pick a suggestion"))
    @app_commands.rename(thing=locale_str("thing"))
    @in_servers
    async def who_likes(self, interaction: Interaction, thing: str) -> None:
        await self._desk.serve(interaction, lambda reply: self._show_likers(reply, thing_id(thing)))

    @who_likes.autocomplete("thing")
    async def _suggest(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(await self._showcase.seen.suggestions(typed))

    async def _read(self, reply: Reply, place: Place) -> Found:
        period: Period | None = next((known for known in PERIODS if known == place.subject), None)
        if period is None:
            raise damaged()
        language = reply.language
        top = await self._favourites.top(_server(reply), period, place.list)
        beside = {
            thing: language.count("**{n} person** here likes it", "**{n} people** here like it", people)
            for thing, people in top.people.items()
        }
        look = Look(language.say("What this server likes"), (f"-# {language.say(PERIODS[period])}",), beside=beside)
        nothing = language.say("Nobody here has liked anything through me in that time. `/popular` is a beginning.")
        return Found(top.listing, look, nothing)

    async def _show_likers(self, reply: Reply, number: int) -> None:
        likers = await self._favourites.who_like(_server(reply), number, reply.person)
        known = (await self._showcase.seen.recalled([number])).get(number)
        hidden = known is not None and known.is_nsfw and not await self._places.age_restricted(reply.interaction)
        card = likers_card.card(
            reply.language,
            number,
            None if hidden else known,
            count=likers.count,
            people=likers.named,
            asker_shows=likers.asker_shows,
        )
        await reply.send(*card)

    async def _change_named(self, reply: Reply, number: str, shown: str) -> None:
        await self._favourites.show_likes(reply.person, shown == "1")
        await self._show_likers(reply, to_number(number))


def _server(reply: Reply) -> int:
    if reply.interaction.guild_id is None:
        raise BotError("That works in servers only.")
    return reply.interaction.guild_id
