"""Single requests to a server that fails in every known way."""

from __future__ import annotations

import asyncio
import logging
import time
import traceback
import tracemalloc
from collections.abc import AsyncGenerator
from gzip import compress
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from fakes.thingiverse import FakeThingiverse
from tests.thingiverse.conftest import AGENT, Clock
from tests.waiting import until
from thingiverse.breaker import Slow
from thingiverse.budget import Budget, Urgency
from thingiverse.client import Thingiverse
from thingiverse.errors import (
    Delayed,
    NotFound,
    RateLimited,
    Refused,
    ThingiverseError,
    TokenRejected,
    Unexpected,
    Unreachable,
)
from thingiverse.transport import LATE, Transport

SECRET = "5ec2e7" * 6


async def test_every_request_has_our_name_and_the_token_in_a_header(
    client: Thingiverse, world: FakeThingiverse
) -> None:
    await client.popular(token=world.app.app_token)
    (seen,) = world.requests
    assert seen.user_agent == AGENT
    assert seen.owner == "owner"
    assert seen.query == {"page": "1", "per_page": "30"}


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("401", TokenRejected),
        ("404_empty", NotFound),
        ("400_no_results", Refused),
        ("429", RateLimited),
        ("500", Unreachable),
        ("502_login", Unreachable),
        ("html", Unreachable),
        ("html_403", Unreachable),
        ("null", Unexpected),
        ("empty_200", Unexpected),
        ("broken_json", Unexpected),
        ("wrong_shape", Unexpected),
        ("slow_drip", Unreachable),
        ("hang", Unreachable),
        ("cut", Unreachable),
        ("huge", Unreachable),
    ],
)
async def test_each_trouble_is_one_of_our_errors_in_time(
    client: Thingiverse, hasty: Thingiverse, world: FakeThingiverse, fault: str, error: type[ThingiverseError]
) -> None:
    client = hasty if fault in {"hang", "slow_drip"} else client
    world.faults.set(fault)
    token = world.token_for("mira")
    began = time.monotonic()
    with pytest.raises(error) as caught:
        await client.thing(1038, token=token)
    assert time.monotonic() - began < 30, "it is given up, whatever else the machine does"
    assert token not in str(caught.value)
    assert caught.value.__cause__ is None, "the original may hold headers"


@pytest.mark.parametrize(("fault", "tries"), [("500", 3), ("502_login", 3), ("cut", 3), ("404_empty", 1), ("429", 1)])
async def test_reads_are_tried_again_where_that_may_help(
    client: Thingiverse, world: FakeThingiverse, fault: str, tries: int
) -> None:
    world.faults.set(fault)
    with pytest.raises(ThingiverseError):
        await client.thing(1038, token=world.app.app_token)
    assert len(world.requests) == tries


async def test_a_passing_trouble_is_not_noticed(client: Thingiverse, world: FakeThingiverse) -> None:
    world.faults.set("502_login", times=2)
    assert (await client.thing(1038, token=world.app.app_token)).name == "Herringbone gear set"


@pytest.mark.parametrize("fault", ["500", "cut", "hang"])
async def test_a_like_is_never_sent_twice(
    client: Thingiverse, hasty: Thingiverse, world: FakeThingiverse, fault: str
) -> None:
    client = hasty if fault == "hang" else client
    world.faults.set(fault)
    for call in (client.like, client.unlike):
        world.clear_requests()
        with pytest.raises(Unreachable):
            await call(1038, token=world.token_for("mira"))
        assert len(world.requests) <= 1


async def test_retry_after_is_obeyed_for_all_without_asking_again(
    client: Thingiverse, world: FakeThingiverse, clock: Clock
) -> None:
    world.faults.set("429", retry_after="20", times=1)
    with pytest.raises(RateLimited):
        await client.thing(1038, token=world.app.app_token)
    with pytest.raises(RateLimited) as caught:
        await client.popular(token=world.app.app_token)
    assert caught.value.retry_after == 20
    assert len(world.requests) == 1
    clock.now += 21
    assert (await client.popular(token=world.app.app_token)).things


async def test_an_unavailable_server_that_names_a_time_is_left_alone(
    client: Thingiverse, world: FakeThingiverse, clock: Clock
) -> None:
    world.faults.set("503", retry_after="20", times=1)
    with pytest.raises(Unreachable):
        await client.thing(1038, token=world.app.app_token)
    clock.now += 19
    with pytest.raises(Unreachable, match="known to be down") as caught:
        await client.thing(1038, token=world.app.app_token)
    assert caught.value.since == client.outage_since is not None
    assert len(world.requests) == 1
    clock.now += 2
    assert (await client.thing(1038, token=world.app.app_token)).id == 1038
    assert client.outage_since is None


async def test_an_outage_costs_its_timeout_once(hasty: Thingiverse, world: FakeThingiverse, clock: Clock) -> None:
    world.faults.set("hang")
    with pytest.raises(Unreachable):
        await hasty.thing(1038, token=world.app.app_token)
    for _ in range(50):
        with pytest.raises(Unreachable) as caught:
            await hasty.thing(1038, token=world.app.app_token)
    assert caught.value.since == hasty.outage_since is not None
    assert len(world.requests) <= 1
    world.faults.clear()
    clock.now += 16
    assert (await hasty.thing(1038, token=world.app.app_token)).id == 1038
    assert hasty.outage_since is None


async def test_a_redirect_is_not_followed_with_the_token(session: aiohttp.ClientSession) -> None:
    reached: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        reached.append(request.path)
        raise web.HTTPFound("/elsewhere")

    app = web.Application()
    app.router.add_get("/{any:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=10)
    with pytest.raises(Unexpected):
        await Thingiverse(transport, api_url=url, www_url=url).thing(1, token="x" * 32)
    assert reached == ["/things/1"]
    await runner.cleanup()


async def test_canceling_a_request_leaves_the_next_one_well(client: Thingiverse, world: FakeThingiverse) -> None:
    world.faults.latency = 0.2
    task = asyncio.create_task(client.popular(token=world.app.app_token))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    world.faults.clear()
    assert (await client.popular(token=world.app.app_token)).things


async def test_used_up_budget_is_said_and_nothing_is_sent(
    world: FakeThingiverse, session: aiohttp.ClientSession
) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(2), timeout=10)
    client = Thingiverse(transport, api_url=world.api_url, www_url=world.www_url)
    outcomes: list[Any] = await asyncio.gather(
        *(client.me(token=world.app.app_token) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, RateLimited) for outcome in outcomes) == 3
    assert len(world.requests) == 2


@pytest.fixture
async def odd_server() -> AsyncGenerator[OddServer]:
    server = OddServer()
    async with TestServer(server.app) as at:
        server.url = str(at.make_url("")).rstrip("/")
        yield server


class OddServer:
    """A server with responses that the fake Thingiverse can't send."""

    url = ""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.bomb = compress(b" " * 50_000_000, 1)
        self.app = web.Application()
        self.app.router.add_get("/{name}", self.answer)

    async def answer(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        self.asked.append(name)
        gzip = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        match name:
            case "bomb":
                return web.Response(body=self.bomb, headers=gzip)
            case "no-gzip":
                return web.Response(body=b"{}", headers=gzip)
            case "large":
                return web.Response(body=b" " * 5_000_001, content_type="application/json")
            case "cloudflare":
                page = {"Content-Type": "text/html", "Retry-After": "9"}
                return web.Response(status=429, text="<html>1015", headers=page)
            case _:
                return web.json_response({}, status=int(name))


@pytest.mark.parametrize("name", ["bomb", "no-gzip", "large"])
async def test_no_body_is_read_past_the_limit(session: aiohttp.ClientSession, odd_server: OddServer, name: str) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=2, first_pause=0.001)
    tracemalloc.start()
    try:
        with pytest.raises(Unreachable):
            await transport.request("GET", f"{odd_server.url}/{name}")
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


async def test_retries_stay_within_the_time_of_the_call(session: aiohttp.ClientSession, odd_server: OddServer) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=0.2, first_pause=30)
    began = time.monotonic()
    with pytest.raises(Slow):
        await transport.request("GET", f"{odd_server.url}/503")
    assert time.monotonic() - began < 20, "less than its first pause"
    assert odd_server.asked == ["503"]


async def test_each_try_counts_and_the_failure_is_what_is_said(
    session: aiohttp.ClientSession, odd_server: OddServer
) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(2), timeout=10, first_pause=0.001)
    with pytest.raises(Unreachable, match="status 502"):
        await transport.request("GET", f"{odd_server.url}/502", urgency=Urgency.ACTION)
    assert odd_server.asked == ["502", "502"]
    with pytest.raises(RateLimited):
        await transport.request("GET", f"{odd_server.url}/200", urgency=Urgency.ACTION)


async def test_a_429_says_that_the_server_is_up(
    session: aiohttp.ClientSession, odd_server: OddServer, clock: Clock
) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=10, clock=clock, first_pause=0.001)
    for _ in range(5):
        with pytest.raises(Unreachable):
            await transport.request("GET", f"{odd_server.url}/500")
    assert transport.breaker(odd_server.url).since is not None
    clock.now += 16
    with pytest.raises(RateLimited) as caught:
        await transport.request("GET", f"{odd_server.url}/cloudflare")
    assert caught.value.retry_after == 9
    assert transport.breaker(odd_server.url).since is None


async def test_what_cannot_be_sent_is_said_without_it(session: aiohttp.ClientSession, odd_server: OddServer) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=10)
    with pytest.raises(Unexpected) as caught:
        await transport.request("GET", f"{odd_server.url}/200", token=f"{SECRET}\nX-Evil: 1")
    assert SECRET not in "".join(traceback.format_exception(caught.value))
    assert odd_server.asked == []
    assert transport.breaker(odd_server.url).since is None


async def test_a_closed_session_is_no_surprise(session: aiohttp.ClientSession, odd_server: OddServer) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=10)
    await session.close()
    with pytest.raises(Unreachable):
        await transport.request("GET", f"{odd_server.url}/200")


@pytest.mark.parametrize("name", ["200", "401", "500", "no-gzip"])
async def test_no_log_line_or_traceback_has_the_token(
    session: aiohttp.ClientSession, odd_server: OddServer, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=10, first_pause=0.001)
    said = ""
    with caplog.at_level(logging.DEBUG), capture_logs() as lines:
        try:
            await transport.request("GET", f"{odd_server.url}/{name}", token=SECRET)
        except Unreachable as error:
            said = "".join(traceback.format_exception(error)) + repr(error)
    assert SECRET not in said + caplog.text + str(lines)


async def test_our_own_loops_delay_is_not_taken_for_an_outage(
    session: aiohttp.ClientSession, world: FakeThingiverse, monkeypatch: pytest.MonkeyPatch
) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=30.0)
    world.faults.set("hang")
    asking = asyncio.create_task(transport.request("POST", f"{world.api_url}/things/1/likes"))
    await until(lambda: bool(world.requests))
    loop = asyncio.get_running_loop()
    clock = loop.time
    monkeypatch.setattr(loop, "time", lambda: clock() + 30.0 + LATE + 0.5)  # as if the loop had stood still
    with pytest.raises(Delayed):
        await asking
    assert transport.breaker(world.api_url).since is None
    world.faults.clear()
    await transport.request("GET", f"{world.api_url}/popular")
