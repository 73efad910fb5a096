"""OAuth as Thingiverse has it: the consent page, both flows, the code exchange, tokeninfo."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from aiohttp import web

from demo.thingiverse.pages import page

if TYPE_CHECKING:
    from demo.thingiverse.world import FakeThingiverse

SESSION = "demo_person"


def add_routes(served: web.Application, world: FakeThingiverse) -> None:
    door = _Door(world)
    served.router.add_get("/login", door.choose)
    served.router.add_post("/login", door.sign_in)
    served.router.add_get("/login/oauth/authorize", door.consent)
    served.router.add_post("/login/oauth/authorize", door.decide)
    served.router.add_post("/login/oauth/access_token", door.exchange)
    served.router.add_post("/login/oauth/tokeninfo", door.token_info)


class _Door:
    def __init__(self, world: FakeThingiverse) -> None:
        self._world = world
        self._forms: set[str] = set()  # what each shown form carries, so that no other site can send it

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Which of the demo's people the browser belongs to; nobody here has a password."""
        return page("login", people=list(self._world.people.values())[:4], then=request.query.get("then", "/"))

    async def sign_in(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        name, then = str(form.get("person", "")), str(form.get("then", "/"))
        if name not in self._world.people:
            raise web.HTTPBadRequest(text="There is nobody of that name.")
        answer = web.HTTPSeeOther(then if then.startswith("/") and not then.startswith("//") else "/")
        answer.set_cookie(SESSION, name, httponly=True, samesite="Lax")
        raise answer

    async def consent(self, request: web.Request) -> web.StreamResponse:
        name = request.cookies.get(SESSION)
        if name not in self._world.people:
            raise web.HTTPFound("/login?" + urlencode({"then": request.path_qs}))
        app = self._world.app
        if request.query.get("client_id") != app.client_id or not (self._world.settings.approved or name == app.owner):
            return page("not_found", status=404)  # what people see of an app that is not approved
        form_key = secrets.token_urlsafe(16)
        self._forms.add(form_key)
        return page(
            "consent",
            app=app,
            person=self._world.people[name],
            key=form_key,
            flow=request.query.get("response_type", "code"),
            state=request.query.get("state", ""),
            here=request.path_qs,
        )

    async def decide(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        name = request.cookies.get(SESSION)
        if name not in self._world.people or str(form.get("key")) not in self._forms:
            raise web.HTTPForbidden(text="This form is not from here.")
        self._forms.discard(str(form.get("key")))
        implicit = form.get("flow") == "token"
        if form.get("decision") != "allow":
            answer = {"error": "access_denied"}
        elif implicit:
            answer = {"access_token": self._world.token_for(name)}
        else:
            answer = {"code": self._world.code_for(name)}
        if self._world.settings.echo_state and form.get("state"):
            answer["state"] = str(form["state"])
        raise web.HTTPFound(f"{self._world.app.redirect_uri}{'#' if implicit else '?'}{urlencode(answer)}")

    async def exchange(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        app = self._world.app
        name = self._world.codes.pop(str(form.get("code")), None)
        if form.get("client_id") != app.client_id or form.get("client_secret") != app.client_secret or name is None:
            return web.json_response({"error": "bad_verification_code"}, status=400)
        answer = {"access_token": self._world.token_for(name), "token_type": "Bearer"}
        if self._world.settings.exchange_json:
            return web.json_response(answer)
        return web.Response(text=urlencode(answer), content_type="application/x-www-form-urlencoded")

    async def token_info(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        token = self._world.tokens.get(str(form.get("access_token", "")))
        if token is None:
            return web.json_response({"error": "invalid token"}, status=self._world.settings.tokeninfo_bad_status)
        return web.json_response({"audience": token.client_id, "user_id": str(self._world.people[token.maker].id)})
