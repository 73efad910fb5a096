"""/share and the "Share here" buttons: a design shown to a server, in the channel or in its showcase."""

from __future__ import annotations

import discord
import structlog
from discord import app_commands
from discord.app_commands import locale_str
from discord.ext import commands

from actions.servers import Servers, ServerSettings
from actions.sharing import AlreadyShared, Sharing
from actions.showcase import Showcase
from errors import BotError
from thingiverse.models import Details
from ui import design_card
from ui.components import Card, container, link, row, text
from ui.inputs import choices, in_servers, thing_id
from ui.places import Places, in_own_server
from ui.presses import Presses, to_number
from ui.replies import Desk, Interaction, Reply
from ui.texts import bare

log = structlog.get_logger("cogs.share")

LONGEST_NOTE = 200
MOST_FORUM_TAGS = 5


class ShareCog(commands.Cog, name="share"):
    def __init__(
        self,
        desk: Desk,
        presses: Presses,
        places: Places,
        servers: Servers,
        sharing: Sharing,
        showcase: Showcase,
    ) -> None:
        self._desk = desk
        self._places = places
        self._servers = servers
        self._sharing = sharing
        self._showcase = showcase
        presses.route("share", self._press)

    @app_commands.command(name=locale_str("share"), description=locale_str("Show a design to everybody here"))
    @app_commands.describe(
        thing=locale_str("Its number, its address, or pick a suggestion"),
        note=locale_str("A word of yours that stands with it"),
    )
    @app_commands.rename(thing=locale_str("thing"), note=locale_str("note"))
    @in_servers
    async def share(
        self, interaction: Interaction, thing: str, note: app_commands.Range[str, 1, LONGEST_NOTE] = ""
    ) -> None:
        await self._desk.serve(interaction, lambda reply: self._share(reply, thing_id(thing), note))

    @share.autocomplete("thing")
    async def _suggest(self, _: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return choices(await self._showcase.seen.suggestions(typed))

    async def _press(self, reply: Reply, number: str) -> None:
        await self._share(reply, to_number(number), "")

    async def _share(self, reply: Reply, number: int, note: str) -> None:
        guild = reply.interaction.guild_id
        if guild is None or not in_own_server(reply.interaction):
            raise BotError("Sharing works only in servers that I am a member of.")
        settings = await self._servers.settings(guild)
        moderator = reply.interaction.permissions.manage_guild
        self._sharing.require_allowed(settings, _roles(reply.interaction), moderator=moderator)
        thing = (await self._showcase.thing(number)).value
        try:
            async with self._sharing.once(guild, number, settings):
                posted = await self._post(reply, settings, thing, note)
                await self._sharing.keep(guild, number, reply.person, posted.channel.id, posted.id)
        except AlreadyShared as error:
            earlier = f"https://discord.com/channels/{guild}/{error.share.channel}/{error.share.message}"
            there = row(link(reply.language.say("Go there"), earlier))
            await reply.send(container(text(reply.language.error(error)), there))
            return
        done = reply.language.say("Everybody here can see it now.")
        await reply.send(container(text(done), row(link(reply.language.say("Go there"), posted.jump_url))))

    async def _post(self, reply: Reply, settings: ServerSettings, thing: Details, note: str) -> discord.Message:
        language = await self._desk.customs.language(reply.interaction)
        card = Card(*design_card.shared(language, thing, by=reply.person, note=note))
        if not settings.showcase:
            return await self._post_here(reply, thing, card)
        try:
            channel = await reply.interaction.client.fetch_channel(settings.showcase)
            await self._require_shown(thing, restricted=bool(getattr(channel, "nsfw", False)), settings=settings)
            if isinstance(channel, discord.ForumChannel):
                title = bare(thing.name) or reply.language.say("Untitled design")
                post = await channel.create_thread(name=title, view=card, applied_tags=_tags(channel, thing))
                return post.message
            if isinstance(channel, discord.TextChannel):
                return await channel.send(view=card)
        except (discord.Forbidden, discord.NotFound) as error:
            log.info("not shared", channel=settings.showcase, code=error.code)
        raise BotError("I cannot post in this server's showcase channel. A moderator finds out why with /doctor.")

    async def _post_here(self, reply: Reply, thing: Details, card: Card) -> discord.Message:
        """As a second answer to the person's own command, which needs no permission of the bot's."""
        if await self._desk.customs.quiet(reply.interaction):
            raise BotError("The moderators keep this channel free of my cards. Share it in another channel.")
        if thing.is_nsfw and not await self._places.age_restricted(reply.interaction):
            raise _adult()
        await reply.send(text(reply.language.say("One moment …")))
        return await reply.interaction.followup.send(view=card, wait=True)

    async def _require_shown(self, thing: Details, *, restricted: bool, settings: ServerSettings) -> None:
        if thing.is_nsfw and (not restricted or settings.adult == "never"):
            raise _adult()


def _adult() -> BotError:
    return BotError("That design is marked as adult, so I show it only in age-restricted channels.")


def _roles(interaction: Interaction) -> list[int]:
    """The person's roles. `Member.roles` looks them up in a cache of servers, which the bot does without."""
    return list(getattr(interaction.user, "_roles", ()))


def _tags(forum: discord.ForumChannel, thing: Details) -> list[discord.ForumTag]:
    """The forum's tags that the design has too; any one of them where the forum demands one."""
    names = {tag.casefold() for tag in thing.tags}
    fitting = [tag for tag in forum.available_tags if tag.name.casefold() in names and not tag.moderated]
    if not fitting and forum.flags.require_tag:
        fitting = [tag for tag in forum.available_tags if not tag.moderated][:1]
    return fitting[:MOST_FORUM_TAGS]
