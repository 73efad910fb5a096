"""Commands on somebody's message: Show thing, Like thing. Discord gives the message's text along with them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import discord
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.showcase import Showcase
from errors import BotError
from thingiverse.models import Thing
from thingiverse.urls import find_things
from ui import gallery
from ui.components import on_message, text, walk
from ui.inputs import anywhere
from ui.places import Places
from ui.replies import Desk, Interaction, Reply

MOST_OFFERED = 5

One = Callable[[Reply, int], Awaitable[None]]


class MessagesCog(commands.Cog, name="messages"):
    """`show` and `like` are what is done with the one design that a message holds."""

    def __init__(self, desk: Desk, places: Places, showcase: Showcase, *, show: One, like: One) -> None:
        self._desk = desk
        self._places = places
        self._showcase = showcase
        self.menus = [
            self._menu(locale_str("Show thing"), show),
            self._menu(locale_str("Like thing"), like),
        ]

    def _menu(self, name: locale_str, one: One) -> app_commands.ContextMenu:
        async def chosen(interaction: Interaction, message: discord.Message) -> None:
            await self._desk.serve(interaction, lambda reply: self._with_each(reply, message, one))

        return anywhere(app_commands.ContextMenu(name=name, callback=chosen))

    async def _with_each(self, reply: Reply, message: discord.Message, one: One) -> None:
        """Do it with the one design; where there are several, offer them."""
        numbers = _things_in(message)
        if not numbers:
            raise BotError("There is no design's address in that message.")
        if len(numbers) == 1:
            await one(reply, numbers[0])
            return
        known = await self._showcase.seen.recalled(numbers)
        adult = await self._places.age_restricted(reply.interaction)
        things = [known.get(number) or Thing(id=number, title=f"#{number}") for number in numbers]
        shown = tuple(thing for thing in things if adult or not thing.is_nsfw)[:MOST_OFFERED]
        heading = reply.language.say("There are several designs in that message:")
        await reply.send(text(heading), *gallery.cards(reply.language, shown))


def _things_in(message: discord.Message) -> list[int]:
    """From its text, from the previews under it, and from cards such as ours."""
    said = [message.content]
    for embed in message.embeds:
        said += [embed.url or "", embed.description or ""]
    for part in walk(on_message(message)):
        said += [str(part.get("content", "")), str(part.get("url", ""))]
    return find_things("\n".join(said))
