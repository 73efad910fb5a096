"""One request, against a server that misbehaves in every way on record."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest

from demo.thingiverse import FakeThingiverse
from thingiverse.budget import Budget, Urgency
from thingiverse.client import Thingiverse
from thingiverse.errors import (
    NotFound,
    RateLimited,
    Refused,
    ThingiverseError,
    TokenRejected,
    Unexpected,
    Unreachable,
)
from thingiverse.transport import Transport

AGENT = "Thingamabot-test/0 (+https://example.org)"


class Clock:
    """Time that passes when told to."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def session() -> AsyncGenerator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def client(world: FakeThingiverse, session: aiohttp.ClientSession, clock: Clock) -> Thingiverse:
    transport = Transport(session, user_agent=AGENT, budget=Budget(1_000), timeout=0.5, clock=clock, first_pause=0.001)
    return Thingiverse(transport, api_url=world.api_url, www_url=world.www_url, clock=clock)


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
    client: Thingiverse, world: FakeThingiverse, fault: str, error: type[ThingiverseError]
) -> None:
    world.faults.set(fault)
    token = world.token_for("mira")
    began = time.monotonic()
    with pytest.raises(error) as caught:
        await client.thing(1038, token=token)
    assert time.monotonic() - began < 2.0
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
async def test_a_like_is_never_sent_twice(client: Thingiverse, world: FakeThingiverse, fault: str) -> None:
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


async def test_an_outage_costs_its_timeout_once(client: Thingiverse, world: FakeThingiverse, clock: Clock) -> None:
    world.faults.set("hang")
    with pytest.raises(Unreachable):
        await client.thing(1038, token=world.app.app_token)
    began = time.monotonic()
    for _ in range(50):
        with pytest.raises(Unreachable) as caught:
            await client.thing(1038, token=world.app.app_token)
    assert time.monotonic() - began < 0.2
    assert caught.value.since == client.outage_since is not None
    assert len(world.requests) == 1
    world.faults.clear()
    clock.now += 16
    assert (await client.thing(1038, token=world.app.app_token)).id == 1038
    assert client.outage_since is None


async def test_the_site_may_be_down_while_the_api_is_well(client: Thingiverse, world: FakeThingiverse) -> None:
    other = Thingiverse(
        client._transport, api_url=world.api_url, www_url=world.www_url.replace("127.0.0.1", "localhost")
    )
    world.faults.set("html", match="POST /login/*")
    for _ in range(6):
        with pytest.raises(Unreachable):
            await other.token_info("x" * 32)
    assert other.outage_since is None
    await other.me(token=world.token_for("mira"))


async def test_a_redirect_is_not_followed_with_the_token(session: aiohttp.ClientSession) -> None:
    from aiohttp import web

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
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=1)
    with pytest.raises(Unexpected):
        await Thingiverse(transport, api_url=url, www_url=url).thing(1, token="x" * 32)
    assert reached == ["/things/1"]
    await runner.cleanup()


async def test_cancelling_a_request_leaves_the_next_one_well(client: Thingiverse, world: FakeThingiverse) -> None:
    world.faults.latency = 0.2
    task = asyncio.create_task(client.popular(token=world.app.app_token))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    world.faults.clear()
    assert (await client.popular(token=world.app.app_token)).things


async def test_popular_gives_way_to_the_search_for_a_day(
    client: Thingiverse, world: FakeThingiverse, clock: Clock
) -> None:
    world.faults.set("gone", match="GET /api/popular")
    for _ in range(3):
        assert (await client.popular(token=world.app.app_token)).total is not None
    assert world.count("GET", "/api/popular") == 1
    world.faults.clear()
    clock.now += 25 * 3600
    await client.popular(token=world.app.app_token)
    assert world.count("GET", "/api/popular") == 2


async def test_a_page_past_the_end_does_not_mean_that_popular_is_gone(
    client: Thingiverse, world: FakeThingiverse
) -> None:
    assert (await client.popular(9, token=world.app.app_token)).things == ()
    assert (await client.popular(1, token=world.app.app_token)).things
    assert world.count("GET", "/api/search/") == 0


async def test_search_likes_and_me(client: Thingiverse, world: FakeThingiverse) -> None:
    found = await client.search("gear set", token=world.app.app_token)
    assert [thing.name for thing in found.things] == ["Herringbone gear set"]
    world.like("mira", 1038)
    token = world.token_for("mira")
    assert [thing.id for thing in (await client.likes(token=token)).things] == [1038]
    assert (await client.me(token=token)).name == "mira"
    with pytest.raises(NotFound):
        world.faults.set("404_empty", match="GET /api/users/*")
        await client.likes(token=token)


def test_the_window_is_strict_and_people_come_first() -> None:
    now = 0
    budget = Budget(10, window=1_000, clock=lambda: now)
    taken: dict[Urgency, int] = {}
    for urgency in Urgency:
        taken[urgency] = 0
        with pytest.raises(RateLimited):
            for _ in range(100):
                budget.take(urgency)
                taken[urgency] += 1
    assert taken == {Urgency.BACKGROUND: 6, Urgency.READ: 3, Urgency.ACTION: 1}
    now = 999
    with pytest.raises(RateLimited):
        budget.take(Urgency.ACTION)
    now = 1_001
    for _ in range(10):
        budget.take(Urgency.ACTION)
    with pytest.raises(RateLimited) as caught:
        budget.take(Urgency.ACTION)
    assert caught.value.retry_after >= 1


def test_no_window_ever_holds_more_than_allowed() -> None:
    now, sent = 0, list[int]()
    budget = Budget(30, window=300, clock=lambda: now)
    for now in range(0, 2_000, 3):
        try:
            budget.take(Urgency.ACTION)
            sent.append(now)
        except RateLimited:
            continue
    assert len(sent) > 100
    for start in sent:
        assert sum(start <= at < start + 300 for at in sent) <= 30


async def test_used_up_budget_is_said_and_nothing_is_sent(
    world: FakeThingiverse, session: aiohttp.ClientSession
) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(2), timeout=1)
    client = Thingiverse(transport, api_url=world.api_url, www_url=world.www_url)
    outcomes: list[Any] = await asyncio.gather(
        *(client.me(token=world.app.app_token) for _ in range(5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, RateLimited) for outcome in outcomes) == 3
    assert len(world.requests) == 2
