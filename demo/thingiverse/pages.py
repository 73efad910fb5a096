"""The site: what a browser sees of designs, makers and likes, where Allow leads, and the panel of faults."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import jinja2
from aiohttp import web

from demo.thingiverse import draw
from demo.thingiverse.faults import KINDS

if TYPE_CHECKING:
    from demo.thingiverse.world import FakeThingiverse

_TEMPLATES = Path(__file__).parent / "templates"
_environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True)

# What the panel offers: label, kind of fault, seconds of latency.
MOODS = {
    "well": ("Well", None, 0.0),
    "slow": ("Slow: four seconds an answer", None, 4.0),
    "down": ("Down: status 500", "500", 0.0),
    "limited": ("Asking for a pause: status 429", "429", 0.0),
    "html": ("Behind a proxy that sends pages", "html", 0.0),
}


def page(name: str, *, status: int = 200, **values: object) -> web.Response:
    html = _environment.get_template(f"{name}.html").render(**values)
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action *; base-uri 'none'"
    return web.Response(text=html, status=status, content_type="text/html", headers={"Content-Security-Policy": policy})


def add_routes(served: web.Application, world: FakeThingiverse) -> None:
    site = _Site(world)
    for path, answer in (
        ("/", site.front),
        ("/callback/landed", site.landed),
        (r"/thing:{id:\d+}", site.thing),
        ("/pictures/{name}", site.picture),
        ("/static/{name}", site.static),
        ("/apps", site.apps),
        ("/panel", site.panel),
        ("/{name}/likes", site.likes),
        ("/{name}", site.maker),
    ):
        served.router.add_get(path, answer)
    served.router.add_post("/apps", site.end_access)
    served.router.add_post("/panel", site.choose_mood)
    served.router.add_post("/_control", site.control)
    served.router.add_post(r"/{name}/likes/{id:\d+}", site.unlike)


class _Site:
    def __init__(self, world: FakeThingiverse) -> None:
        self._world = world
        self._mood = "well"

    async def front(self, _: web.Request) -> web.Response:
        shown = [thing for thing in self._world.things.values() if not thing.flags & {"private", "nsfw"}][:12]
        return page("front", things=shown)

    async def landed(self, _: web.Request) -> web.Response:
        return page("landed")

    async def thing(self, request: web.Request) -> web.Response:
        thing = self._world.things.get(int(request.match_info["id"]))
        if thing is None or "private" in thing.flags:
            return page("not_found", status=404)
        return page("thing", thing=thing)

    async def maker(self, request: web.Request) -> web.Response:
        maker = self._world.people.get(request.match_info["name"])
        if maker is None:
            return page("not_found", status=404)
        designs = [t for t in self._world.things.values() if t.maker == maker.name and "private" not in t.flags]
        return page("maker", maker=maker, things=designs)

    async def likes(self, request: web.Request) -> web.Response:
        maker = self._world.people.get(request.match_info["name"])
        if maker is None:
            return page("not_found", status=404)
        liked = self._world.likes[maker.name]
        newest = [self._world.things[thing_id] for thing_id in sorted(liked, key=lambda thing_id: -liked[thing_id])]
        return page("likes", maker=maker, things=newest)

    async def unlike(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name in self._world.people:
            self._world.unlike(name, int(request.match_info["id"]))
        raise web.HTTPSeeOther(f"/{name}/likes")

    async def apps(self, _: web.Request) -> web.Response:
        return page("apps", app=self._world.app, people=list(self._world.people.values())[:4])

    async def end_access(self, request: web.Request) -> web.StreamResponse:
        """What the bot cannot do for people: end the app's access."""
        self._world.revoke_all(str((await request.post()).get("person")))
        raise web.HTTPSeeOther("/apps")

    async def picture(self, request: web.Request) -> web.Response:
        name, _, kind = request.match_info["name"].rpartition(".")
        drawn = draw.named(name, self._world.things)
        if drawn is None or kind not in {"png", "stl"}:
            raise web.HTTPNotFound(text="No such picture.")
        return web.Response(body=drawn, content_type="image/png", headers={"Cache-Control": "max-age=3600"})

    async def static(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        if name not in {"style.css", "copy.js"}:
            raise web.HTTPNotFound(text="No such file.")
        return web.FileResponse(_TEMPLATES / name)

    async def panel(self, _: web.Request) -> web.Response:
        return page("panel", moods=MOODS, mood=self._mood)

    async def choose_mood(self, request: web.Request) -> web.StreamResponse:
        mood = str((await request.post()).get("mood"))
        if mood not in MOODS:
            raise web.HTTPBadRequest(text="There is no such mood.")
        _, kind, latency = MOODS[mood]
        self._mood = mood
        self._world.faults.clear()
        self._world.faults.latency = latency
        if kind is not None:
            self._world.faults.set(kind, match="* /api/*", retry_after="30" if kind == "429" else None)
        raise web.HTTPSeeOther("/panel")

    async def control(self, request: web.Request) -> web.Response:
        """The same for programs: `{"fault": KIND or null, "match": …, "times": …, "latency": seconds}`."""
        asked = await request.json()
        self._world.faults.clear()
        self._world.faults.latency = float(asked.get("latency", 0.0))
        if asked.get("fault") is not None:
            if asked["fault"] not in KINDS:
                return web.json_response({"error": "no such fault", "kinds": sorted(KINDS)}, status=400)
            self._world.faults.set(asked["fault"], match=asked.get("match"), times=asked.get("times"))
        return web.json_response({"ok": "ok"})
