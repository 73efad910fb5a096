"""One short method an endpoint. The token is an argument of the call, never kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import Literal
from urllib.parse import quote

from thingiverse.answers import Answer, check, read, read_each, read_things, read_token, read_token_info
from thingiverse.budget import Urgency
from thingiverse.errors import Unexpected
from thingiverse.models import Category, Collection, Details, File, Filters, Listing, Maker, Picture, TokenInfo
from thingiverse.transport import Transport

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
        self._transport = transport
        self._api_url = api_url
        self._www_url = www_url
        self._popular_source: PopularSource = popular_source
        self._clock = clock
        self._popular_gone_until = 0.0

    @property
    def outage_since(self) -> datetime | None:
        """When the API stopped answering (aware, UTC); None while it answers."""
        return self._transport.breaker(self._api_url).since

    async def popular(
        self, page: int = 1, *, token: str, per_page: int = 30, urgency: Urgency = Urgency.READ
    ) -> Listing:
        """What is popular now. /popular is deprecated in Thingiverse's own description, in favour of /search."""
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
        """Things for a term; all of them for an empty one."""
        if term and not term.strip(". "):
            return Listing(page=page)  # dots alone would be read as a way up the path
        path = f"/search/{quote(term, safe='', errors='replace')}"
        answer = await self._get(path, token, urgency, page, per_page, type="things", **filters.params())
        return read_things(answer, page, per_page)

    async def designs(self, maker: str, page: int = 1, *, token: str, per_page: int = 30) -> Listing:
        """What somebody has published. Raises NotFound where there is no such maker."""
        return await self._list_of(f"/users/{_in_path(maker)}/things", page, token, per_page)

    async def collected(self, collection_id: int, page: int = 1, *, token: str, per_page: int = 30) -> Listing:
        """What is in a collection. Raises NotFound where there is none."""
        return await self._list_of(f"/collections/{collection_id}/things", page, token, per_page)

    async def remixes(self, thing_id: int, page: int = 1, *, token: str, per_page: int = 30) -> Listing:
        """What was made from a design."""
        answer = await self._get(f"/things/{thing_id}/derivatives", token, Urgency.READ, page, per_page)
        return read_things(answer, page, per_page)

    async def random_ids(self, *, token: str) -> tuple[int, ...]:
        """Five designs with a thousand likes or more, by Thingiverse's own description; seen in no client's code."""
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
        """The root categories; those below them are told nowhere with a number."""
        return read_each(await self._get("/categories", token, Urgency.BACKGROUND), Category)

    async def thing(self, thing_id: int, *, token: str, urgency: Urgency = Urgency.READ) -> Details:
        """One design; `is_liked` is the token owner's."""
        return read(await self._get(f"/things/{thing_id}", token, urgency), Details)

    async def like(self, thing_id: int, *, token: str) -> None:
        """Any 2xx is success. 400 (Refused) for one's own design; for a second like nothing is documented."""
        check(await self._act("POST", f"/things/{thing_id}/likes", token))

    async def unlike(self, thing_id: int, *, token: str) -> None:
        check(await self._act("DELETE", f"/things/{thing_id}/likes", token))

    async def me(self, *, token: str) -> Maker:
        """The account the token belongs to. Raises Unexpected for one without an id: it could be anybody's."""
        maker = read(await self._get("/users/me", token, Urgency.ACTION), Maker)
        if not maker.id:
            raise Unexpected("an account without an id")
        return maker

    async def likes(
        self,
        page: int = 1,
        *,
        token: str,
        maker: str = "me",
        per_page: int = 30,
        urgency: Urgency = Urgency.READ,
    ) -> Listing:
        """What somebody likes. Raises NotFound only for the first page: past the end it means that there is no more."""
        return await self._list_of(f"/users/{_in_path(maker)}/likes", page, token, per_page, urgency)

    async def token_info(self, token: str) -> TokenInfo:
        """Which app a token was made for. On www, where a bot check may answer instead: then Unreachable."""
        answer = await self._transport.request(
            "POST",
            f"{self._www_url}/login/oauth/tokeninfo",
            form={"access_token": token},
            urgency=Urgency.ACTION,
            repeatable=True,
        )
        return read_token_info(answer)

    async def exchange_code(
        self, code: str, *, client_id: str, client_secret: str, redirect_uri: str | None = None
    ) -> str:
        """The token for a code. Raises Refused for a code that was used or has run out."""
        form = {"client_id": client_id, "client_secret": client_secret, "code": code}
        if redirect_uri is not None:
            form["redirect_uri"] = redirect_uri
        answer = await self._transport.request(
            "POST", f"{self._www_url}/login/oauth/access_token", form=form, urgency=Urgency.ACTION
        )
        return read_token(answer)

    async def ping(self, *, token: str) -> None:
        """Whether the API answers and takes the token."""
        await self.popular(token=token, per_page=1, urgency=Urgency.ACTION)

    def _asks_popular(self) -> bool:
        if self._popular_source == "auto":
            return self._clock() >= self._popular_gone_until
        return self._popular_source == "popular"

    async def _list_of(
        self, path: str, page: int, token: str, per_page: int, urgency: Urgency = Urgency.READ
    ) -> Listing:
        """A list that belongs to something, which may itself be missing."""
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
    """A maker's name as one step of a path; dots alone would be a way up, and nobody is called so."""
    return quote(name, safe="", errors="replace") if name.strip(".") else "-"
