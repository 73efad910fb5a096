"""Looking around without an account: lists of designs, makers, collections, and single designs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.showcase import FEATURED, NEWEST, Shelved, Showcase
from cogs.galleries import Found, Galleries
from errors import BotError
from thingiverse.errors import NotFound
from thingiverse.models import Listing
from ui import design_card, gallery, thing_card
from ui.components import text
from ui.gallery import Look, Place
from ui.inputs import anywhere, choices, collection_id, maker_name, thing_id
from ui.places import Places, in_own_server
from ui.presses import Presses, to_number
from ui.replies import Desk, Interaction, Reply


class BrowseCog(commands.Cog, name="browse"):
    def __init__(self, desk: Desk, presses: Presses, places: Places, galleries: Galleries, showcase: Showcase) -> None:
        self._desk = desk
        self._places = places
        self._galleries = galleries
        self._showcase = showcase
        presses.route("thing", self._show_details)
        presses.route("files", self._show_files)
        presses.route("random", self._show_random)
        galleries.add("popular", self._popular)
        galleries.add("newest", self._newest)
        galleries.add("featured", self._featured)
        galleries.add("maker", self._maker)
        galleries.add("collection", self._collection)
        galleries.add("similar", self._similar)

    # -- commands

    @app_commands.command(name=locale_str("popular"), description=locale_str("What people like on Thingiverse"))
    @anywhere
    async def popular(self, interaction: Interaction) -> None:
        await self._open(interaction, "popular")

    @app_commands.command(name=locale_str("newest"), description=locale_str("What was published just now"))
    @anywhere
    async def newest(self, interaction: Interaction) -> None:
        await self._open(interaction, "newest")

    @app_commands.command(name=locale_str("featured"), description=locale_str("What Thingiverse's own people picked"))
    @anywhere
    async def featured(self, interaction: Interaction) -> None:
        await self._open(interaction, "featured")

    @app_commands.command(name=locale_str("random"), description=locale_str("A well-liked design, drawn by chance"))
    @anywhere
    async def random(self, interaction: Interaction) -> None:
        await self._desk.serve(interaction, self._show_random, private=False)

    @app_commands.command(name=locale_str("maker"), description=locale_str("Somebody's designs, and their page"))
    @app_commands.describe(maker=locale_str("Their name on Thingiverse, or the address of their page"))
    @app_commands.rename(maker=locale_str("maker"))
    @anywhere
    async def maker(self, interaction: Interaction, maker: app_commands.Range[str, 1, 200]) -> None:
        await self._open(interaction, "maker", lambda: maker_name(maker))

    @app_commands.command(name=locale_str("collection"), description=locale_str("The designs in a collection"))
    @app_commands.describe(collection=locale_str("The address of its page on Thingiverse, or its number"))
    @app_commands.rename(collection=locale_str("collection"))
    @anywhere
    async def collection(self, interaction: Interaction, collection: app_commands.Range[str, 1, 500]) -> None:
        await self._open(interaction, "collection", lambda: str(collection_id(collection)))

    @app_commands.command(name=locale_str("thing"), description=locale_str("One design with all there is to it"))
    @app_commands.describe(thing=locale_str("Its number, its address, or pick a suggestion"))
    @app_commands.rename(thing=locale_str("thing"))
    @anywhere
    async def thing(self, interaction: Interaction, thing: str) -> None:
        await self._desk.serve(interaction, lambda reply: self.show_thing(reply, thing_id(thing)), private=False)

    @thing.autocomplete("thing")
    async def _suggest(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(await self._showcase.seen.suggestions(typed))

    @maker.autocomplete("maker")
    async def _suggest_makers(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        names = await self._showcase.seen.makers(typed)
        return [app_commands.Choice(name=name[:100], value=name) for name in names if len(name) <= 100]

    async def _open(self, interaction: Interaction, feed: str, subject: Callable[[], str] = str) -> None:
        async def work(reply: Reply) -> None:
            place = Place(feed, owner=reply.person, subject=subject())
            if not place.fits():
                raise BotError("That is too long for a name on Thingiverse.")
            await self._galleries.show(reply, place)

        await self._desk.serve(interaction, work, private=False)

    # -- feeds

    async def _popular(self, reply: Reply, place: Place) -> Found:
        shelved = await self._showcase.popular(place.list)
        return _found(reply, shelved, reply.language.say("Popular on Thingiverse"))

    async def _newest(self, reply: Reply, place: Place) -> Found:
        shelved = await self._showcase.search("", NEWEST, place.list)
        return _found(reply, shelved, reply.language.say("New on Thingiverse"))

    async def _featured(self, reply: Reply, place: Place) -> Found:
        shelved = await self._showcase.search("", FEATURED, place.list)
        return _found(reply, shelved, reply.language.say("Picked by Thingiverse"))

    async def _maker(self, reply: Reply, place: Place) -> Found:
        try:
            shelved = await self._showcase.designs(place.subject, place.list)
        except NotFound:
            raise BotError("Thingiverse knows nobody called {name}.", name=place.subject) from None
        things = shelved.value.things
        heading, notes = design_card.maker_heading(reply.language, things[0].maker if things else None, place.subject)
        found = _found(reply, shelved, heading, *notes)
        nothing = reply.language.say("{name} has not published anything yet.", name=place.subject)
        return Found(found.listing, found.look, nothing)

    async def _collection(self, reply: Reply, place: Place) -> Found:
        number = to_number(place.subject)
        try:
            shelved, collection = await asyncio.gather(
                self._showcase.collected(number, place.list), self._showcase.collection(number)
            )
        except NotFound:
            raise BotError("Thingiverse has no such collection. Perhaps it was deleted, or is private.") from None
        name = collection.name if collection is not None and collection.name else f"#{number}"
        notes: list[str] = []
        if collection is not None and collection.maker is not None and collection.maker.name:
            notes.append(reply.language.say("-# A collection by {maker}", maker=collection.maker.name))
        found = _found(reply, shelved, reply.language.say("{name}", name=name), *notes)
        return Found(found.listing, found.look, reply.language.say("There is nothing in that collection yet."))

    async def _similar(self, reply: Reply, place: Place) -> Found:
        number = to_number(place.subject)
        shelved = await self._showcase.similar(number, place.list)
        known = self._showcase.seen.known(number)
        name = thing_card.named(reply.language, known) if known is not None else f"#{number}"
        found = _found(reply, shelved, reply.language.say("Remixes of {name}, and what it came from", name=name))
        nothing = reply.language.say("It is no remix, and nobody has published a remix of it.")
        return Found(found.listing, found.look, nothing)

    # -- single designs

    async def _show_details(self, reply: Reply, number: str) -> None:
        await self.show_thing(reply, to_number(number))

    async def _show_random(self, reply: Reply) -> None:
        number = await self._showcase.draw()
        for _ in range(2):  # one that may not be shown here does not end it
            shelved = await self._showcase.thing(number)
            if not shelved.value.is_nsfw or await self._places.age_restricted(reply.interaction):
                break
            number = await self._showcase.draw()
        await self.show_thing(reply, number, again=True)

    async def show_thing(self, reply: Reply, number: int, *, again: bool = False) -> None:
        """Answer with everything about a design."""
        shelved, pictures = await asyncio.gather(self._showcase.thing(number), self._showcase.pictures(number))
        await self._require_shown(reply, nsfw=shelved.value.is_nsfw)
        sharable = reply.private and in_own_server(reply.interaction)
        card = design_card.full(reply.language, shelved.value, pictures, sharable=sharable, again=again)
        if shelved.stale:
            card.insert(0, text(gallery.old(reply.language, shelved.fetched_at)))
        await reply.send(*card)

    async def _show_files(self, reply: Reply, number: str) -> None:
        thing, files = await asyncio.gather(
            self._showcase.thing(to_number(number)), self._showcase.files(to_number(number))
        )
        await self._require_shown(reply, nsfw=thing.value.is_nsfw)
        await reply.send(*design_card.files(reply.language, thing.value, files))

    async def _require_shown(self, reply: Reply, *, nsfw: bool) -> None:
        if nsfw and not await self._places.age_restricted(reply.interaction):
            raise BotError("That design is marked as adult, so I show it only in age-restricted channels.")


def _found(reply: Reply, shelved: Shelved[Listing], heading: str, *notes: str) -> Found:
    look = Look(heading, notes, read_at=shelved.fetched_at if shelved.stale else None)
    return Found(shelved.value, look, reply.language.say("There is nothing there just now."))
