"""Build and serve the linking page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

import aiohttp

from actions.browser_check import BrowserCheck
from operations.client import Thingamabot
from operations.failures import EXIT_SETTINGS, StartError, cannot_listen
from settings import Settings
from texts import Texts

if TYPE_CHECKING:
    from aiohttp import web


@asynccontextmanager
async def open_door(bot: Thingamabot, settings: Settings) -> AsyncGenerator[None]:
    """Serve the linking page while inside. Without PUBLIC_URL, do nothing. Raises StartError."""
    if bot.page is None or settings.public_url is None:
        yield
        return
    from web.headers import headers_for
    from web.server import listening

    host, port = settings.web_listen
    async with AsyncExitStack() as stack:
        try:
            await stack.enter_async_context(listening(bot.page, headers_for(settings.public_url), host, port))
        except (OSError, UnicodeError) as error:
            raise cannot_listen("WEB_LISTEN", error) from None
        yield


def build_page(
    settings: Settings, public_url: str, check: BrowserCheck, texts: Texts, session: aiohttp.ClientSession
) -> web.Application:
    """The linking page. Only this imports the room, because a server and its templates take 6 MB."""
    from web.legal import Unfinished, read_sheets
    from web.page import open_page
    from web.sign_in import DiscordSignIn
    from web.views import Views

    sign_in = None  # unless the operator set up Discord OAuth
    if settings.discord_client_id is not None and settings.discord_client_secret is not None:
        sign_in = DiscordSignIn(
            session,
            client_id=settings.discord_client_id,
            client_secret=settings.discord_client_secret.get_secret_value(),
            authorize_url=settings.discord_authorize_url,
            api_base=settings.discord_api_base,
            redirect_uri=f"{public_url}/link/signed-in",
        )
    views = Views(texts, public_url)
    named = {"terms": settings.terms_page, "privacy": settings.privacy_page}
    try:
        sheets = read_sheets({name: path for name, path in named.items() if path is not None})
    except Unfinished as error:
        raise StartError(str(error), EXIT_SETTINGS) from None
    return open_page(
        check, views, sign_in, public_url=public_url, address_header=settings.web_address_header, sheets=sheets
    )
