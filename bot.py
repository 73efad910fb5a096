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
from discord.http import Route

import config
import log
from actions.accounts import Accounts
from actions.app import App
from actions.favourites import Favourites
from actions.likes import Likes
from actions.linking import Linking
from actions.pace import Pace
from actions.previews import Previews
from actions.proofs import Proofs
from actions.rights import Rights
from actions.seen import Seen
from actions.servers import Servers
from actions.sharing import Sharing
from actions.showcase import Showcase
from cogs.accounts import AccountsCog
from cogs.browse import BrowseCog
from cogs.deeds import DeedsCog
from cogs.doctor import DoctorCog
from cogs.favourites import FavouritesCog
from cogs.galleries import Galleries
from cogs.help import HelpCog
from cogs.invitations import Invitations
from cogs.likes import LikesCog
from cogs.messages import MessagesCog
from cogs.previews import PreviewsCog
from cogs.privacy import PrivacyCog
from cogs.proofs import ProofsCog
from cogs.search import SearchCog
from cogs.settings import SettingsCog
from cogs.share import ShareCog
from operations import check as checking
from operations import person as people
from operations import rotation
from operations.client import Thingamabot, intents
from operations.commands import in_sync
from operations.housekeeping import keep_house, keep_servers
from operations.keys import note_start, require_keys, require_started_with
from operations.login import Patience
from operations.running import EXIT_REFUSED, EXIT_SETTINGS, StartError, invite_url, run_until_stopped
from storage.errors import StorageError
from storage.store import Store, open_store
from storage.vault import BadKey, Vault, new_key
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.shelf import Shelf
from thingiverse.transport import Transport
from ui.customs import Customs
from ui.places import Places
from ui.presses import Presses
from ui.refresh import Refresher
from ui.replies import PATIENCE, Desk
from ui.texts import Texts
from web.headers import headers_for
from web.page import open_page
from web.server import listening
from web.sheets import Sheets
from web.sign_in import DiscordApp, DiscordSignIn

VERSION = "0.1.0"
USER_AGENT = f"Thingamabot/{VERSION} (Discord bot)"

EXIT_BROKEN = 70  # as in sysexits.h: EX_SOFTWARE


@asynccontextmanager
async def open_bot(settings: config.Settings, *, patience: float = PATIENCE) -> AsyncGenerator[Thingamabot]:
    """The whole bot, built and not yet logged in; closed again in the opposite order.

    `patience` is how many seconds an answer may take before Discord is told that it will.
    Raises StorageError, BadKey or StartError where it cannot be built.
    """
    async with AsyncExitStack() as stack:
        vault = _vault(settings)
        store = await stack.enter_async_context(open_store(settings.database_url.get_secret_value()))
        await require_keys(store, vault)
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
        seen = Seen(store.index)
        showcase = Showcase(thingiverse, shelf, seen, app_token=app_token)
        likes = Likes(store, accounts, showcase, thingiverse, Pace(settings.likes_per_person))

        servers = Servers(store.community)
        texts = Texts()
        customs = Customs(texts, servers.settings)
        desk = Desk(texts, customs, patience=patience)
        presses = Presses(desk)
        places = Places(customs)
        refresher = Refresher()
        stack.push_async_callback(refresher.close)
        invitations = Invitations(links, showcase)

        housekeeping = asyncio.create_task(keep_house(store))
        stack.push_async_callback(_end, housekeeping)
        bot = Thingamabot(desk, presses, store, thingiverse, intents(previews=settings.previews))
        looking = asyncio.create_task(keep_servers(bot.servers_present, servers, store))
        stack.push_async_callback(_end, looking)
        galleries = Galleries(presses, places)
        browse = BrowseCog(desk, presses, places, galleries, showcase)
        liking = LikesCog(desk, presses, places, galleries, refresher, invitations, likes, showcase)
        messages = MessagesCog(desk, places, showcase, show=browse.show_thing, like=liking.like_thing)
        bot.furnish(
            browse,
            SearchCog(desk, galleries, showcase),
            liking,
            messages,
            FavouritesCog(desk, presses, places, galleries, Favourites(store.community, seen), showcase),
            PreviewsCog(bot, desk, presses, places, servers, Previews(store.community), showcase),
            SettingsCog(desk, presses, servers, previews_possible=settings.previews),
            DoctorCog(
                desk,
                presses,
                servers,
                showcase,
                previews_possible=settings.previews,
                registered=lambda: in_sync(bot.tree, store, bot.application_id or 0),
            ),
            ShareCog(desk, presses, places, servers, Sharing(store.community), showcase),
            AccountsCog(desk, presses, places, invitations, links, accounts, likes),
            DeedsCog(presses, accounts, likes),
            PrivacyCog(
                desk, presses, Rights(store), revoke_url=accounts.app.revoke_url, policy_url=settings.privacy_url
            ),
            HelpCog(desk, support_url=settings.support_url),
        )
        for menu in messages.menus:
            bot.tree.add_command(menu)
        if settings.public_url is not None:
            proofs = Proofs(links, store)
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


def _vault(settings: config.Settings) -> Vault:
    return Vault.from_text(settings.token_keys.get_secret_value())


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


@main.command("rotate-keys")
@click.option("--stopped", is_flag=True, help="The bot does not run.")
def rotate_keys(stopped: bool) -> None:
    """Seal everything anew with the first key of TOKEN_KEYS."""
    _in_plain_words(lambda settings: _rotate_keys(settings, stopped=stopped))


async def _rotate_keys(settings: config.Settings, *, stopped: bool) -> None:
    vault = _vault(settings)
    async with open_store(settings.database_url.get_secret_value()) as store:
        await require_keys(store, vault)
        if not stopped:
            await require_started_with(store, vault)
        await rotation.run(store, vault)


@main.group()
def person() -> None:
    """What is kept about one person, by their Discord id."""


@person.command("export")
@click.argument("id_", metavar="ID", type=click.IntRange(0, 2**63 - 1))
def export_person(id_: int) -> None:
    """Print all that is kept about the person, as JSON."""
    _in_plain_words(lambda settings: _with_store(settings, lambda store: people.export(store, id_)))


@person.command("erase")
@click.argument("id_", metavar="ID", type=click.IntRange(0, 2**63 - 1))
@click.confirmation_option(prompt="Delete all that is kept about this person?")
def erase_person(id_: int) -> None:
    """Delete all that is kept about the person, at once."""
    _in_plain_words(lambda settings: _with_store(settings, lambda store: people.erase(store, id_)))


async def _with_store(settings: config.Settings, work: Callable[[Store], Coroutine[Any, Any, None]]) -> None:
    async with open_store(settings.database_url.get_secret_value()) as store:
        await work(store)


async def _run(settings: config.Settings) -> None:
    token = settings.discord_token.get_secret_value()
    async with open_bot(settings) as bot, open_door(bot, settings):
        await note_start(bot.store, _vault(settings))
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
