"""Start here: the command line. `open_bot` builds everything, in one place, in order, and hands it in."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import aiohttp
import click
import discord
import structlog
from aiohttp import web
from discord import app_commands
from discord.ext import commands
from discord.http import Route

import config
import log
from actions.accounts import Accounts
from actions.app import App
from actions.likes import Likes
from actions.linking import Linking
from actions.proofs import Proofs
from actions.showcase import Showcase
from cogs.accounts import AccountsCog
from cogs.browse import BrowseCog
from cogs.help import HelpCog
from cogs.invitations import Invitations
from cogs.likes import LikesCog
from cogs.proofs import ProofsCog
from operations import check as checking
from operations.commands import sync_when_changed
from operations.housekeeping import keep_house
from operations.login import Patience
from operations.running import EXIT_REFUSED, StartError, invite_url, run_until_stopped
from storage.errors import StorageError
from storage.store import Store, open_store
from storage.vault import BadKey, Vault, new_key
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.shelf import Shelf
from thingiverse.transport import Transport
from ui.places import Places
from ui.presses import Presses
from ui.refresh import Refresher
from ui.replies import PATIENCE, Desk, Interaction
from ui.texts import CommandTexts, Texts
from web.headers import headers_for
from web.page import open_page
from web.server import listening
from web.sheets import Sheets
from web.sign_in import DiscordApp, DiscordSignIn

VERSION = "0.1.0"
USER_AGENT = f"Thingamabot/{VERSION} (Discord bot)"

EXIT_SETTINGS = 78  # as in sysexits.h: EX_CONFIG
EXIT_BROKEN = 70  # EX_SOFTWARE

# DMs for pasted addresses, server messages for keys pasted by mistake. Neither is privileged, and without the
# GUILDS intent no server is kept in memory.
INTENTS = discord.Intents(guild_messages=True, dm_messages=True)


class Tree(app_commands.CommandTree["Thingamabot"]):
    """Failures outside a command's own body end where all others do."""

    async def on_error(self, interaction: Interaction, error: app_commands.AppCommandError, /) -> None:
        if interaction.type is not discord.InteractionType.autocomplete:
            await self.client.desk.failed(interaction, error)


class Thingamabot(commands.AutoShardedBot):
    """discord.py's bot with our rooms in it. Sharded, because only that asks Discord for the gateway's address."""

    def __init__(self, desk: Desk, presses: Presses, store: Store, thingiverse: Thingiverse) -> None:
        super().__init__(
            command_prefix=(),
            help_command=None,
            tree_cls=Tree,
            intents=INTENTS,
            allowed_mentions=discord.AllowedMentions.none(),
            member_cache_flags=discord.MemberCacheFlags.none(),
            chunk_guilds_at_startup=False,
            max_messages=None,
        )
        self.desk = desk
        self.store = store
        self.thingiverse = thingiverse
        self.page: web.Application | None = None
        self._presses = presses
        self._rooms: list[commands.Cog] = []

    def furnish(self, *cogs: commands.Cog) -> None:
        self._rooms += cogs

    async def setup_hook(self) -> None:
        await self.tree.set_translator(CommandTexts(self.desk.texts))
        for cog in self._rooms:
            await self.add_cog(cog)
        if self.application_id is not None:
            await sync_when_changed(self.tree, self.store, self.application_id)

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Commands have their tree; only presses and forms are told to `on_interaction`, each at the cost of a task."""
        if event_name != "interaction" or self._presses.concern(args[0]):
            super().dispatch(event_name, *args, **kwargs)

    async def on_interaction(self, interaction: Interaction) -> None:
        await self._presses.receive(interaction)

    async def on_message(self, message: discord.Message, /) -> None:
        """There are no text commands; what is said in DMs is the accounts cog's."""


@asynccontextmanager
async def open_bot(settings: config.Settings, *, patience: float = PATIENCE) -> AsyncGenerator[Thingamabot]:
    """The whole bot, built and not yet logged in; closed again in the opposite order.

    `patience` is how many seconds an answer may take before Discord is told that it will.
    Raises StorageError, BadKey or StartError where it cannot be built.
    """
    async with AsyncExitStack() as stack:
        vault = Vault.from_text(settings.token_keys.get_secret_value())
        store = await stack.enter_async_context(open_store(settings.database_url.get_secret_value()))
        await _require_keys(store, vault)
        session = await stack.enter_async_context(aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()))
        shelf = Shelf()
        stack.push_async_callback(shelf.close)
        app_token = settings.thingiverse_app_token.get_secret_value()

        transport = Transport(
            session,
            user_agent=USER_AGENT,
            budget=Budget(settings.thingiverse_budget),
            timeout=settings.thingiverse_timeout,
        )
        thingiverse = Thingiverse(
            transport,
            api_url=settings.thingiverse_api_url,
            www_url=settings.thingiverse_url,
            popular_source=settings.thingiverse_popular,
        )
        app = _app(settings)
        links = Linking(store, vault, thingiverse, app)
        accounts = Accounts(store, vault, thingiverse, app)
        showcase = Showcase(thingiverse, shelf, app_token=app_token)
        likes = Likes(store, accounts, showcase, thingiverse)

        desk = Desk(Texts(), patience=patience)
        presses = Presses(desk)
        places = Places()
        refresher = Refresher()
        stack.push_async_callback(refresher.close)
        invitations = Invitations(links, showcase)

        housekeeping = asyncio.create_task(keep_house(links))
        stack.push_async_callback(_end, housekeeping)
        bot = Thingamabot(desk, presses, store, thingiverse)
        bot.furnish(
            AccountsCog(desk, presses, places, invitations, links, accounts, likes),
            BrowseCog(desk, presses, places, showcase),
            LikesCog(desk, presses, places, refresher, invitations, likes, showcase),
            HelpCog(desk, support_url=settings.support_url),
        )
        if settings.public_url is not None:
            proofs = Proofs(links, store, vault)
            bot.furnish(ProofsCog(presses, invitations, proofs))
            bot.page = open_page(
                proofs,
                Sheets(desk.texts, settings.public_url),
                _sign_in(settings, session),
                public_url=settings.public_url,
                address_header=settings.web_address_header,
            )
        yield bot


def _sign_in(settings: config.Settings, session: aiohttp.ClientSession) -> DiscordSignIn | None:
    """Where the operator has set it up."""
    if settings.discord_client_id is None or settings.discord_client_secret is None:
        return None
    app = DiscordApp(
        client_id=settings.discord_client_id,
        client_secret=settings.discord_client_secret.get_secret_value(),
        authorize_url=settings.discord_authorize_url,
        api_base=settings.discord_api_base,
        redirect_uri=f"{settings.public_url}/link/signed-in",
    )
    return DiscordSignIn(session, app)


@asynccontextmanager
async def open_door(bot: Thingamabot, settings: config.Settings) -> AsyncGenerator[None]:
    """The linking page answers while inside; without PUBLIC_URL nothing listens. Raises StartError."""
    if bot.page is None or settings.public_url is None:
        yield
        return
    host, port = settings.listen_at
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(listening(bot.page, headers_for(settings.public_url), host, port))
        except OSError:
            raise StartError("The bot cannot listen at WEB_LISTEN. Is it in use?", EXIT_SETTINGS) from None
        yield


def _app(settings: config.Settings) -> App:
    secret = settings.thingiverse_client_secret
    return App(
        client_id=settings.thingiverse_client_id,
        client_secret=secret.get_secret_value() if secret is not None else None,
        app_token=settings.thingiverse_app_token.get_secret_value(),
        www_url=settings.thingiverse_url,
        redirect_uri=settings.redirect_uri,
        approved=settings.thingiverse_app_approved,
        unchecked_links=settings.thingiverse_unchecked_links,
        proof=None if settings.public_url is None else "code" if settings.discord_client_secret is None else "discord",
    )


async def _require_keys(store: Store, vault: Vault) -> None:
    """A wrong key is found at the start, not when somebody presses Like."""
    if await store.sealed_key_ids() - vault.key_ids:
        raise StartError(
            "TOKEN_KEYS lacks the key that the linked accounts are sealed with. Put the old key back, behind the new "
            "one and a comma. If it is lost, people have to link again: then delete the database.",
            EXIT_SETTINGS,
        )


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@click.group()
@click.version_option(VERSION, message="Thingamabot %(version)s")
def main() -> None:
    """Thingamabot brings Thingiverse into Discord."""


@main.command()
def run() -> None:
    """Run the bot until it is stopped."""
    _in_plain_words(_run)


@main.command()
def check() -> None:
    """Look whether everything is set up, and say how to mend what is not."""
    _in_plain_words(_check)


@main.command()
def invite() -> None:
    """Print the address that invites the bot to a server."""
    _in_plain_words(_invite)


@main.command("new-key")
def print_new_key() -> None:
    """Print a new key for TOKEN_KEYS."""
    click.echo(new_key())


async def _run(settings: config.Settings) -> None:
    token = settings.discord_token.get_secret_value()
    async with open_bot(settings) as bot, open_door(bot, settings):
        await run_until_stopped(bot, bot.desk, token, Patience(bot.store, token))


async def _check(settings: config.Settings) -> None:
    log.configure("ERROR", settings.log_format, settings.secrets())
    async with open_bot(settings) as bot, bot, AsyncExitStack() as stack:
        with suppress(StartError):  # the bot itself is running, and answers there
            await stack.enter_async_context(open_door(bot, settings))
        if not await checking.run(bot, settings, bot.store, bot.thingiverse):
            raise StartError("Mend what is marked ✗, then check again.", checking.EXIT_FOUND)


async def _invite(settings: config.Settings) -> None:
    async with discord.Client(intents=discord.Intents.none()) as client:
        await client.login(settings.discord_token.get_secret_value())
        if client.application_id is not None:
            click.echo(invite_url(client.application_id))


def _in_plain_words(work: Callable[[config.Settings], Coroutine[Any, Any, None]]) -> None:
    """Read the settings and do the work; what goes wrong ends the process with one clear line for each cause."""
    log.configure("INFO", "text", [])
    try:
        settings = config.load()
        log.configure(settings.log_level, settings.log_format, settings.secrets())
        Route.BASE = settings.discord_api_base
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            runner.run(work(settings))
    except config.ConfigError as error:
        _fail(error.problems, EXIT_SETTINGS)
    except BadKey as error:
        _fail([f"TOKEN_KEYS: {error}"], EXIT_SETTINGS)
    except StorageError as error:
        _fail([f"DATABASE_URL: {error}"], EXIT_SETTINGS)
    except StartError as error:
        _fail([str(error)], error.code)
    except discord.LoginFailure:
        _fail(["Discord refuses DISCORD_TOKEN."], EXIT_REFUSED)
    except Exception:  # noqa: BLE001  the last line of defence
        structlog.get_logger("bot").exception("ended by an error")  # secrets are struck from it
        _fail(["The bot ended because of an error it does not know. The log has the details."], EXIT_BROKEN)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's loop, where there is one for the machine."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _fail(lines: list[str], code: int) -> None:
    for line in lines:
        click.echo(f"✗ {line}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
