"""`python bot.py check`: what is set up, what is not, and the mend."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp
import discord
from discord.ext import commands
from rich.console import Console

from config import LOOPBACK, NAMES, Settings
from operations.commands import in_sync
from storage.errors import StorageError
from storage.store import Store
from thingiverse.client import Thingiverse
from thingiverse.errors import ThingiverseError, TokenRejected

EXIT_FOUND = 1
CLOCK_OFF_AT_MOST = 30.0  # seconds; links run out by this machine's clock
PAGE_MARK = 'id="answer"'  # the form of the linking page


@dataclass(frozen=True)
class Finding:
    good: bool
    what: str
    mend: str = ""


async def run(bot: commands.AutoShardedBot, settings: Settings, store: Store, thingiverse: Thingiverse) -> bool:
    """Print each finding; True if all is well. Logs in to Discord, but does not connect."""
    console = Console(highlight=False, soft_wrap=True)
    well = True
    async for finding in _findings(bot, settings, store, thingiverse):
        sign = "[green]✓[/]" if finding.good else "[red]✗[/]"
        console.print(sign, finding.what, markup=True)
        if finding.mend:
            console.print("   ", finding.mend, markup=False)
        well = well and finding.good
    return well


async def _findings(
    bot: commands.AutoShardedBot, settings: Settings, store: Store, thingiverse: Thingiverse
) -> AsyncIterator[Finding]:
    for finding in _settings(settings):
        yield finding
    if settings.public_url is not None:
        yield await _page(f"{settings.public_url}/link/callback")
    yield await _database(store)
    yield await _clock(settings)
    yield await _thingiverse(settings, thingiverse)
    yield await _discord(bot, settings)
    if settings.previews and bot.application is not None:
        yield _message_content(bot.application.flags)
    if bot.application_id is not None:
        yield await _commands(bot, store, bot.application_id)


def _settings(settings: Settings) -> list[Finding]:
    """Each setting: given, or left as it is. Never a value of a secret."""
    findings: list[Finding] = []
    for name in NAMES:
        given = name.lower() in settings.model_fields_set
        findings.append(Finding(True, f"{name} {'is set' if given else 'is left as it is'}"))
    for name in ("DISCORD_API_BASE", "THINGIVERSE_API_URL", "THINGIVERSE_URL"):
        address = urlsplit(str(getattr(settings, name.lower())))
        if address.scheme == "http" and address.hostname not in LOOPBACK:
            findings.append(Finding(False, f"{name} would send tokens in the clear", "Use an https:// address."))
    return findings


async def _page(address: str) -> Finding:
    """Asked as a browser would ask, through whatever stands before the bot."""
    mend = "Does your proxy pass it on to WEB_LISTEN, and is its certificate good? See docs/linking-page.md."
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            answer = await session.get(address)
            ours = answer.status == HTTPStatus.OK and PAGE_MARK in await answer.text()
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return Finding(False, f"The linking page {address} does not answer ({type(error).__name__})", mend)
    if not ours:
        return Finding(False, f"Something else answers at {address} (status {answer.status})", mend)
    return Finding(True, f"People land on {address}, which is to be registered with your Thingiverse app")


async def _database(store: Store) -> Finding:
    try:
        await store.ping()
    except StorageError as error:
        return Finding(False, f"Database {store.where}", str(error))
    return Finding(True, f"Database {store.where} answers")


async def _clock(settings: Settings) -> Finding:
    """This machine's clock against Discord's, from the Date of its answer."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session:
            answer = await session.get(f"{settings.discord_api_base}/gateway")
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, TimeoutError, KeyError, ValueError):
        return Finding(False, "The clock cannot be compared: Discord does not answer", "Is the network up?")
    off = abs((datetime.now(UTC) - theirs).total_seconds())
    if off > CLOCK_OFF_AT_MOST:
        return Finding(False, f"The clock is {off:.0f} seconds off", "Switch on time synchronisation (NTP).")
    return Finding(True, "The clock is right")


async def _thingiverse(settings: Settings, thingiverse: Thingiverse) -> Finding:
    try:
        await thingiverse.ping(token=settings.thingiverse_app_token.get_secret_value())
    except TokenRejected:
        return Finding(
            False,
            "Thingiverse refuses THINGIVERSE_APP_TOKEN",
            "Copy the App Token from your app's page: https://www.thingiverse.com/apps",
        )
    except ThingiverseError as error:
        return Finding(
            False,
            f"Thingiverse cannot be reached ({type(error).__name__})",
            f"Is the network up, does {settings.thingiverse_api_url} answer?",
        )
    return Finding(True, "Thingiverse answers, and takes THINGIVERSE_APP_TOKEN")


async def _discord(bot: commands.AutoShardedBot, settings: Settings) -> Finding:
    """Log in, without the commands being sent."""
    try:
        await discord.Client.login(bot, settings.discord_token.get_secret_value())
    except discord.LoginFailure:
        return Finding(False, "Discord refuses DISCORD_TOKEN", "Developer portal, your application, Bot, Reset Token.")
    except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
        return Finding(
            False,
            f"Discord cannot be reached ({type(error).__name__})",
            f"Is the network up, does {settings.discord_api_base} answer?",
        )
    return Finding(True, f"Discord knows the bot as {bot.user}")


def _message_content(flags: discord.ApplicationFlags) -> Finding:
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return Finding(True, "Discord lets the bot read messages, for PREVIEWS")
    return Finding(
        False,
        "PREVIEWS is on, and Discord does not let the bot read messages",
        "Developer portal, your application, Bot, Message Content Intent. Or set PREVIEWS=false.",
    )


async def _commands(bot: commands.AutoShardedBot, store: Store, application_id: int) -> Finding:
    if await in_sync(bot.tree, store, application_id):
        return Finding(True, "Discord has this version's commands")
    return Finding(False, "Discord does not have this version's commands yet", "They are sent at the next start.")
