"""The linking page: a reply arrives, the browser gets a secret, and the page shows how to prove whose it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from urllib.parse import urlsplit

from aiohttp import web

from actions.browser_check import BrowserCheck
from web.legal import Sheet
from web.limits import LIMITS, LONGEST_BODY, Connections, Limits, RateLimit, Unreadable, read_form
from web.server import guard
from web.sign_in import DiscordSignIn
from web.views import FILES, FOLDER, Views

COOKIE = "thingamabot_link"
COOKIE_SECONDS = 300  # as long as an account can wait for Confirm


def open_page(
    browser_check: BrowserCheck,
    views: Views,
    sign_in: DiscordSignIn | None,
    *,
    public_url: str,
    address_header: str | None,
    sheets: Mapping[str, Sheet],
) -> web.Application:
    """The web application. Its routes exist with the path of `public_url` and without, for proxies that remove it."""
    # behind a proxy, every connection is from the proxy
    limits = Limits(RateLimit(), Connections() if address_header is None else Connections(None), Unreadable())
    guarded = guard(views, limits.requests, address_header)
    site = web.Application(middlewares=[guarded], client_max_size=LONGEST_BODY)
    site[LIMITS] = limits
    page = LinkingPage(browser_check, views, public_url)
    for root in {urlsplit(public_url).path, ""}:
        site.router.add_get(f"{root}/link/callback", page.callback, allow_head=False)
        site.router.add_post(f"{root}/link/callback", page.take_answer)
        site.router.add_get(f"{root}/link/waiting", page.waiting, allow_head=False)
        site.router.add_get(f"{root}/link/{{name:page\\.(?:css|js)}}", page.file, allow_head=False)
        for name, sheet in sheets.items():
            site.router.add_get(f"{root}/{name}", partial(page.legal, sheet), allow_head=False)
        if sign_in is not None:
            site.router.add_get(f"{root}/link/sign-in", partial(page.start_sign_in, sign_in), allow_head=False)
            site.router.add_get(f"{root}/link/signed-in", partial(page.finish_sign_in, sign_in), allow_head=False)
    return site


class LinkingPage:
    def __init__(self, browser_check: BrowserCheck, views: Views, public_url: str) -> None:
        self._browser_check = browser_check
        self._views = views
        self._public_url = public_url
        self._behind_tls = public_url.startswith("https://")
        self._origin = "{0.scheme}://{0.netloc}".format(urlsplit(public_url))
        # browsers accept a cookie with this prefix only over TLS
        self._cookie = f"__Secure-{COOKIE}" if self._behind_tls else COOKIE
        self._files = {name: (FOLDER / name).read_bytes() for name in FILES}

    async def callback(self, request: web.Request) -> web.StreamResponse:
        """Where Thingiverse sends people, with a code in the query, or a key after the #, which servers don't get."""
        if "code" in request.query or "error" in request.query:
            return await self._arrive(f"{self._public_url}/link/callback?{request.rel_url.raw_query_string}")
        return self._views.landing(request)

    async def take_answer(self, request: web.Request) -> web.StreamResponse:
        """Take what the script found after the #. Other sites' forms are rejected."""
        if not self._is_own_form(request):
            raise web.HTTPForbidden
        answer = (await read_form(request)).get("answer", "")
        return await self._arrive(f"{self._public_url}/link/callback#{answer}")

    async def waiting(self, request: web.Request) -> web.StreamResponse:
        return self._views.arrived(request, await self._browser_check.arrival(self._browser(request)))

    async def legal(self, sheet: Sheet, _: web.Request) -> web.StreamResponse:
        return self._views.legal(sheet)

    async def start_sign_in(self, sign_in: DiscordSignIn, request: web.Request) -> web.StreamResponse:
        state = await self._browser_check.begin_sign_in(self._browser(request))
        return _see_other(sign_in.sign_in_url(state))

    async def finish_sign_in(self, sign_in: DiscordSignIn, request: web.Request) -> web.StreamResponse:
        """Take the code of a sign-in with Discord. The state is used up before the bot asks Discord."""
        browser = self._browser(request)
        await self._browser_check.use_up_sign_in(browser, request.query.get("state", ""))
        if "code" in request.query:
            await self._browser_check.signed_in(browser, await sign_in.whose(request.query["code"]))
        return self._to_waiting()

    async def file(self, request: web.Request) -> web.StreamResponse:
        name = request.match_info["name"]
        return web.Response(body=self._files[name], content_type=FILES[name], charset="utf-8")

    def _is_own_form(self, request: web.Request) -> bool:
        """Whether a form is from this page, by Sec-Fetch-Site or Origin. Clients that send neither are accepted."""
        if (site := request.headers.get("Sec-Fetch-Site")) is not None:
            return site == "same-origin"
        return request.headers.get("Origin", self._origin) == self._origin

    async def _arrive(self, address: str) -> web.StreamResponse:
        """Take a reply, and redirect to a URL without it."""
        browser = await self._browser_check.arrive(address)
        answer = self._to_waiting()
        answer.set_cookie(
            self._cookie,
            browser,
            max_age=COOKIE_SECONDS,
            path=urlsplit(self._public_url).path + "/link",
            secure=self._behind_tls,
            httponly=True,
            samesite="Lax",  # sent when Discord redirects the browser back
        )
        return answer

    def _browser(self, request: web.Request) -> str:
        return request.cookies.get(self._cookie, "")

    def _to_waiting(self) -> web.Response:
        return _see_other(f"{self._public_url}/link/waiting")


def _see_other(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address})
