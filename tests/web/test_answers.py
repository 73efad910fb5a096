"""The linking page over plain HTTP: its headers, its limits, and what it rejects."""

from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncGenerator, AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiohttp
import psutil
import pytest
import pytest_asyncio
from structlog.testing import capture_logs

from actions.browser_check import BrowserCheck
from fakes.thingiverse import FakeThingiverse
from operations.failures import StartError
from tests.ports import free_port
from tests.stage import open_stage, settings_for
from tests.waiting import PATIENCE
from tests.web.proxy import open_proxy
from tests.web.stage import Paged, open_paged
from web import hardening, limits
from wiring.bot import open_bot
from wiring.page import open_door

SECURE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Server": "Thingamabot",
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest_asyncio.fixture(loop_scope="session")
async def http() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest_asyncio.fixture(loop_scope="session")
async def page(world: FakeThingiverse, tmp_path: Path) -> AsyncGenerator[Paged]:
    async with open_paged(world, tmp_path, flow="token") as paged:
        yield paged


async def answer_for(paged: Paged, member: Any, maker: str = "mira") -> str:
    """What comes after the # for that member."""
    _, address = await paged.invited(member)
    state = address.partition("state=")[2].partition("&")[0]
    return f"access_token={paged.stage.world.token_for(maker)}&state={state}"


def assert_secured(answer: aiohttp.ClientResponse) -> None:
    assert {name: answer.headers.get(name) for name in SECURE} == SECURE
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    for lax in ("unsafe", "http:", "https:", "data:", "*"):
        assert lax not in policy


# -- listening


def listened_ports() -> set[int]:
    found = psutil.Process().net_connections(kind="tcp")
    return {each.laddr.port for each in found if each.status == psutil.CONN_LISTEN}


async def test_without_public_url_nothing_listens(world: FakeThingiverse, tmp_path: Path) -> None:
    before = listened_ports()
    async with open_stage(world, tmp_path) as stage, open_door(stage.bot, stage.settings):
        assert listened_ports() == before
    async with open_paged(world, tmp_path) as paged:
        assert listened_ports() - before == {int(paged.url.rpartition(":")[2])}, "and with it, one port"
    assert listened_ports() == before


async def test_a_port_in_use_is_told_in_words(page: Paged, tmp_path: Path) -> None:
    given = {"public_url": page.url, "web_listen": page.url.removeprefix("http://"), "thingiverse_redirect_uri": None}
    settings = settings_for(page.stage.world, tmp_path / "second", **given)
    async with open_bot(settings) as bot:
        with pytest.raises(StartError, match="WEB_LISTEN"):
            async with open_door(bot, settings):
                pass


# -- headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/link/callback", 200),
        ("GET", "/link/callback?code=" + "a1" * 16, 400),
        ("GET", "/link/callback?code=" + "a1" * 16 + "&state=unknown", 400),
        ("GET", "/link/callback?error=access_denied", 400),
        ("GET", "/link/waiting", 400),
        ("GET", "/link/page.css", 200),
        ("GET", "/link/page.js", 200),
        ("GET", "/link/page.txt", 404),
        ("GET", "/link/sign-in", 404),
        ("GET", "/", 404),
        ("GET", "/%2e%2e/%2e%2e/etc/passwd", 404),
        ("HEAD", "/link/callback", 405),
        ("PUT", "/link/callback", 405),
        ("POST", "/link/callback", 415),
        ("OPTIONS", "/link/callback", 405),
    ],
)
async def test_every_answer_is_secured(page: Paged, http: Any, method: str, path: str, status: int) -> None:
    async with http.request(method, page.url + path) as answer:
        assert answer.status == status
        assert_secured(answer)
        assert "Strict-Transport-Security" not in answer.headers
        assert "aiohttp" not in await answer.text()


async def test_an_error_of_ours_is_secured_and_tells_only_a_reference(
    page: Paged, http: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("canary")

    monkeypatch.setattr(BrowserCheck, "arrival", broken)
    async with http.get(f"{page.url}/link/waiting") as answer:
        assert answer.status == 500
        assert_secured(answer)
        said = await answer.text()
        assert "reference" in said
        assert "canary" not in said
        assert "Traceback" not in said


@pytest.mark.parametrize("sent", [b"\x16\x03\x01\x02\x00\x01canary\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"X" * 20_000])
async def test_what_is_no_http_is_secured_and_not_sent_back(page: Paged, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", int(page.url.rpartition(":")[2]))
    writer.write(sent)
    answer = (await asyncio.wait_for(reader.read(), PATIENCE)).decode()
    writer.close()
    assert answer.startswith("HTTP/1.")
    assert "X-Frame-Options: DENY" in answer
    assert "canary" not in answer
    assert "Python" not in answer


async def test_hsts_is_sent_only_behind_tls(world: FakeThingiverse, tmp_path: Path, http: Any) -> None:
    async with (
        open_paged(world, tmp_path, public_url="https://bot.example.org") as paged,
        http.get(f"{paged.url}/link/callback") as answer,
    ):
        assert answer.headers["Strict-Transport-Security"].startswith("max-age=")


@pytest.mark.parametrize("public_url", [None, "https://bot.example.org/tools/thing"])
async def test_the_cookie_is_for_this_page_alone(
    world: FakeThingiverse, tmp_path: Path, http: Any, public_url: str | None
) -> None:
    async with open_paged(world, tmp_path, flow="token", public_url=public_url) as paged:
        form = {"answer": await answer_for(paged, paged.stage.ann)}
        async with http.post(f"{paged.url}/link/callback", data=form, allow_redirects=False) as answer:
            assert answer.status == 303
            assert_secured(answer)
            cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=Lax" in cookie
        assert "Max-Age=300" in cookie
        assert ("Secure" in cookie) == (public_url is not None)
        assert f"Path={'/tools/thing' if public_url else ''}/link" in cookie
        assert answer.headers["Location"] == f"{public_url or paged.url}/link/waiting"


# -- states


async def test_a_missing_foreign_or_used_state_is_refused(page: Paged, http: Any) -> None:
    good = await answer_for(page, page.stage.ann)
    token = good.partition("&")[0]
    for answer, said in (
        (token, "say who it&#39;s for"),
        (f"{token}&state={'x' * 22}", "no longer valid"),
        (good, None),
        (good, "already used"),
    ):
        async with http.post(f"{page.url}/link/callback", data={"answer": answer}, allow_redirects=False) as refused:
            assert refused.status == (303 if said is None else 400)
            assert said is None or said in await refused.text()
    assert (await page.attempt_of(page.stage.ann)).parked.maker_name == "mira"


# -- bodies


async def endless() -> AsyncIterator[bytes]:
    while True:
        yield b"answer=" + b"a" * 60_000
        await asyncio.sleep(0)


async def slowly() -> AsyncIterator[bytes]:
    while True:
        yield b"a"
        await asyncio.sleep(0.1)


BODIES: dict[str, tuple[dict[str, str], Any, int]] = {
    "empty": (FORM, b"", 400),
    "no answer in it": (FORM, b"other=1", 400),
    "not ASCII": (FORM, "answer=é".encode(), 400),
    "zeros": (FORM, b"\0" * 4000, 400),
    "broken escapes": (FORM, b"answer=%zz%ff%", 400),
    "many fields": (FORM, b"a=1&" * 900, 400),
    "an unknown charset": ({"Content-Type": FORM["Content-Type"] + "; charset=klingon"}, b"answer=1", 400),
    "a little too long": (FORM, b"answer=" + b"a" * 4100, 413),
    "30 MB": (FORM, b"a" * 30_000_000, 413),
    "endless": (FORM, endless, 413),
    "slow": (FORM, slowly, 408),
    "JSON": ({"Content-Type": "application/json"}, b'{"answer": "x"}', 415),
    "a file": ({"Content-Type": "multipart/form-data; boundary=b"}, b"--b\r\n" + b"x" * 100_000, 415),
    "a bomb": ({**FORM, "Content-Encoding": "gzip"}, gzip.compress(b"a" * 50_000_000), 415),
    "no kind at all": ({"Content-Type": ""}, b"answer=1", 415),
    "a picture, 5 MB": ({"Content-Type": "image/png"}, b"\x89PNG" * 1_250_000, 415),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_body_of_any_size_or_kind_is_answered_briefly(
    page: Paged, http: Any, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(limits, "BODY_WITHIN", 0.5)
    headers, body, status = BODIES[name]
    began = time.monotonic()
    try:
        async with http.post(
            f"{page.url}/link/callback", headers=headers, data=body() if callable(body) else body
        ) as answer:
            assert answer.status == status
            assert_secured(answer)
            assert len(await answer.read()) < 3_000
    except (ConnectionError, aiohttp.ClientError):  # the page closed the connection early, which is fine
        assert status in {413, 415}
    assert time.monotonic() - began < PATIENCE, "it was not read to its end, for some have none"
    async with http.get(f"{page.url}/link/callback") as well:
        assert well.status == 200


async def test_a_connection_that_asks_nothing_is_closed(page: Paged, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardening, "HEADERS_WITHIN", 0.2)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(page.url.rpartition(":")[2]))
    writer.write(b"GET /link/callback HTTP/1.1\r\nX-Slow: ")
    assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
    writer.close()


async def hung_up(http: Any, url: str) -> bool:
    try:
        async with http.get(url) as answer:
            assert answer.status == 200
    except aiohttp.ClientError:
        return True
    return False


async def test_only_so_many_connections_are_held_open(page: Paged, http: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardening, "MOST_CONNECTIONS", 3)
    port = int(page.url.rpartition(":")[2])
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    assert await asyncio.wait_for(reader.read(), PATIENCE) == b""
    for _, each in [*held, (reader, writer)]:
        each.close()
    async with asyncio.timeout(PATIENCE):
        while await hung_up(http, f"{page.url}/link/callback"):
            await asyncio.sleep(0.02)


# -- the limit


async def statuses(http: Any, url: str, times: int, **headers: str) -> list[int]:
    found: list[int] = []
    for _ in range(times):
        async with http.get(url, headers=headers) as answer:
            found.append(answer.status)
    return found


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """A limit of three requests, in a minute that doesn't end."""
    monkeypatch.setattr(limits.RateLimit.__init__, "__defaults__", (3, lambda: 0.0))


@pytest.mark.usefixtures("few")
async def test_one_address_may_ask_so_much_a_minute_and_is_told(page: Paged, http: Any) -> None:
    assert await statuses(http, f"{page.url}/link/page.css", 4) == [200, 200, 200, 429]
    async with http.get(f"{page.url}/link/callback") as answer:
        assert answer.status == 429
        assert answer.headers["Retry-After"] == "60"
        assert_secured(answer)


@pytest.mark.usefixtures("few")
async def test_a_header_that_is_not_trusted_makes_nobody_somebody_else(page: Paged, http: Any) -> None:
    url = f"{page.url}/link/page.css"
    found = [await statuses(http, url, 1, **{"X-Forwarded-For": f"10.0.0.{n}"}) for n in range(4)]
    assert found == [[200], [200], [200], [429]]


@pytest.mark.usefixtures("few")
async def test_behind_a_proxy_each_client_has_its_own_count(world: FakeThingiverse, tmp_path: Path, http: Any) -> None:
    async with open_paged(world, tmp_path, web_address_header="X-Forwarded-For") as paged:
        url = f"{paged.url}/link/page.css"
        assert await statuses(http, url, 4, **{"X-Forwarded-For": "203.0.113.7"}) == [200, 200, 200, 429]
        assert await statuses(http, url, 1, **{"X-Forwarded-For": "203.0.113.8"}) == [200]
        forged = [await statuses(http, url, 1, **{"X-Forwarded-For": f"10.9.9.{n}, 203.0.113.9"}) for n in range(4)]
        assert forged == [[200], [200], [200], [429]], "only the proxy's own word counts, which is the last"


@pytest.mark.usefixtures("few")
async def test_through_a_real_proxy_a_forged_header_gets_nobody_past_the_limit(
    world: FakeThingiverse, tmp_path: Path, http: Any
) -> None:
    port = free_port()
    async with (
        open_paged(world, tmp_path, web_address_header="X-Forwarded-For") as paged,
        open_proxy(port, paged.url, prefix="", strips=False),
    ):
        url = f"http://127.0.0.1:{port}/link/page.css"
        found = [await statuses(http, url, 1, **{"X-Forwarded-For": f"198.51.100.{n}"}) for n in range(4)]
        assert found == [[200], [200], [200], [429]]


def test_one_network_of_ipv6_is_one_address() -> None:
    request: Any = SimpleNamespace(remote="2001:db8:1:2:aaaa::1")
    first = limits.client_address(request, None)
    request.remote = "2001:db8:1:2:bbbb::2"
    assert limits.client_address(request, None) == first
    request.remote = "2001:db8:1:3::1"
    assert limits.client_address(request, None) != first
    request.remote = "::ffff:203.0.113.7"
    assert limits.client_address(request, None) == "203.0.113.7"


def test_the_counts_of_a_flood_stay_small() -> None:
    limit = limits.RateLimit(3, lambda: 0.0)
    for n in range(limits.MOST_ADDRESSES + 5_000):
        limit.refuses(str(n))
    assert len(limit._counts) <= limits.MOST_ADDRESSES + 1
    assert not limit.refuses("0"), "who was counted before still has a count of their own"


def test_a_minute_later_all_is_forgotten() -> None:
    now = [0.0]
    limit = limits.RateLimit(1, lambda: now[0])
    assert [limit.refuses("a"), limit.refuses("a")] == [False, True]
    now[0] = 60.0
    assert not limit.refuses("a")


# -- connections, and what isn't HTTP


async def open_connections(page: Paged, count: int) -> list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    port = int(page.url.rpartition(":")[2])
    return [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]


async def is_served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"GET /link/page.css HTTP/1.1\r\nHost: x\r\n\r\n")
    try:
        return (await asyncio.wait_for(reader.read(12), PATIENCE)).startswith(b"HTTP/1.1 200")
    except ConnectionError:
        return False


async def test_one_address_holds_only_so_many_connections_and_leaves_room_for_others(page: Paged) -> None:
    opened = await open_connections(page, limits.CONNECTIONS_EACH + 10)
    served = [await is_served(*each) for each in opened]
    assert served == [True] * limits.CONNECTIONS_EACH + [False] * 10
    for _, writer in opened:
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)
    while not await is_served(*(await open_connections(page, 1))[0]):
        await asyncio.sleep(0.02)


async def test_behind_a_proxy_its_one_address_may_hold_many(world: FakeThingiverse, tmp_path: Path) -> None:
    async with open_paged(world, tmp_path, web_address_header="X-Forwarded-For") as paged:
        opened = await open_connections(paged, limits.CONNECTIONS_EACH + 10)
        assert all([await is_served(*each) for each in opened])
        for _, writer in opened:
            writer.close()


async def test_requests_that_cannot_be_read_count_like_others_and_fill_no_log(page: Paged, http: Any) -> None:
    with capture_logs() as lines:
        statuses: list[bytes] = []
        for _ in range(limits.PER_MINUTE * 20):  # a slow machine takes longer than a minute, which counts anew
            reader, writer = (await open_connections(page, 1))[0]
            writer.write(b"\x16\x03\x01canary\r\n\r\n")
            statuses.append((await asyncio.wait_for(reader.read(), PATIENCE))[9:12])
            writer.close()
            if statuses[-1] != b"400":
                break
    assert statuses[0] == b"400"
    assert b"429" in statuses
    told = [line for line in lines if line["event"] == "unreadable requests"]
    assert 1 <= len(told) < len(statuses) / 10, "the first of each minute"
    assert "canary" not in str(told)


async def test_the_unreadable_are_told_of_once_a_minute_with_how_many_there_were() -> None:
    now = [0.0]
    unreadable = limits.Unreadable(lambda: now[0])
    assert [unreadable.count() for _ in range(4)] == [1, 0, 0, 0]
    now[0] = 61.0
    assert unreadable.count() == 4


# -- forms from other sites


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "OURS"}, 403),
        ({"Origin": "OURS"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({}, 303),
    ],
)
async def test_a_form_from_elsewhere_is_refused_by_what_browsers_say(
    page: Paged, http: Any, sent: dict[str, str], status: int
) -> None:
    headers = {name: value.replace("OURS", page.url) for name, value in sent.items()}
    form = {"answer": await answer_for(page, page.stage.ann)}
    async with http.post(f"{page.url}/link/callback", data=form, headers=headers, allow_redirects=False) as answer:
        assert answer.status == status


async def test_behind_tls_the_cookies_name_keeps_it_there(world: FakeThingiverse, tmp_path: Path, http: Any) -> None:
    public_url = "https://bot.example.org"
    async with open_paged(world, tmp_path, flow="token", public_url=public_url) as paged:
        form = {"answer": await answer_for(paged, paged.stage.ann)}
        async with http.post(f"{paged.url}/link/callback", data=form, allow_redirects=False) as answer:
            cookie = answer.headers["Set-Cookie"]
        assert cookie.startswith("__Secure-")
        name, _, secret = cookie.partition(";")[0].partition("=")
        for sent, status in ((name, 200), (name.removeprefix("__Secure-"), 400)):
            async with http.get(f"{paged.url}/link/waiting", headers={"Cookie": f"{sent}={secret}"}) as shown:
                assert shown.status == status


async def test_a_value_of_the_query_cannot_become_two(world: FakeThingiverse, tmp_path: Path, http: Any) -> None:
    """If a value were decoded twice, `%26` in it would start another parameter."""
    async with open_paged(world, tmp_path, flow="code") as paged:
        _, address = await paged.invited(paged.stage.ann)
        state = address.partition("state=")[2].partition("&")[0]
        code = world.code_for("mira")
        for query in (f"code={code}%26state={state}", f"code={code}&state=x%26state={state}", f"code%3D{code}&error=1"):
            async with http.get(f"{paged.url}/link/callback?{query}", allow_redirects=False) as refused:
                assert refused.status == 400
        assert (await paged.attempt_of(paged.stage.ann)).parked is None


@pytest.mark.parametrize("secret", ["code", "token"])
async def test_an_answer_without_a_state_is_refused_and_no_copying_is_offered(
    world: FakeThingiverse, tmp_path: Path, http: Any, secret: str
) -> None:
    async with open_paged(world, tmp_path, flow=secret) as paged:
        await paged.invited(paged.stage.ann)
        async with http.get(f"{paged.url}/link/callback?code={world.code_for('mira')}") as refused:
            assert refused.status == 400
            said = await refused.text()
        async with http.get(f"{paged.url}/link/callback") as landing:
            said += await landing.text()
        assert "say who it&#39;s for" in said
        assert "Copy" not in said
        assert "Paste" not in said
