"""Running the bot as a process: logging in with patience, and ending in order."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any

import aiohttp
import discord
import structlog
import yarl
from discord.ext import commands
from discord.gateway import DiscordWebSocket

from operations.login import Patience
from ui.replies import Desk

log = structlog.get_logger("operations.running")

FINISH_WITHIN = 7.0  # seconds for what is in hand; the rest of the ten is for closing
CLOSE_WITHIN = 2.5

EXIT_SETTINGS = 78  # as in sysexits.h: EX_CONFIG
EXIT_REFUSED = 77  # EX_NOPERM
EXIT_UNREACHABLE = 69  # EX_UNAVAILABLE

# What an invited bot needs: to be seen answering, to answer the message that a card is for, and to take away keys that
# are pasted by mistake.
PERMISSIONS = discord.Permissions(
    view_channel=True,
    send_messages=True,
    send_messages_in_threads=True,
    read_message_history=True,
    manage_messages=True,
)


class StartError(Exception):
    """The bot cannot start; the text is for the operator."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


def invite_url(application_id: int) -> str:
    return discord.utils.oauth_url(application_id, permissions=PERMISSIONS, scopes=("bot", "applications.commands"))


async def run_until_stopped(bot: commands.AutoShardedBot, desk: Desk, token: str, patience: Patience) -> None:
    """Run until SIGINT or SIGTERM, or until Discord sends the bot away. Raises StartError with the reason."""
    stop = _stop_signal()
    pause = await patience.wait()
    if pause > timedelta(0):
        log.warning("login refused before, waiting", seconds=round(pause.total_seconds()))
        if await _or_stopped(asyncio.sleep(pause.total_seconds()), stop):
            return
    async with bot:
        try:
            if await _or_stopped(_start(bot, token, patience), stop):
                await stop_in_order(bot, desk)
        except StartError:
            await patience.refused()
            raise


async def stop_in_order(bot: commands.AutoShardedBot, desk: Desk) -> None:
    """Take no more work, finish what is in hand, close; within ten seconds."""
    log.info("stopping")
    try:
        async with asyncio.timeout(FINISH_WITHIN):
            for shard in list(bot.shards.values()):
                await shard.disconnect()
            await desk.idle()
    except TimeoutError:
        log.warning("left unfinished", in_hand=desk.in_hand)
    try:
        async with asyncio.timeout(CLOSE_WITHIN):
            await bot.close()
    except TimeoutError:
        log.warning("not closed in time")


async def _start(bot: commands.AutoShardedBot, token: str, patience: Patience) -> None:
    """Log in and stay connected; what ends that is told in one sentence."""
    try:
        await bot.login(token)
        await patience.accepted()
        log.info("logged in", bot=bot.user and bot.user.id, application=bot.application_id)
        await _use_our_gateway(bot)
        await bot.connect()
    except discord.LoginFailure:
        raise StartError(
            "Discord refuses DISCORD_TOKEN. Take a new one in the developer portal: application, Bot, Reset Token.",
            EXIT_REFUSED,
        ) from None
    except discord.PrivilegedIntentsRequired:
        raise StartError(
            "PREVIEWS is on, and Discord does not let the bot read messages. In the developer portal, application, "
            "Bot, switch on Message Content Intent; or set PREVIEWS=false.",
            EXIT_REFUSED,
        ) from None
    except discord.ConnectionClosed as error:
        raise StartError(f"Discord closed the connection for good (code {error.code}).", EXIT_REFUSED) from None
    except discord.HTTPException as error:
        raise StartError(
            f"Discord answers the login with an error (status {error.status}). Try again later.",
            EXIT_UNREACHABLE,
        ) from None
    except (aiohttp.ClientError, discord.GatewayNotFound, TimeoutError, OSError) as error:
        raise StartError(
            f"Discord cannot be reached ({type(error).__name__}). Is the network up, is DISCORD_API_BASE right?",
            EXIT_UNREACHABLE,
        ) from None


async def _use_our_gateway(bot: commands.AutoShardedBot) -> None:
    """Reconnect to where the server says. discord.py asks only at first, and later dials its built-in address."""
    _, address, _ = await bot.http.get_bot_gateway()
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(address)


def _stop_signal() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    return stop


async def _or_stopped(work: Coroutine[Any, Any, None], stop: asyncio.Event) -> bool:
    """Do `work` unless stopped first; True if it was stopped. The work then ends with the loop."""
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not working.done():
        return True
    await working
    return False
