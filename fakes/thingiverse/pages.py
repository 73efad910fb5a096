"""The website: pages of designs and makers, the callback page, and a panel to switch on faults."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import jinja2
from aiohttp import web

from fakes.thingiverse import draw
from fakes.thingiverse.faults import KINDS
from fakes.thingiverse.publishing import Publishing
from fakes.thingiverse.world import World

_TEMPLATES = Path(__file__).parent / "templates"
_environment = jinja2.Environment(loader=jinja2.FileSystemLoader(_TEMPLATES), autoescape=True, trim_blocks=True)


@dataclass(frozen=True)
class Mood:
    """A state that the panel offers: its label, what to try in it, the kind of fault, and seconds of latency."""

    label: str
    to_try: str
    kind: str | None = None
    latency: float = 0.0


MOODS = {
    "well": Mood("Working normally", "Try /popular and press Like."),
    "slow": Mood(
        "Slow (1.5 seconds per reply)", "Try /search or /random: the bot says it's working on it.", latency=1.5
    ),
    "down": Mood(
        "Down (status 500)",
        "Try /popular: you see what the bot kept, and from when it is. Then try /search, or press Like.",
        "500",
    ),
    "limited": Mood("Rate limiting (status 429)", "Try /search: the bot says when to try again.", "429"),
    "html": Mood("Behind a proxy that returns web pages", "Try /search and /link.", "html"),
}


def page(name: str, *, status: int = 200, **values: object) -> web.Response:
    html = _environment.get_template(f"{name}.html").render(**values)
    policy = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; form-action *; base-uri 'none'"
    return web.Response(text=html, status=status, content_type="text/html", headers={"Content-Security-Policy": policy})


def add_routes(served: web.Application, world: World) -> None:
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
    served.router.add_post("/panel/publish", site.publishing.press)
    served.router.add_post("/_control", site.control)
    served.router.add_post(r"/{name}/likes/{id:\d+}", site.unlike)


class _Site:
    def __init__(self, world: World) -> None:
        self._world = world
        self._mood = "well"
        self.publishing = Publishing(world)

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
        """Remove the app's access, which Thingiverse doesn't let the bot do."""
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
        return page("panel", moods=MOODS, mood=self._mood, newest=self.publishing.newest)

    async def choose_mood(self, request: web.Request) -> web.StreamResponse:
        mood = str((await request.post()).get("mood"))
        if mood not in MOODS:
            raise web.HTTPBadRequest(text="There's no such state.")
        chosen = MOODS[mood]
        self._mood = mood
        self._world.faults.clear()
        self._world.faults.latency = chosen.latency
        if chosen.kind is not None:
            self._world.faults.set(chosen.kind, match="* /api/*", retry_after="30" if chosen.kind == "429" else None)
        self._world.when_mood_changes()
        raise web.HTTPSeeOther("/panel")

    async def control(self, request: web.Request) -> web.Response:
        """The panel for programs: `{"fault": KIND or null, "match": …, "times": …, "latency": seconds}`."""
        asked = await request.json()
        self._world.faults.clear()
        self._world.faults.latency = float(asked.get("latency", 0.0))
        if asked.get("fault") is not None:
            if asked["fault"] not in KINDS:
                return web.json_response({"error": "no such fault", "kinds": sorted(KINDS)}, status=400)
            self._world.faults.set(asked["fault"], match=asked.get("match"), times=asked.get("times"))
        return web.json_response({"ok": "ok"})
