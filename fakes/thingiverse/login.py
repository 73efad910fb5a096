"""OAuth like Thingiverse's: the consent page, both flows, the code exchange, and tokeninfo."""

from __future__ import annotations

import secrets
from urllib.parse import urlencode

from aiohttp import web

from fakes.thingiverse.pages import page
from fakes.thingiverse.world import World

SESSION = "demo_person"


def add_routes(served: web.Application, world: World) -> None:
    login = _Login(world)
    served.router.add_get("/login", login.choose)
    served.router.add_post("/login", login.sign_in)
    served.router.add_get("/login/oauth/authorize", login.consent)
    served.router.add_post("/login/oauth/authorize", login.decide)
    served.router.add_post("/login/oauth/access_token", login.exchange)
    served.router.add_post("/login/oauth/tokeninfo", login.token_info)
    served.router.add_post("/api/v2/auth/oauth/access_token", login.exchange_v2)


class _Login:
    def __init__(self, world: World) -> None:
        self._world = world
        self._forms: set[str] = set()  # CSRF tokens of the forms that were shown

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Sign in as one of the demo's people, without a password."""
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
            return page("not_found", status=404)  # what people see if an app that isn't approved is full
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

    async def exchange_v2(self, request: web.Request) -> web.StreamResponse:
        """The code exchange of v2 (Thingiverse's API description): it returns a JWT and a token of the old kind."""
        asked = await request.json()
        app = self._world.app
        if asked.get("client_id") != app.client_id or asked.get("client_secret") != app.client_secret:
            return web.json_response({"error": "Invalid client"}, status=401)
        name = self._world.codes.pop(str(asked.get("code")), None)
        if name is None:
            return web.json_response({"error": "Invalid code"}, status=400)
        jwt = {"access": "eyJh.eyJ1.c2ln", "refresh": "eyJh.eyJ2.c2ln"}
        return web.json_response({"message": "ok", "token": self._world.token_for(name), "jwt": jwt})

    async def token_info(self, request: web.Request) -> web.StreamResponse:
        form = await request.post()
        token = self._world.tokens.get(str(form.get("access_token", "")))
        if token is None:
            return web.json_response({"error": "invalid token"}, status=self._world.settings.tokeninfo_bad_status)
        return web.json_response({"audience": token.client_id, "user_id": str(self._world.people[token.maker].id)})
