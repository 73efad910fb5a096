"""Commands on a message: Show thing and Like thing. Discord sends the message's text with them."""

from __future__ import annotations

import asyncio

import discord
from discord import app_commands
from discord.ext import commands

from actions.catalog import Catalog
from cards import gallery
from cards.components import walk
from desk.desk import Desk, ThingWork
from desk.inputs import anywhere
from desk.replies import Reply
from desk.requests import Interaction, adult_refused
from desk.sending import on_message
from errors import N_, BotError
from thingiverse.errors import ThingiverseError
from thingiverse.models import Thing
from thingiverse.urls import find_things

MOST_OFFERED = gallery.PER_PAGE
MOST_LOOKED_AT = 8  # some of them may be adult designs, which are left out
STARTER = discord.MessageType.thread_starter_message  # has no text; the message that the thread is about is shown


class MessagesCog(commands.Cog, name="messages"):
    """`show` and `like` handle the one design in a message."""

    def __init__(self, desk: Desk, catalog: Catalog, *, show: ThingWork, like: ThingWork) -> None:
        self._desk = desk
        self._catalog = catalog
        self.menus = [
            self._menu(N_("Show thing"), show),
            self._menu(N_("Like thing"), like),
        ]

    def _menu(self, name: str, one: ThingWork) -> app_commands.ContextMenu:
        async def chosen(interaction: Interaction, message: discord.Message) -> None:
            await self._desk.serve(interaction, lambda reply: self._with_each(reply, message, one))

        return anywhere(app_commands.ContextMenu(name=name, callback=chosen))

    async def _with_each(self, reply: Reply, message: discord.Message, one: ThingWork) -> None:
        """Call `one` with the message's design, or offer a choice if there are several."""
        numbers = _things_in(message)
        if not numbers:
            raise BotError("That message doesn't have a link to a design.")
        if len(numbers) == 1:
            await one(reply, numbers[0])
            return
        things = await self._named(numbers[:MOST_LOOKED_AT])
        adult = await reply.shows_adult()
        allowed = tuple(thing for thing in things if adult or not thing.is_nsfw)
        shown = allowed[:MOST_OFFERED]
        if not shown:
            raise adult_refused()
        heading = reply.language.say("That message has several designs:")
        if len(allowed) > len(shown):
            heading += "\n" + reply.language.say("-# These are the first {n}.", n=len(shown))
        await reply.send(gallery.framed(reply.language, heading, shown))

    async def _named(self, numbers: list[int]) -> list[Thing]:
        """The designs, from memory or Thingiverse; only with their ID if that fails."""
        known = await self._catalog.seen.recalled(numbers)

        async def named(number: int) -> Thing:
            try:
                return known.get(number) or (await self._catalog.thing(number)).value
            except (ThingiverseError, BotError):
                return Thing(id=number, title=f"#{number}")

        return list(await asyncio.gather(*map(named, numbers)))


def _things_in(message: discord.Message) -> list[int]:
    """The IDs of designs in the message's text, embeds, and cards, and in messages it forwards or shows as its own."""
    said: list[str] = []
    shown = message.reference.resolved if message.reference and message.type is STARTER else None
    for source in (message, *message.message_snapshots, *([shown] if isinstance(shown, discord.Message) else [])):
        said.append(source.content)
        for embed in source.embeds:
            said += _linked_in(embed)
        for part in walk(on_message(source)):
            said += [str(part.get("content", "")), str(part.get("url", ""))]
    return find_things("\n".join(said))


def _linked_in(embed: discord.Embed) -> list[str]:
    """All parts of an embed that can contain links."""
    urls = [embed.url, embed.author.url, embed.provider.url]
    return [url for url in urls if url] + [embed.description or "", *(field.value or "" for field in embed.fields)]
