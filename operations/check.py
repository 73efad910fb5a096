"""`python bot.py check`: what works, what doesn't, and how to fix it. It changes nothing, here or on Discord."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import aiohttp
import discord

from actions.pasted import EXCHANGE_FIX
from operations import checks
from operations.checks import Finding
from operations.client import Thingamabot
from operations.commands import in_sync
from operations.database_checks import of_database
from operations.failures import MESSAGE_CONTENT, UNTRUSTED, capital, reason
from operations.probes import refused_login
from operations.proxies import Proxies, session
from settings import Settings
from storage.errors import StorageError
from storage.look import Look, look_at
from storage.vault import Vault
from thingiverse.client import Thingiverse
from thingiverse.errors import Blocked, Refused, ThingiverseError, TokenRejected

CLOCK_OFF_AT_MOST = 30.0  # seconds; links expire by this machine's clock
PAGE_MARK = 'id="answer"'  # in the linking page's HTML

_PATIENCE = aiohttp.ClientTimeout(total=10)


async def run(bot: Thingamabot, settings: Settings, vault: Vault) -> bool:
    """Print each finding. Returns True if nothing is wrong. It logs in to Discord, but doesn't connect."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    well = True
    async for finding in _findings(bot, settings, vault):
        checks.show(console, finding)
        well = well and finding.how != "wrong"
    return well


async def _findings(bot: Thingamabot, settings: Settings, vault: Vault) -> AsyncIterator[Finding]:
    for finding in checks.of_settings(settings):
        yield finding
    if settings.redis_url is not None:
        yield await checks.of_redis(settings.redis_url.get_secret_value())
    if settings.public_url is not None:
        yield await _page(f"{settings.public_url}/link/callback", settings)
    try:
        async with look_at(settings.database_url.get_secret_value()) as look:
            async for finding in of_database(look, vault):
                yield finding
            async for finding in _services(bot, settings, look):
                yield finding
    except StorageError as error:
        yield Finding("wrong", f"DATABASE_URL: {error}")
        async for finding in _services(bot, settings, None):
            yield finding


async def _services(bot: Thingamabot, settings: Settings, look: Look | None) -> AsyncIterator[Finding]:
    yield await _clock(settings)
    yield await _thingiverse(settings, bot.thingiverse)
    if settings.thingiverse_client_secret is not None:
        yield await _exchange(settings.thingiverse_client_id, bot.thingiverse)
    yield await _discord(bot, settings)
    if bot.application is None or bot.application_id is None:
        return
    if bot.application.interactions_endpoint_url:
        yield Finding(
            "wrong",
            "Discord sends commands and buttons to a URL instead of to the bot",
            "Clear Interactions Endpoint URL in the Developer Portal: your application > General Information.",
        )
    if settings.previews:
        yield _message_content(bot.application.flags)
    if look is not None:
        yield await _commands(bot, look, bot.application_id)


async def _page(address: str, settings: Settings) -> Finding:
    """Open the linking page like a browser, through any proxy in front of the bot."""
    fix = "Check that your proxy forwards to WEB_LISTEN and that its certificate is valid. See docs/linking-page.md."
    try:
        async with session(Proxies.of(settings), timeout=_PATIENCE) as client:
            answer = await client.get(address)
            ours = answer.status == HTTPStatus.OK and PAGE_MARK in await answer.text()
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Finding("wrong", f"The linking page {address} isn't responding ({type(error).__name__})", fix)
    if not ours:
        return Finding("wrong", f"Something other than the bot responds at {address} (status {answer.status})", fix)
    return Finding("well", f"The linking page responds. Your Thingiverse app's callback URL must be {address}")


async def _clock(settings: Settings) -> Finding:
    """Compare this machine's clock with Discord's, from the Date header of a response."""
    try:
        async with session(Proxies.of(settings), timeout=_PATIENCE) as client:
            answer = await client.get(f"{settings.discord_api_base}/gateway")
            theirs = parsedate_to_datetime(answer.headers["Date"])
    except (aiohttp.ClientError, OSError, KeyError, ValueError) as error:
        return Finding("wrong", "Can't check the clock: Discord isn't responding", capital(reason(error)))
    off = abs((datetime.now(UTC) - theirs).total_seconds())
    if off > CLOCK_OFF_AT_MOST:
        return Finding("wrong", f"The clock is {off:.0f} seconds off", "Turn on time synchronization (NTP).")
    return Finding("well", "The clock is accurate")


async def _thingiverse(settings: Settings, thingiverse: Thingiverse) -> Finding:
    try:
        await thingiverse.ping(token=settings.thingiverse_app_token.get_secret_value())
    except TokenRejected:
        return Finding(
            "wrong",
            "Thingiverse rejected THINGIVERSE_APP_TOKEN",
            "Copy the App Token from your app's page: https://www.thingiverse.com/apps",
        )
    except ThingiverseError as error:
        cause = str(error) or type(error).__name__  # the text is the name of the original error
        fix = f"Check your network connection, and whether {settings.thingiverse_api_url} is responding."
        if cause == "ClientConnectorCertificateError":
            fix = capital(UNTRUSTED)
        return Finding("wrong", f"Can't reach Thingiverse ({cause})", fix)
    return Finding("well", "Thingiverse is responding and accepts THINGIVERSE_APP_TOKEN")


async def _exchange(client_id: str, thingiverse: Thingiverse) -> Finding:
    """Exchange a made-up code with a made-up secret. If Thingiverse rejects it, linking works."""
    try:
        await thingiverse.exchange_code("0" * 32, client_id=client_id, client_secret="0" * 32)
    except Refused:
        return Finding("well", "Thingiverse answers the code exchange that linking needs")
    except Blocked:
        return Finding(
            "wrong", "Thingiverse answers the code exchange with a bot check, so linking may not work", EXCHANGE_FIX
        )
    except ThingiverseError as error:
        return Finding(
            "wrong",
            f"Thingiverse doesn't answer the code exchange that linking needs ({type(error).__name__})",
            "Check that www.thingiverse.com is reachable from here.",
        )
    return Finding("well", "Thingiverse answers the code exchange that linking needs")


async def _discord(bot: Thingamabot, settings: Settings) -> Finding:
    """Log in without sending the commands."""
    bot.sends_commands = False
    refused = await refused_login(bot, settings.discord_token.get_secret_value(), "DISCORD_TOKEN")
    return refused or Finding("well", f"Logged in to Discord as {bot.user}")


def _message_content(flags: discord.ApplicationFlags) -> Finding:
    if flags.gateway_message_content or flags.gateway_message_content_limited:
        return Finding("well", "Discord lets the bot read messages, as PREVIEWS needs")
    return Finding("wrong", "PREVIEWS is on, but Discord doesn't let the bot read messages", MESSAGE_CONTENT)


async def _commands(bot: Thingamabot, look: Look, application_id: int) -> Finding:
    try:
        current = await in_sync(bot.tree, look, application_id)
    except discord.HTTPException as error:
        return Finding("wrong", f"Can't look up the commands on Discord (status {error.status})", "Try again later.")
    if current:
        return Finding("well", "Commands are up to date on Discord")
    return Finding("warning", "Commands are out of date on Discord", "They'll be sent the next time the bot starts.")
