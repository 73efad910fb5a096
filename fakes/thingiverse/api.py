"""The API: paths, responses, and errors as captured from the real one, or from its description."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import datetime

from aiohttp import web

from fakes.thingiverse.answering import Answering, error
from fakes.thingiverse.collecting import Collecting
from fakes.thingiverse.things import CATEGORY_NAMES, LICENSE_CODES, FakeThing
from fakes.thingiverse.world import Token, World


def add_routes(served: web.Application, world: World) -> None:
    """Add all routes under /api."""
    desk, collecting = _Api(world), Collecting(world)
    for path, answer in (
        ("popular", desk.popular),
        ("newest", desk.newest),
        ("featured", desk.popular),
        ("categories", desk.categories),
        ("search/", desk.search),
        ("search/{term}", desk.search),
        ("things/0/random", desk.random),
        ("things/{id}", desk.thing),
        ("things/{id}/images", desk.images),
        ("things/{id}/files", desk.files),
        ("things/{id}/ancestors", desk.ancestors),
        ("things/{id}/derivatives", desk.derivatives),
        ("collections/{id}", collecting.collection),
        ("collections/{id}/things", collecting.collected),
        ("things/{id}/copies", desk.copies),
        ("things/{id}/likes", desk.likers),
        ("users/{name}", desk.user),
        ("users/{name}/likes", desk.liked_by),
        ("users/{name}/collections", collecting.collections_by),
        ("users/{name}/likesids", desk.like_ids),
        ("users/{name}/things", desk.designs),
    ):
        served.router.add_get(f"/api/{path}", desk.guarded(answer))
    for path in ("collections", "collections/"):
        served.router.add_post(f"/api/{path}", collecting.guarded(collecting.create))
    served.router.add_post(r"/api/collections/{id}/thing/{thing:\d+}", collecting.guarded(collecting.save))
    served.router.add_delete(r"/api/collections/{id}/thing/{thing:\d+}", collecting.guarded(collecting.unsave))
    served.router.add_post("/api/things/{id}/likes", desk.guarded(desk.like))
    served.router.add_delete("/api/things/{id}/likes", desk.guarded(desk.unlike))


class _Api(Answering):
    async def popular(self, request: web.Request, _: Token) -> web.Response:
        if not self._world.settings.popular_exists:
            return error(404, "Not Found")
        return self._list(request, self._world.listed())

    async def newest(self, request: web.Request, _: Token) -> web.Response:
        return self._list(request, sorted(self._world.listed(), key=lambda thing: -thing.id))

    async def search(self, request: web.Request, _: Token) -> web.Response:
        term = request.match_info.get("term", "").casefold()
        found = [thing for thing in self._world.listed() if term in thing.name.casefold() or term in thing.tags]
        found = [thing for thing in found if _passes(thing, request.query, self._world.now())]
        now = self._world.now()
        orders: dict[str, Callable[[FakeThing], float]] = {
            "newest": lambda thing: thing.age(now),
            "makes": lambda thing: -(thing.make_count or 0),
        }
        found.sort(key=orders.get(request.query.get("sort", ""), lambda _: 0))
        page = self._page(request, found)
        hits = [self._shapes.short(thing) for thing in page]
        self._world.after_page(int(request.query.get("page", 1)))
        if not page and self._world.settings.past_the_end != "empty":
            return error(int(self._world.settings.past_the_end), "No results")
        return web.json_response({"total": len(found), "hits": hits})

    async def random(self, request: web.Request, _: Token) -> web.Response:
        """IDs of five designs with at least 1,000 likes, as in the API's description."""
        if not self._world.settings.random_exists:
            return error(404, "Not Found")
        liked = [thing.id for thing in self._world.listed() if (thing.like_count or 0) >= 1_000]
        return web.json_response(random.sample(liked, min(5, len(liked))))

    async def categories(self, request: web.Request, _: Token) -> web.Response:
        return web.json_response(
            [{"id": number, "name": name, "count": 7, "slug": "x"} for number, name in CATEGORY_NAMES.items()]
        )

    async def images(self, request: web.Request, _: Token) -> web.Response:
        thing = self._asked(request)
        if isinstance(thing, web.Response):
            return thing
        count = 0 if "no_picture" in thing.flags else 1 + thing.id % 3
        base = f"{self._world.www_url}/pictures"
        names = [f"{thing.id}.png", *(f"{thing.id}-{view}.png" for view in range(2, count + 1))][:count]
        return web.json_response([self._shapes.image(number, f"{base}/{name}") for number, name in enumerate(names, 1)])

    async def files(self, request: web.Request, _: Token) -> web.Response:
        thing = self._asked(request)
        if isinstance(thing, web.Response):
            return thing
        stem = thing.name[:40].strip().replace(" ", "_") or "thing"
        made = [(f"{stem}.stl", 1_284_084), (f"{stem}.3mf", 412_877), ("README.txt", None)]
        return web.json_response(
            [
                {
                    "id": thing.id * 10 + number,
                    "name": name,
                    "size": size,
                    "public_url": f"{self._world.www_url}/download:{thing.id * 10 + number}",
                    "download_count": 12 * number,
                    "default_image": None,
                    "meta_data": [],
                }
                for number, (name, size) in enumerate(made)
            ]
        )

    async def ancestors(self, request: web.Request, _: Token) -> web.Response:
        thing = self._asked(request)
        return thing if isinstance(thing, web.Response) else web.json_response(self._shapes.parents(thing))

    async def derivatives(self, request: web.Request, _: Token) -> web.Response:
        thing = self._asked(request)
        if isinstance(thing, web.Response):
            return thing
        return self._list(request, [other for other in self._world.listed() if thing.id in other.parents])

    async def copies(self, request: web.Request, _: Token) -> web.Response:
        """People's makes, the newest first. Without any, the real API may say 404, as for a page past the end."""
        thing = self._asked(request)
        if isinstance(thing, web.Response):
            return thing
        makes = self._world.makes_of(thing)
        past = self._world.settings.past_the_end
        if not makes and past != "empty":
            return error(int(past), "Not Found")
        return self._list(request, makes, self._shapes.make)

    async def thing(self, request: web.Request, token: Token) -> web.Response:
        thing = self._asked(request)
        if isinstance(thing, web.Response):
            return thing
        return web.json_response(self._shapes.full(thing, token))

    async def likers(self, request: web.Request, _: Token) -> web.Response:
        thing = self._asked(request)
        if isinstance(thing, web.Response):
            return thing
        names = [name for name, liked in self._world.likes.items() if thing.id in liked]
        return web.json_response([self._shapes.maker(self._world.people[name]) for name in names])

    async def like(self, request: web.Request, token: Token) -> web.Response:
        return self._change(request, token, liked=True)

    async def unlike(self, request: web.Request, token: Token) -> web.Response:
        return self._change(request, token, liked=False)

    async def user(self, request: web.Request, token: Token) -> web.Response:
        name = request.match_info["name"]
        maker = self._world.people.get(token.maker if name == "me" else name)
        if maker is None:
            return error(404)
        shown = self._shapes.maker(maker)
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
        if owner not in self._world.people:
            return error(404)
        return self._list(request, [thing for thing in self._world.listed() if thing.maker == owner])

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

    def _likes(self, request: web.Request, token: Token) -> dict[int, float]:
        name = request.match_info["name"]
        return self._world.likes.get(token.maker if name == "me" else name, {})


def _passes(thing: FakeThing, asked: Mapping[str, str], now: datetime) -> bool:
    """Whether a design passes the filters of /search."""
    after = asked.get("posted_after", "now-99999d")
    return (
        ("license" not in asked or thing.license == LICENSE_CODES.get(asked["license"]))
        and ("category_id" not in asked or str(thing.category) == asked["category_id"])
        and thing.age(now) <= int(after.removeprefix("now-").removesuffix("d"))
        and (asked.get("has_makes") != "1" or bool(thing.make_count))
        and ("is_derivative" not in asked or bool(thing.parents) == (asked["is_derivative"] == "1"))
        and (asked.get("is_featured") != "1" or "featured" in thing.flags)
    )
