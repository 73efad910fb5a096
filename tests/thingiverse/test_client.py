"""Each endpoint's request, and how its response is read."""

from __future__ import annotations

from collections.abc import Awaitable

import aiohttp
import pytest

from fakes.thingiverse import FakeThingiverse
from tests.thingiverse.conftest import AGENT, Clock
from thingiverse.budget import Budget
from thingiverse.client import PopularSource, Thingiverse
from thingiverse.errors import Blocked, NotFound, Refused, TokenRejected, Unexpected, Unreachable
from thingiverse.transport import Transport


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


@pytest.mark.parametrize(("source", "path"), [("popular", "/api/popular"), ("search", "/api/search/")])
async def test_where_popular_comes_from_can_be_set(
    world: FakeThingiverse, session: aiohttp.ClientSession, source: PopularSource, path: str
) -> None:
    transport = Transport(session, user_agent=AGENT, budget=Budget(), timeout=10)
    client = Thingiverse(transport, api_url=world.api_url, www_url=world.www_url, popular_source=source)
    assert (await client.popular(2, token=world.app.app_token, per_page=10)).page == 2
    (asked,) = world.requests
    assert (asked.method, asked.path) == ("GET", path)
    assert (asked.query["page"], asked.query["per_page"]) == ("2", "10")


async def test_an_account_without_an_id_is_nobodys(client: Thingiverse, world: FakeThingiverse) -> None:
    world.faults.set("wrong_shape", match="GET /api/users/me")
    with pytest.raises(Unexpected):
        await client.me(token=world.token_for("mira"))


@pytest.mark.parametrize("term", ["..", ".", " .. ", "a/../b", "\ud800", "?page=9", "#", "%2e%2e"])
async def test_no_term_leaves_the_search(client: Thingiverse, world: FakeThingiverse, term: str) -> None:
    await client.search(term, token=world.app.app_token)
    assert all(asked.path.startswith("/api/search/") and asked.query["page"] == "1" for asked in world.requests)


async def test_ping_says_whether_the_token_is_taken(client: Thingiverse, world: FakeThingiverse) -> None:
    await client.ping(token=world.app.app_token)
    assert world.requests[-1].query["per_page"] == "1"
    with pytest.raises(TokenRejected):
        await client.ping(token="f" * 32)


@pytest.mark.parametrize("fault", ["404_empty", "400_no_results", "null", "null_hits"])
async def test_ping_does_not_take_something_else_for_thingiverse(
    client: Thingiverse, world: FakeThingiverse, fault: str
) -> None:
    world.faults.set(fault)
    with pytest.raises(Unexpected):
        await client.ping(token=world.app.app_token)


@pytest.mark.parametrize("fault", ["empty_200", "null", "broken_json", "wrong_shape"])
async def test_a_like_needs_no_body(client: Thingiverse, world: FakeThingiverse, fault: str) -> None:
    world.faults.set(fault)
    await client.like(1038, token=world.token_for("mira"))
    await client.unlike(1038, token=world.token_for("mira"))


async def test_tokeninfo_is_asked_again_and_a_code_never_is(client: Thingiverse, world: FakeThingiverse) -> None:
    world.faults.set("502_login", match="POST /login/*")
    with pytest.raises(Unreachable):
        await client.token_info("x" * 32)
    assert len(world.requests) == 3
    world.clear_requests()
    with pytest.raises(Unreachable):
        await client.exchange_code("c" * 32, client_id="i", client_secret="s")
    assert len(world.requests) == 1


async def test_an_unknown_code_is_refused(client: Thingiverse, world: FakeThingiverse) -> None:
    with pytest.raises(Refused):
        await client.exchange_code("c" * 32, client_id=world.app.client_id, client_secret="s", redirect_uri="https://b")


def exchange(client: Thingiverse, world: FakeThingiverse, code: str) -> Awaitable[str]:
    return client.exchange_code(code, client_id=world.app.client_id, client_secret=world.app.client_secret)


@pytest.mark.parametrize("fault", ["html", "html_403", "html_503", "robots"])
async def test_where_www_asks_for_a_bot_check_the_api_exchanges_the_code(
    client: Thingiverse, world: FakeThingiverse, fault: str
) -> None:
    world.faults.set(fault, match="POST /login/oauth/access_token")
    for _ in range(4):  # also while www is known to be down
        token = await exchange(client, world, world.code_for("mira"))
        assert world.tokens[token].maker == "mira"


@pytest.mark.parametrize("second", ["html_403", "404_empty", "401", "500", "wrong_shape"])
async def test_where_neither_exchanges_it_is_called_blocked(
    client: Thingiverse, world: FakeThingiverse, second: str
) -> None:
    world.faults.set("html_403", match="POST /login/oauth/access_token")
    world.faults.set(second, match="POST /api/v2/*")
    with pytest.raises(Blocked):
        await exchange(client, world, world.code_for("mira"))


@pytest.mark.parametrize("fault", ["500", "cut", "401"])
async def test_a_code_that_may_have_been_used_is_sent_nowhere_else(
    client: Thingiverse, world: FakeThingiverse, fault: str
) -> None:
    world.faults.set(fault, match="POST /login/oauth/access_token")
    with pytest.raises((Unreachable, Refused)):
        await exchange(client, world, world.code_for("mira"))
    assert world.count("POST", "/api/v2/auth/oauth/access_token") == 0


async def test_makes_are_read_page_by_page(client: Thingiverse, world: FakeThingiverse) -> None:
    first = await client.makes(1038, token=world.app.app_token)
    assert (len(first.makes), first.total, first.more) == (29, 70, True), "one of thirty isn't checked yet"
    make = first.makes[0]
    assert make.url == f"{world.www_url}/make:{make.id}"
    assert (await client.makes(1038, 3, token=world.app.app_token)).more is False
    assert (await client.makes(1038, 4, token=world.app.app_token)).makes == ()
