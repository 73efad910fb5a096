"""/search, with its filters."""

from __future__ import annotations

from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.showcase import Showcase
from cogs.galleries import Found, Galleries
from errors import BotError
from thingiverse.models import Filters, Sort
from ui.gallery import Look, Place
from ui.inputs import anywhere
from ui.replies import Desk, Interaction, Reply
from ui.searching import (
    LICENCE_CHOICES,
    LONGEST_TERM,
    REMIX_CHOICES,
    SORT_CHOICES,
    WITHIN_CHOICES,
    Search,
)
from ui.texts import bare, plain


class SearchCog(commands.Cog, name="search"):
    def __init__(self, desk: Desk, galleries: Galleries, showcase: Showcase) -> None:
        self._desk = desk
        self._galleries = galleries
        self._showcase = showcase
        galleries.add("search", self._read)

    @app_commands.command(name=locale_str("search"), description=locale_str("Find designs on Thingiverse"))
    @app_commands.describe(
        text=locale_str("Words to look for"),
        sort=locale_str("Which come first"),
        licence=locale_str("Only with this licence"),
        category=locale_str("Only in this category"),
        within=locale_str("Only what was published lately"),
        makes=locale_str("Only what somebody has printed and shown"),
        remixes=locale_str("Only remixes, or none"),
    )
    @app_commands.rename(
        text=locale_str("text"),
        sort=locale_str("sort"),
        licence=locale_str("licence"),
        category=locale_str("category"),
        within=locale_str("within"),
        makes=locale_str("makes"),
        remixes=locale_str("remixes"),
    )
    @app_commands.choices(sort=SORT_CHOICES, licence=LICENCE_CHOICES)
    @app_commands.choices(within=WITHIN_CHOICES, remixes=REMIX_CHOICES)
    @anywhere
    async def search(
        self,
        interaction: Interaction,
        text: app_commands.Range[str, 1, LONGEST_TERM] = "",
        sort: Sort = "relevant",
        licence: str = "",
        category: str = "",
        within: int = 0,
        makes: bool = False,
        remixes: int | None = None,
    ) -> None:
        async def work(reply: Reply) -> None:
            filters = Filters(
                sort=sort,
                license=licence,
                category=await self._category(category),
                days=within,
                has_makes=makes,
                remixes=None if remixes is None else bool(remixes),
            )
            place = Place("search", owner=reply.person, subject=Search(bare(text, LONGEST_TERM), filters).subject())
            if not place.fits():
                raise BotError("That is too much to search for. Please use fewer words.")
            await self._galleries.show(reply, place)

        await self._desk.serve(interaction, work, private=False)

    @search.autocomplete("category")
    async def _suggest_categories(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        """From what was read once today; their names are Thingiverse's own."""
        found = [each for each in await self._showcase.categories() if typed.casefold() in each.name.casefold()]
        return [app_commands.Choice(name=bare(each.name), value=str(each.id)) for each in found[:25] if each.name]

    async def _read(self, reply: Reply, place: Place) -> Found:
        search = Search.read(place.subject)
        shelved = await self._showcase.search(search.term, search.filters, place.list)
        language = reply.language
        notes = [search.described(language, await self._category_name(search.filters.category))]
        if shelved.value.total is not None:
            notes.append(language.count("{n} design found", "{n} designs found", shelved.value.total))
        look = Look(
            language.say("Search: {words}", words=search.term) if search.term else language.say("All designs"),
            tuple(f"-# {note}" for note in notes if note),
            read_at=shelved.fetched_at if shelved.stale else None,
        )
        nothing = language.say("Thingiverse has nothing for that. Fewer words or fewer filters may help.")
        return Found(shelved.value, look, nothing)

    async def _category(self, given: str) -> int:
        """What was picked is a number; what was typed is looked up. Raises BotError."""
        if not given:
            return 0
        for each in await self._showcase.categories():
            if given == str(each.id) or given.strip().casefold() == each.name.casefold():
                return each.id
        raise BotError("Thingiverse has no category {name}. Pick one of the suggestions.", name=given)

    async def _category_name(self, number: int) -> str | None:
        if not number:
            return None
        names = {each.id: each.name for each in await self._showcase.categories()}
        return plain(names.get(number, f"#{number}"))
