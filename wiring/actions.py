"""Build the actions and what they need, without Discord."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
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
from operations.proxies import Proxies
from operations.proxies import session as open_session
from settings import Settings
from storage.store import Store, open_store
from storage.vault import Vault
from thingiverse.budget import Budget
from thingiverse.client import Thingiverse
from thingiverse.shelf import Shelf
from thingiverse.transport import Transport
from version import VERSION

if TYPE_CHECKING:
    from shared.together import Together


USER_AGENT = f"Thingamabot/{VERSION} (Discord bot)"


@dataclass(frozen=True, slots=True)
class Actions:
    """The actions and what they need, without Discord."""

    store: Store
    vault: Vault
    thingiverse: Thingiverse
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

    catalog = Catalog(thingiverse, shelf, KnownThings(store.designs), app_token=app.app_token)
    links = Linking(store, vault, thingiverse, app, now)
    accounts = Accounts(store, vault, thingiverse, app, now)
    return Actions(
        store=store,
        vault=vault,
        thingiverse=thingiverse,
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
        yield actions


@asynccontextmanager
async def open_thingiverse(settings: Settings) -> AsyncGenerator[Thingiverse]:
    async with open_session(Proxies.of(settings)) as session:
        yield _thingiverse(settings, session)


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
