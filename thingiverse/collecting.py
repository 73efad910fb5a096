"""Collections: a person's own, new ones, and what's in them. The token is always a person's own."""

from __future__ import annotations

from urllib.parse import quote

from thingiverse.answers import Answer, check, read, read_each
from thingiverse.budget import Urgency
from thingiverse.errors import Unexpected
from thingiverse.models import Collection
from thingiverse.paging import has_more, total_of
from thingiverse.transport import Transport

_ELSEWHERE = {301, 302, 307, 308, 404, 405}  # nothing was created: the path may be the other one


class Collecting:
    def __init__(self, transport: Transport, *, api_url: str) -> None:
        self._transport = transport
        self._api_url = api_url

    async def own(
        self, page: int = 1, *, token: str, maker: str = "me", per_page: int = 50
    ) -> tuple[tuple[Collection, ...], bool]:
        """A page of a maker's collections, and whether another follows. Raises NotFound if there are none, too."""
        answer = await self._transport.request(
            "GET",
            f"{self._api_url}/users/{quote(maker, safe='', errors='replace')}/collections",
            token=token,
            params={"page": str(page), "per_page": str(per_page)},
            urgency=Urgency.READ,
        )
        collections = read_each(answer, Collection)
        total = total_of(answer.headers, None, len(collections))
        return collections, has_more(answer.headers, total, page, per_page, len(collections))

    async def create(self, name: str, *, token: str) -> Collection | None:
        """Create a collection; None if it was created, but the response doesn't say which.

        Thingiverse's description has a slash at the end of the path, and clients have none.
        """
        answer = await self._send("POST", "/collections/", token, {"name": name})
        if answer.status in _ELSEWHERE:
            answer = await self._send("POST", "/collections", token, {"name": name})
        check(answer)
        try:
            return read(answer, Collection)
        except Unexpected:
            return None

    async def add(self, collection_id: int, thing_id: int, *, token: str) -> None:
        """Add a design. What adding one twice does isn't documented."""
        check(await self._send("POST", f"/collections/{collection_id}/thing/{thing_id}", token))

    async def remove(self, collection_id: int, thing_id: int, *, token: str) -> None:
        """Remove a design. Apps can only remove what they added (Thingiverse's description)."""
        check(await self._send("DELETE", f"/collections/{collection_id}/thing/{thing_id}", token))

    async def _send(self, method: str, path: str, token: str, json: dict[str, str] | None = None) -> Answer:
        return await self._transport.request(
            method, self._api_url + path, token=token, json=json, urgency=Urgency.ACTION
        )
