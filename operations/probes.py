"""Try one setting at its service, for `init`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import aiohttp
import discord
from discord.http import Route

from operations.checks import Finding
from operations.failures import NEW_TOKEN, StartError, capital, reason
from operations.proxies import Proxies, connector, session
from operations.running import invite_url, log_in
from settings import Settings
from storage.errors import StorageError
from storage.look import look_at
from thingiverse.client import Thingiverse
from thingiverse.errors import ThingiverseError, TokenRejected

_PATIENCE = aiohttp.ClientTimeout(total=10)
LOGIN_WITHIN = 30.0  # seconds; discord.py would wait for minutes

_REJECTED = Finding("wrong", "Thingiverse rejected the token", "Copy the App Token from your app's page.")


@dataclass
class Probes:
    open_thingiverse: Callable[[Settings], AbstractAsyncContextManager[Thingiverse]]
    invite: str | None = None  # the link that adds the bot, once its token was tried

    async def of(self, name: str, settings: Settings) -> Finding | None:
        """Try a setting; None for one that can't be tried alone."""
        match name:
            case "DISCORD_TOKEN":
                return await self._bot(settings)
            case "THINGIVERSE_APP_TOKEN":
                return await self._app(settings)
            case "THINGIVERSE_REDIRECT_URI":
                return await _redirect(settings)
            case "DATABASE_URL":
                return await _database(settings)
            case _:
                return None

    async def _bot(self, settings: Settings) -> Finding:
        Route.BASE = settings.discord_api_base
        through = connector(Proxies.of(settings))
        async with discord.Client(intents=discord.Intents.none(), connector=through) as client:
            refused = await refused_login(client, settings.discord_token.get_secret_value(), "the token")
            if refused is not None:
                return refused
            if client.application_id is not None:
                self.invite = invite_url(client.application_id)
            return Finding("well", f"It's the token of {client.user}")

    async def _app(self, settings: Settings) -> Finding:
        token = settings.thingiverse_app_token.get_secret_value()
        async with self.open_thingiverse(settings) as thingiverse:
            try:
                info = await thingiverse.token_info(token)
            except TokenRejected:
                return _REJECTED
            except ThingiverseError:
                return await _accepted(thingiverse, token)
        if info.audience != settings.thingiverse_client_id:
            return Finding(
                "wrong", "It's the token of another app", "Copy Client ID and App Token from the same app's page."
            )
        return Finding("well", f"It's the token of your app {info.audience}")


async def refused_login(client: discord.Client, token: str, called: str) -> Finding | None:
    """Log in; `called` is what the operator calls the token. Returns what went wrong."""
    try:
        async with asyncio.timeout(LOGIN_WITHIN):
            await log_in(client, token)
    except discord.LoginFailure:
        return Finding("wrong", f"Discord rejected {called}", NEW_TOKEN)
    except StartError as error:
        return Finding("wrong", "Can't log in to Discord", str(error))
    except discord.HTTPException as error:
        return Finding("wrong", f"Discord returned an error (status {error.status})", "Try again later.")
    except (aiohttp.ClientError, OSError) as error:
        return Finding("wrong", f"Can't reach Discord ({type(error).__name__})", capital(reason(error)))
    return None


async def _accepted(thingiverse: Thingiverse, token: str) -> Finding:
    """Whether Thingiverse accepts the token, if it can't say which app it's for."""
    try:
        await thingiverse.ping(token=token)
    except TokenRejected:
        return _REJECTED
    except ThingiverseError as error:
        return Finding("wrong", f"Can't reach Thingiverse ({type(error).__name__})", "Check your network connection.")
    return Finding("well", "Thingiverse accepts the token")


async def _redirect(settings: Settings) -> Finding | None:
    url = settings.thingiverse_redirect_uri
    if url is None:
        return None
    try:
        async with session(Proxies.of(settings), timeout=_PATIENCE) as client, client.get(url) as answer:
            status = answer.status
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return Finding("warning", f"Nothing responds at that URL ({type(error).__name__})", "People will land there.")
    if status >= 400:
        return Finding("warning", f"That URL responds with status {status}", "People will land there.")
    return Finding("well", "That page responds")


async def _database(settings: Settings) -> Finding:
    try:
        async with look_at(settings.database_url.get_secret_value()) as look:
            if not look.writable:
                return Finding("wrong", f"{look.where} can't be written to", "Check the owner of its file and folder.")
            return Finding("well", f"{look.where} {'will be created' if look.state == 'absent' else 'is responding'}")
    except StorageError as error:
        return Finding("wrong", "The database can't be used", str(error))
