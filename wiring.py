"""Build the bot: create each part once, in order, and pass it to what needs it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp

from actions.accounts import Accounts
from actions.app import App
from actions.browser_check import BrowserCheck
from actions.catalog import Catalog
from actions.favorites import Favorites
from actions.feeds import Feeds
from actions.known_things import KnownThings
from actions.like_limit import LIKES, SAVES, WINDOW, LikeLimit
from actions.likes import Likes
from actions.linking import Linking
from actions.own_designs import DesignCounting
from actions.previews import Previews
from actions.rights import Rights
from actions.saving import Saving
from actions.servers import Servers
from actions.sharing import Sharing
from cogs.accounts import AccountsCog
from cogs.activity import ActivityCog
from cogs.browse import BrowseCog
from cogs.browser_check import BrowserCheckCog
from cogs.doctor import DoctorCog
from cogs.favorites import FavoritesCog
from cogs.feed_options import FeedOptionsCog
from cogs.feed_sources import FeedSources
from cogs.feeds import FeedsCog
from cogs.follow import FollowCog
from cogs.help import HelpCog
from cogs.likes import LikesCog
from cogs.link_cards import LinkCards
from cogs.makes import MakesCog
from cogs.messages import MessagesCog
from cogs.my_designs import MyDesignsCog
from cogs.previews import PreviewsCog
from cogs.privacy import PrivacyCog
from cogs.random import RandomCog
from cogs.saving import SavingCog
from cogs.search import SearchCog
from cogs.settings import SettingsCog
from cogs.share import ShareCog
from config import Settings, Supervisor, host_and_port
from desk.channels import Channels
from desk.desk import Desk
from desk.feed_messages import FeedMessages
from desk.galleries import Galleries
from desk.presses import Presses
from desk.refresh import Refresher
from desk.replies import PATIENCE
from operations.background import background
from operations.backups import Backups, keep_backing_up
from operations.client import Thingamabot, intents
from operations.commands import in_sync
from operations.division import Portion
from operations.failures import EXIT_SETTINGS, StartError
from operations.feed_parts import build_feeds
from operations.feeds import USUAL, FeedJobs, Pace
from operations.health import answering, ending_when_stuck, health_of, supervised
from operations.housekeeping import keeping_house
from operations.keys import require_keys
from operations.leases import holding, keep_ending_paused
from operations.many import join, open_shared
from operations.proxies import Proxies, connector
from operations.proxies import session as open_session
from operations.reports import keep_reporting
from operations.running import public_install_url
from operations.shards import keeping
from storage.store import Store, open_store
from storage.vault import Vault
from texts import Texts
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.shelf import Shelf
from thingiverse.transport import Transport
from version import VERSION

if TYPE_CHECKING:
    import discord
    from aiohttp import web
    from discord.ext import commands

    from shared.together import Together

USER_AGENT = f"Thingamabot/{VERSION} (Discord bot)"


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions and what they need, without Discord."""

    store: Store
    vault: Vault
    thingiverse: Thingiverse
    known: KnownThings
    catalog: Catalog
    links: Linking
    browser_check: BrowserCheck
    accounts: Accounts
    likes: Likes
    saving: Saving
    counting: DesignCounting
    servers: Servers
    favorites: Favorites
    previews: Previews
    sharing: Sharing
    rights: Rights
    feeds: Feeds


def build_actions(
    store: Store,
    vault: Vault,
    thingiverse: Thingiverse,
    shelf: Shelf,
    app: App,
    *,
    likes_per_person: int = 30,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
    together: Together | None = None,
) -> Actions:
    """Build the actions. `likes_per_person` is for ten minutes, in all processes."""

    def limit(what: str, sentence: str) -> LikeLimit:
        counting = None if together is None else together.persons(what, WINDOW).count
        return LikeLimit(likes_per_person, sentence=sentence, together=counting)

    known = KnownThings(store.designs)
    catalog = Catalog(thingiverse, shelf, known, app_token=app.app_token)
    links = Linking(store, vault, thingiverse, app, now)
    accounts = Accounts(store, vault, thingiverse, app, now)
    return Actions(
        store=store,
        vault=vault,
        thingiverse=thingiverse,
        known=known,
        catalog=catalog,
        links=links,
        browser_check=BrowserCheck(links, store),
        accounts=accounts,
        likes=Likes(store, accounts, catalog, thingiverse, limit("likes", LIKES), now),
        saving=Saving(store, accounts, thingiverse, limit("saves", SAVES), now),
        counting=DesignCounting(store.design_reports, accounts, catalog, now),
        servers=Servers(store.community),
        favorites=Favorites(store.community, catalog),
        previews=Previews(store.community),
        sharing=Sharing(store.community),
        rights=Rights(store),
        feeds=Feeds(store, catalog, now),
    )


@asynccontextmanager
async def open_actions(
    settings: Settings, shelf: Shelf | None = None, together: Together | None = None
) -> AsyncGenerator[Actions]:
    """Open the store and the Thingiverse client, and build the actions. Raises StorageError or BadKey."""
    shelf = shelf or Shelf()
    vault = vault_of(settings)
    async with (
        open_store(settings.database_url.get_secret_value()) as store,
        open_session(Proxies.of(settings)) as session,
        AsyncExitStack() as stack,
    ):
        stack.push_async_callback(shelf.close)
        thingiverse = _thingiverse(settings, session, together)
        actions = build_actions(
            store,
            vault,
            thingiverse,
            shelf,
            _app(settings),
            likes_per_person=settings.likes_per_person,
            together=together,
        )
        stack.push_async_callback(actions.sharing.close)
        yield actions


@asynccontextmanager
async def open_thingiverse(settings: Settings) -> AsyncGenerator[Thingiverse]:
    async with open_session(Proxies.of(settings)) as session:
        yield _thingiverse(settings, session)


@asynccontextmanager
async def open_bot(
    settings: Settings, *, patience: float = PATIENCE, shelf: Shelf | None = None
) -> AsyncGenerator[Thingamabot]:
    """Build the bot without logging in, and close it at the end.

    `patience` is how many seconds a reply can take before the bot tells Discord to wait for it.
    Raises StorageError, BadKey, or StartError if it can't be built.
    """
    async with AsyncExitStack() as stack:
        portion = Portion()
        together = await stack.enter_async_context(open_shared(settings, portion))
        shelf = together.shelf if together is not None else shelf or Shelf()
        actions = await stack.enter_async_context(open_actions(settings, shelf, together))
        await require_keys(actions.store, actions.vault)
        texts = Texts()
        channels = Channels()
        servers = actions.servers
        desk = Desk(texts, channels, servers.settings, known_settings=servers.known, patience=patience)
        presses = Presses(desk)
        refresher = Refresher()

        proxies = Proxies.of(settings)
        bot = Thingamabot(
            desk,
            presses,
            actions.store,
            actions.thingiverse,
            intents(previews=settings.previews),
            connector(proxies, limit=0) if proxies else None,
            count_refusals=settings.metrics_listen is not None,
        )
        bot.cache_reads = shelf.reads
        _add_cogs(bot, settings, actions, channels, Galleries(presses, desk.ready), refresher)
        _add_feeds(bot, settings, actions, texts, channels, together)
        if together is not None:
            join(bot, settings, together, actions.servers, portion)
        if settings.public_url is not None:
            session = await stack.enter_async_context(open_session(proxies))
            bot.page = _page(settings, settings.public_url, actions.browser_check, texts, session)
        await stack.enter_async_context(keeping_house(bot, actions.store, actions.servers, many=settings.many))
        await stack.enter_async_context(_reporting(bot, desk, actions))
        yield bot


def _reporting(bot: Thingamabot, desk: Desk, actions: Actions) -> AbstractAsyncContextManager[None]:
    """Send makers their daily counts, while inside. Of several processes, one does."""
    my_designs = MyDesignsCog(bot, desk, actions.counting)
    bot.add(my_designs)
    return background(keep_reporting(my_designs.send_due, lambda: bot.connected and bot.keeps_house()))


def _add_feeds(
    bot: Thingamabot,
    settings: Settings,
    actions: Actions,
    texts: Texts,
    channels: Channels,
    together: Together | None,
) -> None:
    turn = None if together is None else together.send.wait
    bot.feeds = build_feed_jobs(bot, settings, actions, texts, channels, online=lambda: bot.connected, turn=turn)
    actions.feeds.test = bot.feeds.notices.post_test


def build_feed_jobs(
    client: discord.Client,
    settings: Settings,
    actions: Actions,
    texts: Texts,
    channels: Channels,
    *,
    online: Callable[[], bool],
    pace: Pace = USUAL,
    turn: Callable[[], Awaitable[None]] | None = None,
) -> FeedJobs:
    """What reads and posts for feeds; `online` is whether messages can be sent."""
    return build_feeds(
        client,
        settings,
        actions.store,
        actions.catalog,
        actions.thingiverse,
        channels,
        actions.servers.settings,
        FeedMessages(texts, actions.servers.settings),
        online=online,
        pace=pace,
        turn=turn,
    )


def _add_cogs(
    bot: Thingamabot,
    settings: Settings,
    actions: Actions,
    channels: Channels,
    galleries: Galleries,
    refresher: Refresher,
) -> None:
    desk, catalog, servers = bot.desk, actions.catalog, actions.servers
    link_cards = LinkCards(actions.links, catalog)
    browse = BrowseCog(desk, galleries, catalog)
    liking = LikesCog(desk, galleries, refresher, link_cards, actions.likes, catalog)
    messages = MessagesCog(desk, catalog, show=browse.show_thing, like=liking.like_thing)
    revoke_url = actions.accounts.app.revoke_url
    bot.add(
        browse,
        SearchCog(desk, galleries, catalog, show=browse.show_thing),
        RandomCog(desk, catalog, show=browse.show_thing),
        MakesCog(catalog),
        liking,
        messages,
        FavoritesCog(desk, galleries, actions.favorites, catalog),
        *_feed_cogs(bot, actions, browse),
        PreviewsCog(bot, desk, channels, servers, actions.previews, catalog),
        SettingsCog(desk, servers, actions.feeds, previews_possible=settings.previews),
        DoctorCog(
            bot,
            desk,
            catalog,
            actions.feeds,
            previews_possible=settings.previews,
            registered=lambda: in_sync(bot.tree, actions.store, bot.application_id or 0),
        ),
        ShareCog(bot, desk, servers, actions.sharing, catalog),
        *_account_cogs(desk, actions, link_cards),
        PrivacyCog(desk, actions.rights, actions.sharing, revoke_url=revoke_url, policy_url=settings.policy_url),
        HelpCog(desk, actions.accounts, install_url=lambda: public_install_url(bot), support_url=settings.support_url),
    )
    if settings.public_url is not None:
        bot.add(BrowserCheckCog(link_cards, actions.browser_check))
    for menu in messages.menus:
        bot.tree.add_command(menu)


def _account_cogs(desk: Desk, actions: Actions, link_cards: LinkCards) -> Iterator[commands.Cog]:
    accounts, likes, saves = actions.accounts, actions.likes, actions.saving
    saving = SavingCog(link_cards, accounts, saves, actions.catalog)
    yield saving
    yield AccountsCog(desk, link_cards, actions.links, accounts, likes, actions.sharing, choose=saving.choose)
    yield ActivityCog(accounts, likes, saves)


def _feed_cogs(bot: Thingamabot, actions: Actions, browse: BrowseCog) -> Iterator[commands.Cog]:
    feeds = FeedsCog(bot, bot.desk, actions.feeds, actions.catalog, actions.servers, show=browse.show_thing)
    sources = FeedSources(actions.catalog, actions.feeds)
    yield FollowCog(bot, bot.desk, actions.feeds, actions.catalog, sources)
    yield feeds
    yield FeedOptionsCog(bot, actions.feeds, sources, own=feeds.own)


@asynccontextmanager
async def open_door(bot: Thingamabot, settings: Settings) -> AsyncGenerator[None]:
    """Serve the linking page while inside. Without PUBLIC_URL, do nothing. Raises StartError."""
    if bot.page is None or settings.public_url is None:
        yield
        return
    from web.headers import headers_for
    from web.server import listening

    host, port = settings.listen_at
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(listening(bot.page, headers_for(settings.public_url), host, port))
        except OSError:
            raise StartError("Can't listen on WEB_LISTEN. Is that port already in use?", EXIT_SETTINGS) from None
        yield


@asynccontextmanager
async def open_feeds(bot: Thingamabot) -> AsyncGenerator[None]:
    """Read and post for feeds, and keep the shards, while inside.

    Raises StartError if another bot runs with the database, and they don't share Redis, too.
    """
    async with AsyncExitStack() as stack:
        alone = bot.sharding is None
        await stack.enter_async_context(background(keep_ending_paused(bot.store.leases)))
        holder = await stack.enter_async_context(holding(bot.store.leases, alone=alone, wanted=bot.has_shards))
        bot.replaced = holder.replaced
        if bot.sharding is not None:
            await stack.enter_async_context(keeping(bot.sharding))
        if bot.feeds is not None:
            await stack.enter_async_context(bot.feeds.running(holder))
        yield


@asynccontextmanager
async def open_upkeep(bot: Thingamabot, settings: Settings) -> AsyncGenerator[None]:
    """What runs beside the bot, for whoever runs it: its health, and backups where they're turned on."""
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(answering(bot, settings.discord_token.get_secret_value()))
        await stack.enter_async_context(supervised(bot, Supervisor.of_environment()))
        if settings.exit_when_stuck:
            await stack.enter_async_context(ending_when_stuck())
        if settings.metrics_listen is not None:
            await stack.enter_async_context(_metrics(bot, settings, settings.metrics_listen))
        if settings.backup_every is not None:
            backing_up = keep_backing_up(backups_of(settings), settings.backup_every, may=bot.keeps_house)
            await stack.enter_async_context(background(backing_up))
        yield


@asynccontextmanager
async def _metrics(bot: Thingamabot, settings: Settings, listen: str) -> AsyncGenerator[None]:
    """Serve /metrics while inside. Raises StartError."""
    from operations.metrics import Metrics
    from web.metrics import serving_metrics

    metrics, backups = Metrics(VERSION), backups_of(settings)
    metrics.backup.set_function(lambda: newest.timestamp() if (newest := backups.newest()) else 0.0)
    metrics.watch(bot)

    async def scraped() -> bytes:
        return await metrics.scraped(bot)

    async def ready() -> bool:
        return (await health_of(bot)).ready

    async with background(metrics.measure_lag()), AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(serving_metrics(scraped, ready, *host_and_port(listen)))
        except OSError:
            raise StartError("Can't listen on METRICS_LISTEN. Is that port already in use?", EXIT_SETTINGS) from None
        yield


def backups_of(settings: Settings, keep: int | None = None) -> Backups:
    url = settings.database_url.get_secret_value()
    return Backups(url, Path(settings.backup_folder), keep or settings.backup_keep)


def vault_of(settings: Settings) -> Vault:
    """The Vault with TOKEN_KEYS. Raises BadKey."""
    return Vault.from_text(settings.token_keys.get_secret_value())


def _thingiverse(settings: Settings, session: aiohttp.ClientSession, together: Together | None = None) -> Thingiverse:
    transport = Transport(
        session,
        user_agent=USER_AGENT,
        budget=Budget(settings.thingiverse_budget, settings.thingiverse_window * 1000)
        if together is None
        else together.budget,
        others=None if together is None else together.pauses,
        timeout=settings.thingiverse_timeout,
    )
    return Thingiverse(
        transport,
        api_url=settings.thingiverse_api_url,
        www_url=settings.thingiverse_url,
        popular_source=settings.thingiverse_popular,
    )


def _app(settings: Settings) -> App:
    secret = settings.thingiverse_client_secret
    return App(
        client_id=settings.thingiverse_client_id,
        client_secret=secret.get_secret_value() if secret is not None else None,
        app_token=settings.thingiverse_app_token.get_secret_value(),
        www_url=settings.thingiverse_url,
        redirect_uri=settings.redirect_uri,
        approved=settings.thingiverse_app_approved,
        unchecked_links=settings.thingiverse_unchecked_links,
        state=settings.thingiverse_state,
        proof=None if settings.public_url is None else "code" if settings.discord_client_secret is None else "discord",
    )


def _page(
    settings: Settings, public_url: str, check: BrowserCheck, texts: Texts, session: aiohttp.ClientSession
) -> web.Application:
    """The linking page. Only this imports the room, because a server and its templates take 6 MB."""
    from web.legal import Unfinished, read_sheets
    from web.page import open_page
    from web.sign_in import DiscordApp, DiscordSignIn
    from web.views import Views

    sign_in = None  # unless the operator set up Discord OAuth
    if settings.discord_client_id is not None and settings.discord_client_secret is not None:
        app = DiscordApp(
            client_id=settings.discord_client_id,
            client_secret=settings.discord_client_secret.get_secret_value(),
            authorize_url=settings.discord_authorize_url,
            api_base=settings.discord_api_base,
            redirect_uri=f"{public_url}/link/signed-in",
        )
        sign_in = DiscordSignIn(session, app)
    views = Views(texts, public_url)
    named = {"terms": settings.terms_page, "privacy": settings.privacy_page}
    try:
        sheets = read_sheets({name: path for name, path in named.items() if path is not None})
    except Unfinished as error:
        raise StartError(str(error), EXIT_SETTINGS) from None
    return open_page(
        check, views, sign_in, public_url=public_url, address_header=settings.web_address_header, sheets=sheets
    )
