"""The linking page: an answer arrives, the browser is given a secret, and is shown how to prove itself."""

from __future__ import annotations

from urllib.parse import urlsplit

from aiohttp import web

from actions.proofs import Proofs
from web.limits import RateLimit, read_form
from web.server import guard
from web.sheets import FILES, FOLDER, Sheets
from web.sign_in import DiscordSignIn

COOKIE = "thingamabot_link"
COOKIE_SECONDS = 300  # as long as an account may be parked


def open_page(
    proofs: Proofs,
    sheets: Sheets,
    sign_in: DiscordSignIn | None,
    *,
    public_url: str,
    address_header: str | None,
) -> web.Application:
    """The page, ready to be listened for: below the path of `public_url`, and without it for proxies that strip it."""
    site = web.Application(middlewares=[guard(sheets, RateLimit(), address_header)])
    page = LinkingPage(proofs, sheets, sign_in, public_url)
    for root in {urlsplit(public_url).path, ""}:
        site.router.add_get(f"{root}/link/callback", page.callback, allow_head=False)
        site.router.add_post(f"{root}/link/callback", page.take_answer)
        site.router.add_get(f"{root}/link/waiting", page.waiting, allow_head=False)
        site.router.add_get(f"{root}/link/{{name:page\\.(?:css|js)}}", page.file, allow_head=False)
        if sign_in is not None:
            site.router.add_get(f"{root}/link/sign-in", page.start_sign_in, allow_head=False)
            site.router.add_get(f"{root}/link/signed-in", page.finish_sign_in, allow_head=False)
    return site


class LinkingPage:
    def __init__(self, proofs: Proofs, sheets: Sheets, sign_in: DiscordSignIn | None, public_url: str) -> None:
        self._proofs = proofs
        self._sheets = sheets
        self._sign_in = sign_in
        self._public_url = public_url
        self._files = {name: (FOLDER / name).read_bytes() for name in FILES}

    async def callback(self, request: web.Request) -> web.StreamResponse:
        """Where Thingiverse sends people: with a code in the query, or a key behind the #, which no server sees."""
        members = request.query
        if "code" in members and not members.get("state"):
            return self._sheets.landing(request, status=400)
        if "code" in members or "error" in members:
            return await self._arrive(f"{self._public_url}/link/callback?{request.query_string}")
        return self._sheets.landing(request)

    async def take_answer(self, request: web.Request) -> web.StreamResponse:
        """What the script found behind the #. Other sites' forms are not taken."""
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise web.HTTPForbidden
        answer = (await read_form(request)).get("answer", "")
        return await self._arrive(f"{self._public_url}/link/callback#{answer}")

    async def waiting(self, request: web.Request) -> web.StreamResponse:
        return self._sheets.arrived(request, await self._proofs.arrival(_browser(request)))

    async def start_sign_in(self, request: web.Request) -> web.StreamResponse:
        state = await self._proofs.begin_sign_in(_browser(request))
        return _see_other(self._discord.authorize_url(state))

    async def finish_sign_in(self, request: web.Request) -> web.StreamResponse:
        """Who is signed in to Discord in this browser. The state is used up before Discord is asked anything."""
        browser = _browser(request)
        await self._proofs.use_up_sign_in(browser, request.query.get("state", ""))
        if "code" in request.query:
            await self._proofs.signed_in(browser, await self._discord.whose(request.query["code"]))
        return self._to_waiting()

    async def file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return web.Response(body=self._files[name], content_type=FILES[name], charset="utf-8")

    @property
    def _discord(self) -> DiscordSignIn:
        if self._sign_in is None:
            raise web.HTTPNotFound
        return self._sign_in

    async def _arrive(self, address: str) -> web.StreamResponse:
        """The address itself is left behind: what is shown next has nothing in it."""
        browser = await self._proofs.arrive(address)
        answer = self._to_waiting()
        answer.set_cookie(
            COOKIE,
            browser,
            max_age=COOKIE_SECONDS,
            path=urlsplit(self._public_url).path + "/link",
            secure=self._public_url.startswith("https://"),
            httponly=True,
            samesite="Lax",  # it has to come along when Discord sends the browser back
        )
        return answer

    def _to_waiting(self) -> web.Response:
        return _see_other(f"{self._public_url}/link/waiting")


def _browser(request: web.Request) -> str:
    return request.cookies.get(COOKIE, "")


def _see_other(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
