"""Pages that one process fetches for all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from shared import pages
from shared.pages import KINDS, SharedShelf
from tests.redis_server import RedisServer
from tests.shared.stage import two_linked
from tests.waiting import until
from thingiverse.details import Details, File, Make, Makes, Picture
from thingiverse.errors import NotFound, ShareUsedUp, Unreachable
from thingiverse.models import Category, Collection, Listing, Maker, Thing

VASES = "search:1:sort=relevant:red vases"
LISTING = Listing(things=(Thing(id=5, title="A vase", tagged=("vase",)),), total=1, more=True)


@dataclass
class Upstream:
    """What's fetched, and how often."""

    calls: int = 0
    fails: list[Exception] = field(default_factory=list[Exception])
    answers: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self) -> Listing:
        self.calls += 1
        await self.answers.wait()
        if self.fails:
            raise self.fails.pop(0)
        return LISTING


class Now:
    def __init__(self) -> None:
        self.ahead = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@asynccontextmanager
async def two_shelves(redis: RedisServer) -> AsyncGenerator[tuple[SharedShelf, SharedShelf, Now]]:
    now = Now()
    async with AsyncExitStack() as stack:
        one, two, _ = await stack.enter_async_context(two_linked(redis.url))
        shelves = [SharedShelf(each, redis.url, now=now) for each in (one, two)]
        for each in shelves:
            await each.open()
            stack.push_async_callback(each.close)
        yield shelves[0], shelves[1], now


@pytest.fixture
def upstream() -> Upstream:
    found = Upstream()
    found.answers.set()
    return found


async def read(shelf: SharedShelf, upstream: Upstream) -> Listing:
    return (await shelf.read(VASES, upstream, fresh=300, keep=3_600)).value


async def test_a_thousand_readers_of_two_processes_cost_one_request(redis: RedisServer) -> None:
    async with two_shelves(redis) as (one, two, _):
        upstream = Upstream()
        readers = asyncio.gather(*(read((one, two)[n % 2], upstream) for n in range(1_000)))
        await until(lambda: upstream.calls)
        upstream.answers.set()
        assert await readers == [LISTING] * 1_000
        assert upstream.calls == 1


async def test_no_name_of_a_page_can_be_read(redis: RedisServer, upstream: Upstream) -> None:
    async with two_shelves(redis) as (one, _, _now):
        await read(one, upstream)
        assert not [name for name in redis.names() if "red vases" in name]


async def test_who_cannot_fetch_leaves_it_to_the_other_process(redis: RedisServer) -> None:
    async with two_shelves(redis) as (one, two, _):
        upstream = Upstream(fails=[ShareUsedUp(5)])
        first = asyncio.create_task(read(one, upstream))
        await until(lambda: upstream.calls)
        second = asyncio.create_task(read(two, upstream))
        upstream.answers.set()
        with pytest.raises(ShareUsedUp):
            await first
        assert await second == LISTING


async def test_a_process_that_dies_while_it_fetches_is_not_waited_for_long(
    redis: RedisServer, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "LOCKED_FOR", 0.3)
    async with two_shelves(redis) as (one, two, _):
        assert await one._lock(f"{one._page(VASES)}:lock", "dead")
        assert await read(two, upstream) == LISTING


async def test_an_old_copy_of_another_process_stands_in_when_thingiverse_fails(
    redis: RedisServer, upstream: Upstream
) -> None:
    async with two_shelves(redis) as (one, two, now):
        await read(one, upstream)
        now.ahead = timedelta(minutes=10)
        upstream.fails = [Unreachable("down")]
        kept = await two.read(VASES, upstream, fresh=300, keep=3_600)
        assert (kept.value, kept.stale, upstream.calls) == (LISTING, True, 2)


async def test_what_is_gone_on_thingiverse_is_gone_in_all_processes(redis: RedisServer, upstream: Upstream) -> None:
    async with two_shelves(redis) as (one, two, now):
        await read(one, upstream)
        now.ahead = timedelta(minutes=10)
        upstream.fails = [NotFound(), Unreachable("down")]
        with pytest.raises(NotFound):
            await read(one, upstream)
        with pytest.raises(Unreachable):
            await read(two, upstream)


async def test_what_is_forgotten_is_fetched_again_by_all(redis: RedisServer, upstream: Upstream) -> None:
    async with two_shelves(redis) as (one, two, _):
        one.tell = two.forget_here
        for each in (one, two):
            await read(each, upstream)
        await one.forget(VASES)
        for each in (two, one):
            await read(each, upstream)
        assert upstream.calls == 2


async def test_without_redis_each_process_fetches_by_itself(redis: RedisServer, upstream: Upstream) -> None:
    async with two_shelves(redis) as (one, two, _):
        redis.kill()
        assert [await read(each, upstream) for each in (one, two, one, two)] == [LISTING] * 4
        assert upstream.calls == 2


async def test_what_another_version_wrote_is_fetched_again(redis: RedisServer, upstream: Upstream) -> None:
    async with two_shelves(redis) as (one, two, _):
        await read(one, upstream)
        with redis.client() as client:
            client.set(one._page(VASES), b"\x93something else")
        assert await read(two, upstream) == LISTING


WHOLE = {
    Listing: LISTING,
    Details: Details(id=5, title="A vase", maker=Maker(number=3, login="mira")),
    Makes: Makes(makes=(Make(id=3, description={"text": "Printed in red"}),), page=1),
    tuple[Picture, ...]: (Picture(),),
    tuple[File, ...]: (File(),),
    Maker: Maker(number=3, login="mira"),
    Collection: Collection(id=9, title="Vases"),
    tuple[Category, ...]: (Category(id=1, title="Art"),),
}


@pytest.mark.parametrize("kind", KINDS)
async def test_every_kind_of_page_arrives_as_it_was(redis: RedisServer, kind: str) -> None:
    async def fetch() -> object:
        return WHOLE[KINDS[kind]]

    async with two_shelves(redis) as (one, two, _):
        sent, arrived = [await each.read(f"{kind}:1", fetch, fresh=300, keep=3_600) for each in (one, two)]
        assert (arrived.value, type(arrived.value)) == (sent.value, type(sent.value))
        assert abs(arrived.fetched_at - sent.fetched_at) < timedelta(milliseconds=1)
