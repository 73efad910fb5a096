"""/search, with its filters."""

from __future__ import annotations

from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog
from cards.components import custom_id
from cards.gallery import Look, Position
from cards.searches import LONGEST_TERM, SORTS, WITHIN, Search
from desk.desk import Desk, ThingWork
from desk.forms import WORDS, search_form
from desk.galleries import Found, Galleries
from desk.inputs import anywhere, thing_id
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from desk.search_options import LICENSE_CHOICES, REMIX_CHOICES, category_choices, category_named
from errors import BotError
from texts import bare, plain
from thingiverse.filters import Filters, Sort
from thingiverse.urls import LONGEST, names_thing

SORT_CHOICES = [app_commands.Choice(name=said, value=sort) for sort, said in SORTS.items()]
WITHIN_CHOICES = [app_commands.Choice(name=said, value=days) for days, said in WITHIN.items()]


class SearchCog(commands.Cog, name="search"):
    """`show` handles a search that is a link to one design."""

    def __init__(self, desk: Desk, galleries: Galleries, catalog: Catalog, *, show: ThingWork) -> None:
        self._desk = desk
        self._galleries = galleries
        self._catalog = catalog
        self._show_thing = show
        galleries.add("search", self._read)

    @app_commands.command(name="search", description="Find designs on Thingiverse")
    @app_commands.describe(
        text="What to search for",
        sort="How to sort the results",
        license="Only designs with this license",
        category="Only designs in this category",
        within="Only recently published designs",
        makes="Only designs that people have printed and shared",
        remixes="Only remixes, or no remixes",
        no_ai="Leave out designs made with AI",
    )
    @app_commands.rename(no_ai="no-ai")
    @app_commands.choices(sort=SORT_CHOICES, license=LICENSE_CHOICES)
    @app_commands.choices(within=WITHIN_CHOICES, remixes=REMIX_CHOICES)
    @anywhere
    async def search(
        self,
        interaction: Interaction,
        text: app_commands.Range[str, 1, LONGEST] = "",
        sort: Sort = "relevant",
        license: str = "",
        category: str = "",
        within: int = 0,
        makes: bool = False,
        remixes: int | None = None,
        no_ai: bool = False,
    ) -> None:
        async def work(reply: Reply) -> None:
            if not any((text, license, category, within, makes, no_ai)) and (sort, remixes) == ("relevant", None):
                await self._ask(reply)
                return
            filters = Filters(
                sort=sort,
                license=license,
                category=category_named(await self._catalog.categories(), category).id if category else 0,
                days=within,
                has_makes=makes,
                remixes=None if remixes is None else bool(remixes),
                no_ai=no_ai,
            )
            await self._show(reply, text, filters)

        await self._desk.serve(interaction, work, private=False)

    @search.autocomplete("category")
    async def _suggest_categories(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return category_choices(await self._catalog.categories_soon(), typed)

    @pressed("search_form")
    async def _ask(self, reply: Reply) -> None:
        """Ask for words if nothing was entered, most likely because Enter was pressed too early."""
        await reply.ask(search_form(reply.language, LONGEST_TERM), custom_id("search_form"))

    @pressed("searched", public=True)
    async def _take_words(self, reply: Reply) -> None:
        await self._show(reply, reply.fields.get(WORDS, ""), Filters(sort="relevant"))

    async def _show(self, reply: Reply, words: str, filters: Filters) -> None:
        """Show the designs found, or the one that a link names."""
        if names_thing(words):
            await self._show_thing(reply, thing_id(words))
            return
        term = bare(words, LONGEST)
        position = Position("search", owner=reply.person, subject=Search(term, filters).subject())
        if len(term) > LONGEST_TERM or not position.fits():
            raise BotError("That search is too long. Try fewer words.")
        await self._galleries.show(reply, position)

    async def _read(self, reply: Reply, position: Position) -> Found:
        search = Search.read(position.subject)
        shelved = await self._catalog.search(search.term, search.filters, position.list)
        if reply.public:
            self._catalog.seen.show(shelved.value.things)
        language = reply.language
        notes = [search.described(language, await self._category_name(search.filters.category))]
        if shelved.value.total is not None:
            notes.append(language.count("{n} design found", "{n} designs found", shelved.value.total))
        look = Look(
            language.say("Search: {words}", words=search.term) if search.term else language.say("All designs"),
            tuple(f"-# {note}" for note in notes if note),
            read_at=shelved.fetched_at if shelved.stale else None,
            follow="search" if search.narrows else "",
        )
        nothing = language.say("No designs found. Try fewer words or filters.")
        return Found(shelved.value, look, nothing, no_ai=search.filters.no_ai)

    async def _category_name(self, number: int) -> str | None:
        if not number:
            return None
        names = {each.id: each.name for each in await self._catalog.categories()}
        return plain(names.get(number, f"#{number}"))
