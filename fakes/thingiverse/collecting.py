"""Collections: everyone's, and a person's own, which apps can add to."""

from __future__ import annotations

from aiohttp import web

from fakes.thingiverse.answering import Answering, error
from fakes.thingiverse.world import FakeCollection, Token


class Collecting(Answering):
    async def collection(self, request: web.Request, token: Token) -> web.Response:
        found = self._collection(request, token)
        if isinstance(found, web.Response):
            return found
        return web.json_response(self._shapes.collection(found))

    async def collected(self, request: web.Request, token: Token) -> web.Response:
        found = self._collection(request, token)
        if isinstance(found, web.Response):
            return found
        return self._list(request, [self._world.things[thing_id] for thing_id in found.things])

    def _collection(self, request: web.Request, token: Token) -> FakeCollection | web.Response:
        given = request.match_info["id"]
        found = self._world.collections.get(int(given)) if given.isdigit() and len(given) < 15 else None
        if found is None:
            return error(404, f"Collection {given} does not exist")
        if found.private and found.maker != token.maker:
            return error(403, f"Access to collection {given} is forbidden")
        return found

    async def collections_by(self, request: web.Request, token: Token) -> web.Response:
        """A maker's collections, private ones only for themselves. Without any, it may be 404."""
        name = request.match_info["name"]
        owner = token.maker if name == "me" else name
        if owner not in self._world.people or (name == "me" and not self._world.settings.me_has_collections):
            return error(404)
        found = [each for each in self._world.collections_of(owner) if not each.private or owner == token.maker]
        if not found and self._world.settings.past_the_end != "empty":
            return error(int(self._world.settings.past_the_end), "Not Found")
        return self._list(request, found, self._shapes.collection)

    async def create(self, request: web.Request, token: Token) -> web.Response:
        """A new collection, even if there's one of that name."""
        settings = self._world.settings
        if (settings.create_path == "slash") != request.path.endswith("/"):
            return error(404, "Not Found")
        if token.is_app:
            return error(403, "This token is read only")
        name = (await request.json()).get("name") if request.can_read_body else None
        if not isinstance(name, str) or not name.strip():
            return error(400, "A name is required")
        made = self._world.collect(token.maker, name)
        return web.json_response(
            self._shapes.collection(made) if settings.create_says == "collection" else {"ok": "ok"}
        )

    async def save(self, request: web.Request, token: Token) -> web.Response:
        asked = self._own_collection(request, token)
        if isinstance(asked, web.Response):
            return asked
        found, thing = asked
        if thing not in self._world.things:
            return error(404, f"Thing {thing} does not exist")
        settings = self._world.settings
        if thing in found.things and settings.double_save in {"400", "409"}:
            return error(int(settings.double_save), "Already in this collection")
        if thing not in found.things or settings.double_save == "twice":
            found.things.append(thing)
            found.by_app.add(thing)
        return web.json_response({"ok": "ok"})

    async def unsave(self, request: web.Request, token: Token) -> web.Response:
        """Apps can only remove what they added (Thingiverse's description)."""
        asked = self._own_collection(request, token)
        if isinstance(asked, web.Response):
            return asked
        found, thing = asked
        if thing not in found.things:
            return error(404, "Not Found")
        if thing not in found.by_app:
            return error(403, "Forbidden")
        found.things.remove(thing)
        return web.json_response(thing)

    def _own_collection(self, request: web.Request, token: Token) -> tuple[FakeCollection, int] | web.Response:
        found = self._collection(request, token)
        if isinstance(found, web.Response):
            return found
        if token.is_app or found.maker != token.maker:
            return error(403, "Forbidden")
        return found, int(request.match_info["thing"])
