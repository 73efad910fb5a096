"""The API: paths, shapes and refusals as captured from the real one or described by it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from demo.thingiverse.things import FakeThing

if TYPE_CHECKING:
    from demo.thingiverse.world import FakeThingiverse, Maker, Token

LIBRARIES = ("python-requests", "python/", "aiohttp", "curl", "go-http-client")
Answer = Callable[[web.Request, "Token"], Awaitable[web.Response]]


def add_routes(served: web.Application, world: FakeThingiverse) -> None:
    """Everything under /api."""
    desk = _Api(world)
    for path, answer in (
        ("popular", desk.popular),
        ("newest", desk.newest),
        ("featured", desk.popular),
        ("search/", desk.search),
        ("search/{term}", desk.search),
        ("things/{id}", desk.thing),
        ("things/{id}/likes", desk.likers),
        ("users/{name}", desk.user),
        ("users/{name}/likes", desk.liked_by),
        ("users/{name}/likesids", desk.like_ids),
        ("users/{name}/things", desk.designs),
    ):
        served.router.add_get(f"/api/{path}", desk.guarded(answer))
    served.router.add_post("/api/things/{id}/likes", desk.guarded(desk.like))
    served.router.add_delete("/api/things/{id}/likes", desk.guarded(desk.unlike))


def error(status: int, text: str = "", **more: Any) -> web.Response:
    return web.json_response({"error": text, **more}, status=status, headers={"x-error": text} if text else None)


class _Api:
    def __init__(self, world: FakeThingiverse) -> None:
        self._world = world

    def guarded(self, answer: Answer) -> Callable[[web.Request], Awaitable[web.Response]]:
        """As the front does: 403 for libraries' own names, 401 without a good token."""

        async def guard(request: web.Request) -> web.Response:
            if request.headers.get("User-Agent", "").lower().startswith(LIBRARIES):
                return error(403, "Forbidden")
            if "Authorization" not in request.headers:
                refused = error(
                    401, "Unauthorized access. No authentication was provided.", code=401, type="NO_TOKEN_PROVIDED"
                )
                refused.headers["WWW-Authenticate"] = "Bearer V1"
                return refused
            token = self._world.token_of(request)
            return error(401, "Unauthorized") if token is None else await answer(request, token)

        return guard

    async def popular(self, request: web.Request, _: Token) -> web.Response:
        if not self._world.settings.popular_exists:
            return error(404, "Not Found")
        return self._list(request, self._listed())

    async def newest(self, request: web.Request, _: Token) -> web.Response:
        return self._list(request, sorted(self._listed(), key=lambda thing: -thing.id))

    async def search(self, request: web.Request, _: Token) -> web.Response:
        term = request.match_info.get("term", "").casefold()
        found = [thing for thing in self._listed() if term in thing.name.casefold() or term in thing.tags]
        if request.query.get("sort") == "newest":
            found.sort(key=lambda thing: -thing.id)
        page = self._page(request, found)
        if not page and self._world.settings.past_the_end != "empty":
            return error(int(self._world.settings.past_the_end), "No results")
        return web.json_response({"total": len(found), "hits": [self._short(thing) for thing in page]})

    async def thing(self, request: web.Request, token: Token) -> web.Response:
        thing = self._asked(request)
        if isinstance(thing, web.Response):
            return thing
        return web.json_response(self._full(thing, token))

    async def likers(self, request: web.Request, _: Token) -> web.Response:
        thing = self._asked(request)
        if isinstance(thing, web.Response):
            return thing
        names = [name for name, liked in self._world.likes.items() if thing.id in liked]
        return web.json_response([self._maker(self._world.people[name]) for name in names])

    async def like(self, request: web.Request, token: Token) -> web.Response:
        return self._change(request, token, liked=True)

    async def unlike(self, request: web.Request, token: Token) -> web.Response:
        return self._change(request, token, liked=False)

    async def user(self, request: web.Request, token: Token) -> web.Response:
        name = request.match_info["name"]
        maker = self._world.people.get(token.maker if name == "me" else name)
        if maker is None:
            return error(404)
        shown = self._maker(maker)
        if name == "me":
            shown |= {"full_name": maker.first_name, "email": "hidden@example.org", "default_license": "cc-sa"}
            shown["current_app"] = {"id": 4_322, "name": self._world.app.name, "is_approved": True}
        return web.json_response(shown | {"registered": "-001-11-30T00:00:00+00:00", "twitter": None})

    async def liked_by(self, request: web.Request, token: Token) -> web.Response:
        liked = self._likes(request, token)
        newest = sorted(liked, key=lambda thing_id: -liked[thing_id])
        return self._list(request, [self._world.things[thing_id] for thing_id in newest])

    async def like_ids(self, request: web.Request, token: Token) -> web.Response:
        return web.json_response(list(self._likes(request, token)))

    async def designs(self, request: web.Request, token: Token) -> web.Response:
        name = request.match_info["name"]
        owner = token.maker if name == "me" else name
        return self._list(request, [thing for thing in self._listed() if thing.maker == owner])

    def _change(self, request: web.Request, token: Token, *, liked: bool) -> web.Response:
        thing = self._asked(request)
        if isinstance(thing, web.Response):
            return thing
        if token.is_app:
            return error(403, "This token is read only")
        if thing.maker == token.maker:
            return error(400, "You can't like your own thing" if liked else "You can't unlike your own thing")
        settings = self._world.settings
        if (thing.id in self._world.likes[token.maker]) == liked:
            again = settings.double_like if liked else settings.unlike_unliked
            return web.json_response({"ok": "ok"}) if again == "ok" else error(int(again))
        (self._world.like if liked else self._world.unlike)(token.maker, thing.id)
        return web.json_response({"ok": "ok"})

    def _asked(self, request: web.Request) -> FakeThing | web.Response:
        given = request.match_info["id"]
        thing = self._world.things.get(int(given)) if given.isdigit() and len(given) < 15 else None
        if thing is None:
            return error(404, f"Thing {given} does not exist")
        return error(403, f"Access to thing {given} is forbidden") if "private" in thing.flags else thing

    def _likes(self, request: web.Request, token: Token) -> dict[int, float]:
        name = request.match_info["name"]
        return self._world.likes.get(token.maker if name == "me" else name, {})

    def _listed(self) -> list[FakeThing]:
        return [thing for thing in self._world.things.values() if "private" not in thing.flags]

    def _list(self, request: web.Request, things: list[FakeThing]) -> web.Response:
        page = self._page(request, things)
        past = self._world.settings.past_the_end
        if not page and past != "empty" and int(request.query.get("page", 1)) > 1:
            return error(int(past), "Not Found")
        number = int(request.query.get("page", 1))
        headers = {"total-count": str(len(things))}
        if number * self._length(request) < len(things):
            headers["Link"] = f'<{request.path}?page={number + 1}>; rel="next", <{request.path}>; rel="first"'
        else:
            headers["Link"] = f'<{request.path}>; rel="first"'
        return web.json_response([self._short(thing) for thing in page], headers=headers)

    def _page(self, request: web.Request, things: list[FakeThing]) -> list[FakeThing]:
        length = self._length(request)
        start = (int(request.query.get("page", 1)) - 1) * length
        return things[start : start + length]

    def _length(self, request: web.Request) -> int:
        asked = 30 if self._world.settings.per_page_ignored else int(request.query.get("per_page", 30))
        return max(1, min(asked, 100))

    def _short(self, thing: FakeThing) -> dict[str, Any]:
        """As lists have it: no licence, no is_liked; numbers for some truths, null for others."""
        picture = None if "no_picture" in thing.flags else f"{self._world.www_url}/pictures/{thing.id}.png"
        thumbnail = f"{self._world.www_url}/pictures/{thing.id}.stl" if "stl_thumbnail" in thing.flags else picture
        maker = self._world.people.get(thing.maker or "")
        return {
            "id": thing.id,
            "name": thing.name,
            "url": f"{self._world.api_url}/things/{thing.id}",
            "public_url": f"{self._world.www_url}/thing:{thing.id}",
            "created_at": "2025-05-01T10:00:00+00:00",
            "thumbnail": thumbnail,
            "preview_image": thumbnail,
            "creator": None if maker is None else self._maker(maker),
            "is_private": 0,
            "is_purchased": None,
            "is_published": 1,
            "comment_count": 4,
            "make_count": thing.make_count,
            "like_count": thing.like_count,
            "tags": [{"name": tag, "tag": tag, "count": 9} for tag in thing.tags],
            "is_nsfw": True if "nsfw" in thing.flags else None,
            "is_ai": "ai" in thing.flags,
            "rank": None,
            "moderation": "",
            **thing.extra,
        }

    def _full(self, thing: FakeThing, token: Token) -> dict[str, Any]:
        return {
            **self._short(thing),
            "license": thing.license,
            "is_wip": int("wip" in thing.flags),
            "is_liked": thing.id in self._world.likes[token.maker],
            "is_nsfw": "nsfw" in thing.flags,
            "description": "Prints without supports.\r\nScale to taste.",
            "description_html": "<p>Prints without supports.</p>",
            "collect_count": 12,
            "download_count": 345,
            "app_id": None,
            "default_image": None,
            **thing.extra,
        }

    def _maker(self, maker: Maker) -> dict[str, Any]:
        return {
            "id": maker.id,
            "name": maker.name,
            "first_name": maker.first_name,
            "url": f"{self._world.api_url}/users/{maker.name}",
            "public_url": f"{self._world.www_url}/{maker.name}",
            "thumbnail": f"{self._world.www_url}/pictures/maker-{maker.id}.png",
            "is_following": False,
        }
