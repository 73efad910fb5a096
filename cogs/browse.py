"""Browse without an account: lists of designs, makers, collections, and single designs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from discord import app_commands
from discord.ext import commands

from actions.catalog import FEATURED, NEWEST, Catalog, Shelved
from cards import thing_details, thing_summary
from cards.components import to_number
from cards.gallery import Look, Position
from desk.desk import Desk
from desk.galleries import Found, Galleries
from desk.inputs import anywhere, choices, collection_id, known_choices, maker_choices, maker_name, thing_id
from desk.presses import pressed
from desk.replies import Reply
from desk.requests import Interaction
from errors import BotError
from texts import moment, plain
from thingiverse.errors import Forbidden, NotFound
from thingiverse.models import Listing


class BrowseCog(commands.Cog, name="browse"):
    def __init__(self, desk: Desk, galleries: Galleries, catalog: Catalog) -> None:
        self._desk = desk
        self._galleries = galleries
        self._catalog = catalog
        galleries.add("popular", self._popular, catalog.known_popular)
        galleries.add("newest", self._newest, lambda: catalog.known_search(NEWEST))
        galleries.add("featured", self._featured, lambda: catalog.known_search(FEATURED))
        desk.ready.while_typing("thing", lambda asked: known_choices(asked, catalog.known_suggestions))
        galleries.add("maker", self._maker)
        galleries.add("collection", self._collection)
        galleries.add("similar", self._similar)

    # -- commands

    @app_commands.command(name="popular", description="See what's popular on Thingiverse")
    @anywhere
    async def popular(self, interaction: Interaction) -> None:
        await self._open(interaction, "popular")

    @app_commands.command(name="newest", description="See what's new on Thingiverse")
    @anywhere
    async def newest(self, interaction: Interaction) -> None:
        await self._open(interaction, "newest")

    @app_commands.command(name="featured", description="See designs featured on Thingiverse")
    @anywhere
    async def featured(self, interaction: Interaction) -> None:
        await self._open(interaction, "featured")

    @app_commands.command(name="maker", description="See a maker's designs")
    @app_commands.describe(maker="Their Thingiverse name, or a link to their page")
    @anywhere
    async def maker(self, interaction: Interaction, maker: app_commands.Range[str, 1, 200]) -> None:
        await self._open(interaction, "maker", lambda: maker_name(maker))

    @app_commands.command(name="collection", description="See the designs in a collection")
    @app_commands.describe(collection="Its Thingiverse link or ID")
    @anywhere
    async def collection(self, interaction: Interaction, collection: app_commands.Range[str, 1, 500]) -> None:
        await self._open(interaction, "collection", lambda: str(collection_id(collection)))

    @app_commands.command(name="thing", description="See everything about a design")
    @app_commands.describe(thing="Pick a suggestion, or enter a link or ID")
    @anywhere
    async def thing(self, interaction: Interaction, thing: str) -> None:
        await self._desk.serve(interaction, lambda reply: self.show_thing(reply, thing_id(thing)), private=False)

    @thing.autocomplete("thing")
    async def _suggest(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(await self._catalog.suggestions(typed), await self._desk.unwanted(interaction))

    @maker.autocomplete("maker")
    async def _suggest_makers(self, interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return maker_choices(await self._catalog.seen.makers(typed), await self._desk.unwanted(interaction))

    async def _open(self, interaction: Interaction, feed: str, subject: Callable[[], str] = str) -> None:
        async def work(reply: Reply) -> None:
            position = Position(feed, owner=reply.person, subject=subject())
            if not position.fits():
                raise BotError("That's too long for a Thingiverse name.")
            await self._galleries.show(reply, position)

        await self._desk.serve(interaction, work, private=False)

    # -- feeds

    async def _popular(self, reply: Reply, position: Position) -> Found:
        shelved = await self._catalog.popular(position.list)
        return self._found(reply, shelved, reply.language.say("Popular on Thingiverse"))

    async def _newest(self, reply: Reply, position: Position) -> Found:
        shelved = await self._catalog.search("", NEWEST, position.list)
        found = self._found(reply, shelved, reply.language.say("New on Thingiverse"))
        published = {thing.id: thing.published_at for thing in shelved.value.things}
        dates = {thing: f"-# {moment(when)}" for thing, when in published.items() if when is not None}
        return replace(found, look=replace(found.look, beside=dates))

    async def _featured(self, reply: Reply, position: Position) -> Found:
        shelved = await self._catalog.search("", FEATURED, position.list)
        return self._found(reply, shelved, reply.language.say("Featured on Thingiverse"))

    async def _maker(self, reply: Reply, position: Position) -> Found:
        try:
            shelved = await self._catalog.designs(position.subject, position.list)
        except NotFound:
            raise BotError(
                "I couldn't find {name} on Thingiverse. Check the name and try again.", name=position.subject
            ) from None
        things = shelved.value.things
        heading, notes = thing_details.maker_heading(
            reply.language, things[0].maker if things else None, position.subject
        )
        nothing = reply.language.say("{name} hasn't published anything yet.", name=position.subject)
        return self._found(reply, shelved, heading, *notes, nothing=nothing, follow="maker")

    async def _collection(self, reply: Reply, position: Position) -> Found:
        number = to_number(position.subject)
        try:
            shelved, collection = await asyncio.gather(
                self._catalog.collected(number, position.list), self._catalog.collection(number)
            )
        except (NotFound, Forbidden):
            raise BotError("I couldn't find that collection on Thingiverse. It may be private or deleted.") from None
        name = collection.name if collection is not None and collection.name else f"#{number}"
        notes: list[str] = []
        if collection is not None and collection.maker is not None and collection.maker.name:
            notes.append(reply.language.say("-# Collection by {maker}", maker=collection.maker.name))
        nothing = reply.language.say("This collection is empty.")
        return self._found(reply, shelved, plain(name), *notes, nothing=nothing)

    async def _similar(self, reply: Reply, position: Position) -> Found:
        number = to_number(position.subject)
        shelved = await self._catalog.similar(number, position.list)
        known = self._catalog.seen.known(number)
        name = thing_summary.named(reply.language, known) if known is not None else f"#{number}"
        heading = reply.language.say("Remixes of {name}, and what it's based on", name=name)
        nothing = reply.language.say("This design isn't a remix, and nobody has remixed it yet.")
        return self._found(reply, shelved, heading, nothing=nothing)

    def _found(
        self, reply: Reply, shelved: Shelved[Listing], heading: str, *notes: str, nothing: str = "", follow: str = ""
    ) -> Found:
        if reply.public:
            self._catalog.seen.show(shelved.value.things)
        look = Look(heading, notes, read_at=shelved.fetched_at if shelved.stale else None, follow=follow)
        return Found(shelved.value, look, nothing or reply.language.say("Nothing to show right now."))

    # -- single designs

    @pressed("thing")
    async def show_thing(self, reply: Reply, number: int, *, again: bool = False) -> None:
        shelved, pictures = await asyncio.gather(self._catalog.thing(number), self._catalog.pictures(number))
        await reply.refuse_adult(shelved.value)
        if reply.public:
            self._catalog.seen.show([shelved.value])
        sharable = reply.private and reply.installed
        read_at = shelved.fetched_at if shelved.stale else None
        card = thing_details.full(
            reply.language, shelved.value, pictures, sharable=sharable, again=again, read_at=read_at
        )
        await reply.send(*card)

    @pressed("files")
    async def _show_files(self, reply: Reply, number: int) -> None:
        thing, files = await asyncio.gather(self._catalog.thing(number), self._catalog.files(number))
        await reply.refuse_adult(thing.value)
        await reply.send(*thing_details.files(reply.language, thing.value, files))
