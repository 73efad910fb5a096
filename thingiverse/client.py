"""One short method per endpoint. The token is an argument of each call and never kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from urllib.parse import quote

import structlog

from thingiverse.answers import Answer, check, read, read_each, read_things
from thingiverse.budget import Urgency
from thingiverse.collecting import Collecting
from thingiverse.details import Details, File, Makes, Picture
from thingiverse.errors import Blocked, NotAsked, RateLimited, ThingiverseError, Unexpected, Unreachable
from thingiverse.filters import Filters
from thingiverse.makes import read_makes
from thingiverse.models import Category, Collection, Listing, Maker, TokenInfo
from thingiverse.token_answers import read_token, read_token_info
from thingiverse.transport import Transport, Watch

log = structlog.get_logger("thingiverse.client")

PopularSource = Literal["auto", "popular", "search"]
_POPULAR = Filters(sort="popular")
_RELEVANT = Filters()
ASK_AGAIN = 24 * 60 * 60.0  # seconds until /popular, once gone, is tried again


class Thingiverse:
    def __init__(
        self,
        transport: Transport,
        *,
        api_url: str,
        www_url: str,
        popular_source: PopularSource = "auto",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.collecting = Collecting(transport, api_url=api_url)
        self._transport = transport
        self._api_url = api_url
        self._www_url = www_url
        self._popular_source: PopularSource = popular_source
        self._clock = clock
        self._popular_gone_until = 0.0

    @property
    def outage_since(self) -> datetime | None:
        """When the API stopped responding (aware, UTC); None while it responds."""
        return self._transport.breaker(self._api_url).since

    @property
    def requests_left(self) -> int:
        """Of the budget, in this window."""
        return self._transport.budget.left

    def watch(self, watch: Watch) -> None:
        """Tell `watch` of each request from now on."""
        self._transport.watch = watch

    async def popular(
        self, page: int = 1, *, token: str, per_page: int = 30, urgency: Urgency = Urgency.READ
    ) -> Listing:
        """Popular designs. /popular is deprecated in favor of /search (Thingiverse's API description)."""
        if self._asks_popular():
            answer = await self._get("/popular", token, urgency, page, per_page)
            gone = answer.status in {404, 410} and (page == 1 or answer.status == 410)
            if self._popular_source == "popular" or not gone:
                return read_things(answer, page, per_page)
            self._popular_gone_until = self._clock() + ASK_AGAIN
        return await self.search("", page, token=token, filters=_POPULAR, per_page=per_page, urgency=urgency)

    async def search(
        self,
        term: str,
        page: int = 1,
        *,
        token: str,
        filters: Filters = _RELEVANT,
        per_page: int = 30,
        urgency: Urgency = Urgency.READ,
    ) -> Listing:
        """Designs that match a term; all designs for an empty one."""
        if term and not term.strip(". "):
            return Listing(page=page)  # in a URL path, dots alone mean the parent folder
        path = f"/search/{quote(term, safe='', errors='replace')}"
        answer = await self._get(path, token, urgency, page, per_page, type="things", **filters.params())
        return read_things(answer, page, per_page)

    async def designs(
        self, maker: str, page: int = 1, *, token: str, per_page: int = 30, urgency: Urgency = Urgency.READ
    ) -> Listing:
        """A maker's designs. Raises NotFound if there's no such maker."""
        return await self._list_of(f"/users/{_in_path(maker)}/things", page, token, per_page, urgency)

    async def collected(
        self, collection_id: int, page: int = 1, *, token: str, per_page: int = 30, urgency: Urgency = Urgency.READ
    ) -> Listing:
        """The designs in a collection. Raises NotFound if there's no such collection."""
        return await self._list_of(f"/collections/{collection_id}/things", page, token, per_page, urgency)

    async def remixes(self, thing_id: int, page: int = 1, *, token: str, per_page: int = 30) -> Listing:
        answer = await self._get(f"/things/{thing_id}/derivatives", token, Urgency.READ, page, per_page)
        return read_things(answer, page, per_page)

    async def makes(self, thing_id: int, page: int = 1, *, token: str, per_page: int = 30) -> Makes:
        answer = await self._get(f"/things/{thing_id}/copies", token, Urgency.READ, page, per_page)
        return read_makes(answer, page, per_page)

    async def random_ids(self, *, token: str) -> tuple[int, ...]:
        """IDs of five designs with at least 1,000 likes (Thingiverse's API description; no known client uses it)."""
        return read_each(await self._get("/things/0/random", token, Urgency.READ), int)

    async def collection(self, collection_id: int, *, token: str) -> Collection:
        return read(await self._get(f"/collections/{collection_id}", token, Urgency.READ), Collection)

    async def maker(self, name: str, *, token: str) -> Maker:
        return read(await self._get(f"/users/{_in_path(name)}", token, Urgency.READ), Maker)

    async def pictures(self, thing_id: int, *, token: str) -> tuple[Picture, ...]:
        return read_each(await self._get(f"/things/{thing_id}/images", token, Urgency.READ), Picture)

    async def files(self, thing_id: int, *, token: str) -> tuple[File, ...]:
        return read_each(await self._get(f"/things/{thing_id}/files", token, Urgency.READ), File)

    async def categories(self, *, token: str) -> tuple[Category, ...]:
        """The top categories. The API doesn't give IDs for those below them."""
        return read_each(await self._get("/categories", token, Urgency.BACKGROUND), Category)

    async def thing(self, thing_id: int, *, token: str, urgency: Urgency = Urgency.READ) -> Details:
        """One design; `is_liked` is about the token's owner."""
        return read(await self._get(f"/things/{thing_id}", token, urgency), Details)

    async def like(self, thing_id: int, *, token: str) -> None:
        """Like a design. Raises Refused (400) for your own design; what a second like does isn't documented."""
        check(await self._act("POST", f"/things/{thing_id}/likes", token))

    async def unlike(self, thing_id: int, *, token: str) -> None:
        check(await self._act("DELETE", f"/things/{thing_id}/likes", token))

    async def me(self, *, token: str) -> Maker:
        """The account the token belongs to. Raises Unexpected if it has no ID."""
        maker = read(await self._get("/users/me", token, Urgency.LINKING), Maker)
        if not maker.id:
            raise Unexpected("an account without an id")
        return maker

    async def likes(self, page: int = 1, *, token: str, maker: str = "me", per_page: int = 30) -> Listing:
        """A maker's likes. Raises NotFound only for the first page; for later ones, 404 means there are no more."""
        return await self._list_of(f"/users/{_in_path(maker)}/likes", page, token, per_page, Urgency.READ)

    async def token_info(self, token: str) -> TokenInfo:
        """Which app a token was made for. Raises Unreachable if the website responds with a bot check."""
        answer = await self._transport.request(
            "POST",
            f"{self._www_url}/login/oauth/tokeninfo",
            form={"access_token": token},
            urgency=Urgency.LINKING,
            repeatable=True,
        )
        return read_token_info(answer)

    async def exchange_code(
        self, code: str, *, client_id: str, client_secret: str, redirect_uri: str | None = None
    ) -> str:
        """Exchange a code for a token. Raises Refused for a code that was used or has expired.

        If the website responds with a bot check, the code is still valid, and the API's exchange is tried.
        """
        form = {"client_id": client_id, "client_secret": client_secret, "code": code}
        redirect = {} if redirect_uri is None else {"redirect_uri": redirect_uri}
        url = f"{self._www_url}/login/oauth/access_token"
        try:
            return read_token(
                await self._transport.request("POST", url, form={**form, **redirect}, urgency=Urgency.LINKING)
            )
        except (Blocked, NotAsked) as blocked:
            return await self._exchange_at_api(form, blocked)

    async def _exchange_at_api(self, members: dict[str, str], blocked: Unreachable) -> str:
        """Exchange a code with v2: JSON in, `{token, jwt}` out (Thingiverse's description; no known client does it)."""
        url = f"{self._api_url}/v2/auth/oauth/access_token"
        try:
            return read_token(await self._transport.request("POST", url, json=members, urgency=Urgency.LINKING))
        except RateLimited:
            raise
        except ThingiverseError as error:
            log.warning("no token from the API either", www=type(blocked).__name__, api=type(error).__name__)
            raise blocked from None

    async def ping(self, *, token: str, urgency: Urgency = Urgency.ACTION) -> None:
        """Raises an error if the API doesn't respond or rejects the token, or if something else responds."""
        listing = await self.popular(token=token, per_page=1, urgency=urgency)
        if listing.unsaid:
            raise Unexpected("no list")

    def _asks_popular(self) -> bool:
        if self._popular_source == "auto":
            return self._clock() >= self._popular_gone_until
        return self._popular_source == "popular"

    async def _list_of(self, path: str, page: int, token: str, per_page: int, urgency: Urgency) -> Listing:
        """A list that belongs to something. Raises NotFound if that doesn't exist."""
        answer = await self._get(path, token, urgency, page, per_page)
        if page == 1 and answer.status in {404, 410}:
            check(answer)
        return read_things(answer, page, per_page)

    async def _get(
        self,
        path: str,
        token: str,
        urgency: Urgency,
        page: int | None = None,
        per_page: int | None = None,
        **params: str,
    ) -> Answer:
        if page is not None and per_page is not None:
            params |= {"page": str(page), "per_page": str(per_page)}
        return await self._transport.request("GET", self._api_url + path, token=token, params=params, urgency=urgency)

    async def _act(self, method: str, path: str, token: str) -> Answer:
        return await self._transport.request(method, self._api_url + path, token=token, urgency=Urgency.ACTION)


def _in_path(name: str) -> str:
    """A maker's name as one part of a path. Dots alone would mean the parent folder, so "-", which nobody is called."""
    return quote(name, safe="", errors="replace") if name.strip(".") else "-"
