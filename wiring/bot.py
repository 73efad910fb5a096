"""Build the bot: create each part once, in order, and pass it to what needs it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

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
from desk.channels import Channels
from desk.desk import Desk
from desk.galleries import Galleries
from desk.presses import Presses
from desk.refresh import Refresher
from desk.replies import PATIENCE
from desk.requests import Lookups
from operations.background import background
from operations.client import Thingamabot, intents
from operations.commands import in_sync
from operations.division import Portion
from operations.housekeeping import keeping_house
from operations.keys import require_keys
from operations.many import join, open_shared
from operations.proxies import Proxies, connector
from operations.proxies import session as open_session
from operations.reports import keep_reporting
from operations.running import public_install_url
from settings import Settings
from texts import Texts
from thingiverse.shelf import Shelf
from wiring.actions import Actions, open_actions
from wiring.feeds import build_feeds
from wiring.page import build_page

if TYPE_CHECKING:
    from discord.ext import commands


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
        desk = Desk(Lookups(texts, channels, servers.settings, servers.known), patience=patience)
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
        turn = None if together is None else together.send.wait
        bot.feeds = build_feeds(bot, settings, actions, texts, channels, online=lambda: bot.connected, turn=turn)
        actions.feeds.test = bot.feeds.notices.post_test
        if together is not None:
            join(bot, settings, together, actions.servers, portion)
        if settings.public_url is not None:
            session = await stack.enter_async_context(open_session(proxies))
            bot.page = build_page(settings, settings.public_url, actions.browser_check, texts, session)
        await stack.enter_async_context(keeping_house(bot, actions.store, actions.servers, many=settings.many))
        await stack.enter_async_context(_reporting(bot, desk, actions))
        yield bot


def _reporting(bot: Thingamabot, desk: Desk, actions: Actions) -> AbstractAsyncContextManager[None]:
    """Send makers their daily counts, while inside. Of several processes, one does."""
    my_designs = MyDesignsCog(bot, desk, actions.counting)
    bot.add(my_designs)
    return background(keep_reporting(my_designs.send_due, lambda: bot.connected and bot.keeps_house()))


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
        RandomCog(desk, catalog, show=partial(browse.show_thing, again=True)),
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
        ShareCog(bot, desk, actions.sharing, catalog),
        *_account_cogs(desk, actions, link_cards),
        PrivacyCog(desk, actions.rights, revoke_url=revoke_url, policy_url=settings.policy_url),
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
    yield AccountsCog(desk, link_cards, actions.links, accounts, likes, choose=saving.choose)
    yield ActivityCog(accounts, likes, saves)


def _feed_cogs(bot: Thingamabot, actions: Actions, browse: BrowseCog) -> Iterator[commands.Cog]:
    feeds = FeedsCog(bot, bot.desk, actions.feeds, actions.catalog, actions.servers, show=browse.show_thing)
    sources = FeedSources(actions.catalog, actions.feeds)
    yield FollowCog(bot, bot.desk, actions.feeds, actions.catalog, sources)
    yield feeds
    yield FeedOptionsCog(bot, actions.feeds, sources, own=feeds.own)
