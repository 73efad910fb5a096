"""The Discord client: discord.py's bot with our cogs."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import aiohttp
import discord
from discord import app_commands
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from desk import payloads
from desk.desk import Desk
from desk.interactions import Interaction, LazyInteraction
from desk.presses import Presses
from desk.translator import CommandTexts
from operations import gateway
from operations.callbacks import Callbacks
from operations.commands import sync_when_changed
from operations.connection import Connection
from operations.door import Door
from operations.failures import StartError
from operations.feeds import FeedJobs
from operations.interactions import Interactions
from operations.login import Identifying
from operations.shards import Sharding
from storage.store import Store
from thingiverse.askers import ask_as, asked_by
from thingiverse.client import Thingiverse

if TYPE_CHECKING:
    from aiohttp import web

    from shared.turns import IdentifyTurns

_REFUSALS = {401, 403, 429}
# whether the shard has a session afterwards
_SHARD_EVENTS = {"shard_connect": True, "shard_resumed": True, "shard_disconnect": False}


def intents(*, previews: bool) -> discord.Intents:
    """The gateway intents. Previews need the content of messages, which is privileged."""
    # DMs for pasted links, server messages for keys pasted by mistake. Without GUILDS, servers aren't kept in memory.
    return discord.Intents(guild_messages=True, dm_messages=True, message_content=previews)


def silence_voice() -> None:
    """Turn off discord.py's warning that voice isn't installed: the bot doesn't need it."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False


class Tree(app_commands.CommandTree["Thingamabot"]):
    """Sends failures outside a command's body to the one error handler."""

    async def interaction_check(self, interaction: Interaction, /) -> bool:
        """discord.py calls this in the task of each command and autocomplete, before it runs."""
        if interaction.user is not discord.utils.MISSING:  # MISSING if Discord leaves out the member
            ask_as(interaction.user.id, interaction.guild_id)
        return True

    async def _call(self, interaction: Interaction) -> None:
        """Report what discord.py fails to read, such as a command's options, which it raises in a task of its own."""
        try:
            await super()._call(interaction)
        except app_commands.AppCommandError:
            raise  # discord.py gives it to `on_error`
        except Exception as error:  # noqa: BLE001  anything a parser can raise
            if interaction.type is not discord.InteractionType.autocomplete:
                await self.client.desk.failed(interaction, error)

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        if interaction.type is not discord.InteractionType.autocomplete:
            await self.client.desk.failed(interaction, error)


class Thingamabot(commands.AutoShardedBot):
    """discord.py's bot with our cogs. It's sharded, because only then discord.py asks Discord for the gateway's URL."""

    identifying: Identifying  # set before connecting
    sends_commands = True  # to Discord at login
    online: frozenset[int] = frozenset()  # shards with a session
    identifies_left: int | None = None  # when it connected
    replaced: asyncio.Future[StartError] | None = None  # why it has to stop, because another process runs
    # set if there are several processes:
    turns: IdentifyTurns | None = None
    sharding: Sharding | None = None
    redis_answers: Callable[[], bool] | None = None
    keeps_house: Callable[[], bool] = staticmethod(lambda: True)  # whether it deletes what's kept no longer, for all

    def __init__(
        self,
        desk: Desk,
        presses: Presses,
        store: Store,
        thingiverse: Thingiverse,
        intents: discord.Intents,
        connector: aiohttp.BaseConnector | None = None,
        *,
        count_refusals: bool = False,
    ) -> None:
        silence_voice()
        self.refusals: Counter[tuple[str, ...]] = Counter()  # by status, if they're counted
        self.cache_reads: Counter[tuple[str, ...]] = Counter()  # of the cache of Thingiverse's responses
        super().__init__(
            connector=connector,
            command_prefix=(),
            help_command=None,
            tree_cls=Tree,
            intents=intents,
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        if count_refusals:
            self.http.http_trace = counting_refusals(self.refusals)
        self.desk = desk
        self.interactions = Interactions(self._knows)
        desk.watching = self.interactions.working
        self.callbacks = Callbacks(self._answered)
        parsers = self._connection.parsers
        door = Door(desk, self.callbacks, self, self.interactions)
        parsers["INTERACTION_CREATE"] = self._unless_paused(door.before(self._received))
        parsers["MESSAGE_CREATE"] = self._unless_paused(_of_messages(parsers["MESSAGE_CREATE"]))
        parsers["MESSAGE_UPDATE"] = _of_messages(parsers["MESSAGE_UPDATE"])
        gateway.guard(parsers)
        self.store = store
        self.thingiverse = thingiverse
        self.page: web.Application | None = None
        self.feeds: FeedJobs | None = None
        self._presses = presses
        self._rooms: list[commands.Cog] = []
        self._adding: dict[int, asyncio.Task[None]] = {}
        self._names: frozenset[str] = frozenset()

    def _unless_paused(self, parse: gateway.Parser) -> gateway.Parser:
        """After a pause, drop what came meanwhile: another process may have the shard, and have answered."""

        def received(data: Any) -> None:
            if self.sharding is None or not self.sharding.was_paused:
                parse(data)

        return received

    def _answered(self, interaction: int) -> None:
        self.desk.admission.answered(interaction)
        self.interactions.acknowledged(interaction)

    def _knows(self, name: str) -> bool:
        """Whether it's the name of a command, or the verb of a button."""
        return name in self._names or self._presses.knows(name)

    def _get_state(self, **options: Any) -> Connection:
        return Connection(dispatch=self.dispatch, handlers=self._handlers, hooks=self._hooks, http=self.http, **options)

    def add(self, *cogs: commands.Cog) -> None:
        for cog in cogs:
            self._presses.gather(cog)
        self._rooms += cogs

    async def setup_hook(self) -> None:
        await self.tree.set_translator(CommandTexts(self.desk.texts))
        for cog in self._rooms:
            await self.add_cog(cog)
        self._names = frozenset(command.name for command in self.tree.get_commands())
        if self.sends_commands and self.application_id is not None:
            await sync_when_changed(self.tree, self.store, self.application_id, self.desk.texts.commands)

    def _received(self, data: Any) -> None:
        """What discord.py does with an interaction, without views, because presses have routes of their own."""
        interaction = LazyInteraction(data=data, state=self._connection)
        if interaction.type in {discord.InteractionType.application_command, discord.InteractionType.autocomplete}:
            self.tree._from_interaction(interaction)  # pyright: ignore[reportPrivateUsage]
        else:
            self.dispatch("interaction", interaction)

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Skip the event that discord.py dispatches for each message of the gateway: nobody here listens to it."""
        if event_name in _SHARD_EVENTS:
            self.online = self.online | {args[0]} if _SHARD_EVENTS[event_name] else self.online - {args[0]}
        if event_name != "socket_event_type":
            with _asker_of(event_name, args):
                super().dispatch(event_name, *args, **kwargs)

    async def before_identify_hook(self, shard_id: int | None, *, initial: bool = False) -> None:
        """discord.py calls this right before IDENTIFY. By itself, it would wait five seconds for each but the first."""
        if self.turns is None:
            await super().before_identify_hook(shard_id, initial=initial)
        else:
            await self.turns.used(shard_id or 0)

    async def add_shard(self, shard: int) -> None:
        """Connect one more shard in the background."""
        self._adding[shard] = asyncio.create_task(self.launch_shard(DiscordWebSocket.DEFAULT_GATEWAY, shard))

    async def remove_shard(self, shard: int) -> None:
        """Disconnect a shard that another process runs from now on."""
        adding = self._adding.pop(shard, None)
        if adding is not None:
            adding.cancel()
        info = self.shards.get(shard)
        # discord.py has no public way to forget a shard
        self._AutoShardedClient__shards.pop(shard, None)  # pyright: ignore
        if info is not None:
            await info.disconnect()

    def has_shards(self) -> bool:
        """Whether it can do anything: of many processes, some may wait for shards."""
        return self.sharding is None or bool(self.sharding.mine)

    @property
    def connected(self) -> bool:
        """Whether every shard has a session."""
        return bool(self.shards) and self.online >= self.shards.keys()

    async def servers_present(self) -> set[int]:
        """The IDs of the servers the bot is in, from Discord."""
        return {guild.id async for guild in self.fetch_guilds(limit=None, with_counts=False)}

    async def on_interaction(self, interaction: Interaction) -> None:
        try:
            await self._presses.receive(interaction)
        except Exception as error:  # noqa: BLE001  a press can come with anything
            await self.desk.failed(interaction, error)

    async def on_message(self, message: discord.Message, /) -> None:
        """Do nothing: there are no text commands, and the accounts cog handles DMs."""


def counting_refusals(refusals: Counter[tuple[str, ...]]) -> aiohttp.TraceConfig:
    """Count the answers that Discord counts, too: 10,000 in ten minutes block this IP address."""

    async def ended(_session: Any, _context: Any, params: aiohttp.TraceRequestEndParams) -> None:
        if params.response.status in _REFUSALS:
            refusals[str(params.response.status),] += 1

    tracing = aiohttp.TraceConfig()
    tracing.on_request_end.append(ended)
    return tracing


def _of_messages(parse: gateway.Parser) -> gateway.Parser:
    def received(data: Any) -> None:
        message = payloads.posted(data)
        if message is not None:
            parse(message)

    return received


def _asker_of(event_name: str, args: tuple[Any, ...]) -> AbstractContextManager[None]:
    """Count requests to Thingiverse against the person who pressed or wrote something."""
    match event_name, args:
        case "interaction", (discord.Interaction() as interaction,) if interaction.user is not discord.utils.MISSING:
            return asked_by(interaction.user.id, interaction.guild_id)
        case "message", (discord.Message() as message,):
            guild = message.guild.id if message.guild is not None else getattr(message.channel, "guild_id", None)
            return asked_by(message.author.id, guild)
        case _:
            return nullcontext()
