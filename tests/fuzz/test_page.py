"""Fuzz the linking page with bytes that no browser would send."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Generator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_from_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from fakes.thingiverse import FakeThingiverse
from operations.client import Thingamabot
from tests.fuzz.examples import cases
from tests.ports import free_port
from tests.stage import settings_for
from wiring.bot import open_bot
from wiring.page import open_door

CANARY = "c0ffee1234567890c0ffee1234567890"
SOON = 8.0  # seconds; the page waits five for a body that doesn't come
LONGEST = 16_384  # bytes of a response


@dataclass(repr=False)
class OpenPage:
    runner: asyncio.Runner
    bot: Thingamabot
    port: int
    addresses: itertools.count[int] = field(default_factory=itertools.count)

    def send(self, sent: bytes) -> bytes:
        """Send the bytes, and return everything until the page closes the connection."""
        return self.runner.run(self._send(sent))

    def request(self, method: str, target: bytes, headers: dict[str, bytes], body: bytes) -> bytes:
        """A request, each from another IP address, so that none is over the limit."""
        number = next(self.addresses)
        head = {
            "Host": b"localhost",
            "Connection": b"close",
            "Content-Length": str(len(body)).encode(),
            **headers,
            "X-Real-IP": f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}".encode(),
        }
        lines = [method.encode() + b" " + target + b" HTTP/1.1", *(k.encode() + b": " + v for k, v in head.items())]
        return self.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)

    async def _send(self, sent: bytes, within: float = SOON) -> bytes:
        async with asyncio.timeout(within):
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(sent)
            try:
                await writer.drain()
                return await reader.read()
            except ConnectionError:
                return b""
            finally:
                writer.close()

    async def try_out(self, sent: bytes) -> bytes:
        """Send the bytes, and return the response. If the request is incomplete, the page may wait."""
        try:
            return await self._send(sent, 0.3)
        except TimeoutError:
            return b""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Generator[OpenPage]:
    with asyncio.Runner() as runner:
        stack = runner.run(_entered(AsyncExitStack()))
        try:
            yield runner.run(_open(stack, runner, tmp_path_factory.mktemp("page")))
        finally:
            runner.run(stack.aclose())


async def _entered(stack: AsyncExitStack) -> AsyncExitStack:
    return await stack.__aenter__()


async def _open(stack: AsyncExitStack, runner: asyncio.Runner, folder: Path) -> OpenPage:
    port = free_port()
    world = await stack.enter_async_context(FakeThingiverse())
    settings = settings_for(
        world,
        folder,
        public_url=f"http://127.0.0.1:{port}",
        web_listen=f"127.0.0.1:{port}",
        web_address_header="X-Real-IP",
        thingiverse_redirect_uri=None,
        thingiverse_budget=10**9,
    )
    bot = await stack.enter_async_context(open_bot(settings))
    await stack.enter_async_context(open_door(bot, settings))
    return OpenPage(runner, bot, port)


def judged(came: bytes, logged: object) -> None:
    """Check that there's no response, or a short one with all headers that repeats nothing and isn't a server error."""
    assert len(came) < LONGEST
    assert CANARY.encode() not in came
    assert CANARY not in str(logged)
    assert len(str(logged)) < 5_000
    came = came.removeprefix(b"HTTP/1.1 100 Continue\r\n\r\n")
    if came:
        head = came.partition(b"\r\n\r\n")[0]
        status = int(head.split(b" ", 2)[1])
        assert status < 500, came
        assert b"Cache-Control: no-store" in head or status in {200, 304}
        assert b"default-src 'none'" in head
        assert b"Referrer-Policy: no-referrer" in head


# A value must not end its header.
header = st.binary(max_size=60).map(lambda value: bytes(each for each in value if each not in b"\r\n\0"))
member = st.sampled_from(["code", "state", "access_token", "error", "answer", "token_type", "x"])
value = st.binary(max_size=60) | st.sampled_from(
    [CANARY.encode(), b"access_denied", b"../..", b"\xff" * 40, b"%00" * 9]
)
members = st.lists(st.tuples(member, value), max_size=6).map(
    lambda pairs: "&".join(f"{name}={quote_from_bytes(said)}" for name, said in pairs).encode()
)
paths = st.sampled_from(
    [
        b"/link/callback",
        b"/link/waiting",
        b"/link/page.js",
        b"/link/sign-in",
        b"/link/signed-in",
        b"/",
        b"//",
        b"/link/..",
        b"*",
    ]
)
targets = st.builds(lambda path, query: path + b"?" + query, paths, members) | st.binary(min_size=1, max_size=40).map(
    lambda odd: b"/" + quote_from_bytes(odd, safe="/?&=.%").encode()
)
headers = st.dictionaries(
    st.sampled_from(
        ["Cookie", "Accept-Language", "Content-Type", "Content-Encoding", "Sec-Fetch-Site", "Expect", "Origin", "Range",
         "Transfer-Encoding", "Upgrade", "Accept-Encoding", "If-None-Match", "Host", "X-Forwarded-For"]
    ),
    header
    | st.sampled_from(
        [b"thingamabot_link=" + CANARY.encode(), b"application/x-www-form-urlencoded", b"multipart/form-data", b"gzip",
         b"same-origin", b"cross-site", b"100-continue", b"websocket", b"de-DE,de;q=0.9,*;q=0.1", b"q=" * 99]
    ),
    max_size=4,
)  # fmt: skip
FORM = {"Content-Type": b"application/x-www-form-urlencoded"}


@cases(400)
@given(st.sampled_from(["GET", "POST", "HEAD", "PUT", "OPTIONS", "TRACE", "get", "X" * 60]), targets, headers, members)
def test_no_request_does_harm(page: OpenPage, method: str, target: bytes, given: dict[str, bytes], body: bytes) -> None:
    with capture_logs() as logged:
        came = page.request(method, target, given, body)
    judged(came, logged)


@cases(200)
@given(members | st.binary(max_size=5_000))
def test_no_form_does_harm(page: OpenPage, body: bytes) -> None:
    with capture_logs() as logged:
        came = page.request("POST", b"/link/callback", FORM, b"answer=" + quote_from_bytes(body).encode())
    judged(came, logged)
    assert came


@cases(150)
@given(st.binary(max_size=300))
def test_bytes_that_are_no_request_at_all_do_no_harm(page: OpenPage, sent: bytes) -> None:
    with capture_logs() as logged:
        came = page.runner.run(page.try_out(sent + b"\r\n\r\n"))
    assert len(came) < LONGEST
    assert CANARY not in str(logged)
    assert not came or int(came.split(b" ", 2)[1]) < 500


def test_afterwards_nothing_was_linked_and_no_task_is_left(page: OpenPage) -> None:
    for number in range(50):
        page.request("POST", b"/link/callback", FORM, b"answer=access_token%3D" + str(number).encode())
    assert page.runner.run(page.bot.store.count_links()) == 0
    assert page.runner.run(_tasks()) < 15


async def _tasks() -> int:
    await asyncio.sleep(0.1)
    return len(asyncio.all_tasks())
