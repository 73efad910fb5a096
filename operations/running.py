"""Run the bot as a process: log in, wait after rejected logins, and stop cleanly."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from operations import gateway, rest
from operations.background import background
from operations.client import Thingamabot
from operations.collector import start_up_frozen
from operations.failures import EXIT_REFUSED, EXIT_UNREACHABLE, NOT_DISCORD, StartError, explain
from operations.login import STEADY, Identifying, Patience
from operations.signals import on_signals

log = structlog.get_logger("operations.running")

RESERVE = 10  # connections kept for reconnecting; Discord resets the token of a bot that uses up all of them
FEW_LEFT = (
    "Discord allows only {left} more new connections in the next {hours:.1f} hours, and the bot needs {shards} and a "
    "reserve. Find out why it was restarted so often, and leave it stopped until then."
)
FINISH_WITHIN = 7.0  # seconds to finish current work; the rest of the ten is for closing
CLOSE_WITHIN = 2.5

# The permissions that the invite link asks for: to post, to reply to messages with links, and to delete keys that are
# pasted by mistake.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    manage_messages=True,
)


def invite_url(application_id: int) -> str:
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))


def public_install_url(bot: commands.AutoShardedBot) -> str | None:
    """The link that adds the bot to a server. None before login, and if only the bot's owner can add it."""
    application = bot.application
    return invite_url(application.id) if application is not None and application.bot_public else None


async def run_until_stopped(bot: Thingamabot, token: str, patience: Patience, version: str) -> None:
    """Run until a signal or another bot stops it. Raises StartError if the connection to Discord ends for good."""
    stop = asyncio.Event()
    replaced = bot.replaced
    if replaced is not None:
        replaced.add_done_callback(lambda _: stop.set())
    with on_signals(lambda _: stop.set()), start_up_frozen():
        await _run(bot, token, patience, version, stop)
    if replaced is not None and replaced.done():
        raise replaced.result()


async def _run(bot: Thingamabot, token: str, patience: Patience, version: str, stop: asyncio.Event) -> None:
    pause = await patience.wait()
    if pause > timedelta(0):
        log.warning("earlier login rejected, waiting", seconds=round(pause.total_seconds()))
        if await _or_stopped(asyncio.sleep(pause.total_seconds()), stop):
            return
    async with bot:
        if await _or_stopped(_start(bot, token, patience, version), stop):
            await _stop_in_order(bot)


async def _stop_in_order(bot: Thingamabot) -> None:
    """Take no new work, finish current work, and close, within ten seconds."""
    log.info("stopping")
    try:
        async with asyncio.timeout(FINISH_WITHIN):
            for shard in list(bot.shards.values()):
                await shard.disconnect()
            await bot.desk.idle()
    except TimeoutError:
        log.warning("stopped with work unfinished", in_hand=bot.desk.in_hand)
    try:
        async with asyncio.timeout(CLOSE_WITHIN):
            await bot.close()
    except TimeoutError:
        log.warning("closing timed out")


async def _start(bot: Thingamabot, token: str, patience: Patience, version: str) -> None:
    """Log in and stay connected. Failures are counted, and raised as StartError."""
    try:
        await log_in(bot, token)
        log.info("logged in", bot=bot.user and bot.user.id, application=bot.application_id)
        await _use_our_gateway(bot, patience)
        bot.callbacks.install()
        async with background(_settle(bot, patience, version)):
            await bot.connect()
    except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
        failure = explain(error)
        await (patience.refused() if failure.code == EXIT_REFUSED else patience.unanswered())
        raise failure from None


async def log_in(client: discord.Client, token: str) -> None:
    """Raises StartError if something other than Discord responds, such as a hotel's sign-in page."""
    rest.install(client)
    try:
        await client.login(token)
    except (aiohttp.ClientError, OSError):  # some of them are also ValueErrors
        raise
    except (TypeError, KeyError, ValueError):
        if client.application_id is not None:  # Discord responded correctly; the bug is ours
            raise
        raise StartError(NOT_DISCORD, EXIT_UNREACHABLE) from None


async def _settle(bot: Thingamabot, patience: Patience, version: str) -> None:
    """Log that the bot is ready, and forget rejected logins once the connection is stable."""
    await bot.wait_until_ready()
    servers = bot.application and bot.application.approximate_guild_count
    log.info("ready", version=version, database=bot.store.where, servers=servers, shards=bot.shard_count)
    await asyncio.sleep(STEADY)
    await patience.accepted()


async def _use_our_gateway(bot: Thingamabot, patience: Patience) -> None:
    """Reconnect to the URL Discord gives. discord.py uses it only at first, and its built-in URL later."""
    bot.identifying = Identifying(patience, turns=bot.turns)
    gateway.install()
    shards, address, limit = await bot.http.get_bot_gateway()
    bot.identifies_left = limit["remaining"]
    if bot.identifies_left < shards + RESERVE:
        await patience.refused()
        hours = limit["reset_after"] / 3_600_000
        raise StartError(FEW_LEFT.format(left=bot.identifies_left, shards=shards, hours=hours), EXIT_REFUSED)
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address)
    if bot.turns is not None:
        bot.turns.max_concurrency = limit["max_concurrency"]
    if bot.sharding is not None:
        bot.shard_ids, bot.shard_count = await bot.sharding.begin(shards), bot.sharding.total


async def _or_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> bool:
    """Wait for `work` or a stop. Returns True if stopped first; the work is then canceled."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        working.cancel()
        working.add_done_callback(lambda ended: ended.cancelled() or ended.exception())
        return True
    await working
    return False
