"""The clock jumps while someone is linking: nobody gets more than ten minutes, and everyone can continue."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from actions.linking import CLOCK_SLIP, CONFIRM_TIME, LINK_TIME
from errors import LinkRefused
from fakes.thingiverse import FakeThingiverse
from storage.vault import new_key
from tests.faults.dying import PERSON, Order, Rooms, rooms_for

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


class Watch:
    now = NOON

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def rooms(world: FakeThingiverse, tmp_path: Path, watch: Watch) -> AsyncGenerator[Rooms]:
    app = world.app
    order = Order(
        act="",
        step=None,
        database=f"sqlite:///{tmp_path / 'bot.db'}",
        key=new_key(),
        www_url=world.www_url,
        api_url=world.api_url,
        client_id=app.client_id,
        client_secret=None,
        app_token=app.app_token,
        redirect_uri=app.redirect_uri,
        pasted=f"{app.redirect_uri}#access_token={world.token_for('mira')}",
        maker_id=world.people["mira"].id,
    )
    async with rooms_for(order) as rooms:
        rooms.links._now = rooms.accounts._now = rooms.likes._now = watch
        yield rooms


JUMPS = [timedelta(days=1), -timedelta(days=1), LINK_TIME + timedelta(seconds=1), -CLOCK_SLIP - timedelta(seconds=1)]


@pytest.mark.parametrize("jump", JUMPS)
async def test_a_link_begun_before_the_jump_has_run_out(rooms: Rooms, watch: Watch, jump: timedelta) -> None:
    await rooms.links.begin_link(PERSON)
    watch.now += jump
    assert not await rooms.links.is_linking(PERSON)
    with pytest.raises(LinkRefused, match="expired"):
        await rooms.links.finish_link(PERSON, rooms.order.pasted)
    await rooms.links.begin_link(PERSON)
    await rooms.links.finish_link(PERSON, rooms.order.pasted)
    assert (await rooms.links.confirm_link(PERSON, rooms.order.maker_id)).link.maker_name == "mira"


@pytest.mark.parametrize("jump", [LINK_TIME + CONFIRM_TIME + timedelta(seconds=1), -timedelta(days=400)])
async def test_what_waits_to_be_confirmed_has_run_out(rooms: Rooms, watch: Watch, jump: timedelta) -> None:
    await rooms.links.begin_link(PERSON)
    await rooms.links.finish_link(PERSON, rooms.order.pasted)
    watch.now += jump
    with pytest.raises(LinkRefused, match="This expired"):
        await rooms.links.confirm_link(PERSON, rooms.order.maker_id)
    assert await rooms.store.link_of(PERSON) is None


@pytest.mark.parametrize("slip", [timedelta(seconds=30), -timedelta(seconds=30)])
async def test_a_clock_that_is_put_right_costs_nobody_their_link(rooms: Rooms, watch: Watch, slip: timedelta) -> None:
    await rooms.links.begin_link(PERSON)
    watch.now += slip
    await rooms.links.finish_link(PERSON, rooms.order.pasted)
    assert (await rooms.links.confirm_link(PERSON, rooms.order.maker_id)).link.maker_name == "mira"


async def test_an_account_goes_on_working_whatever_the_clock_says(rooms: Rooms, watch: Watch) -> None:
    await rooms.links.begin_link(PERSON)
    await rooms.links.finish_link(PERSON, rooms.order.pasted)
    await rooms.links.confirm_link(PERSON, rooms.order.maker_id)
    for jump in (-timedelta(days=4_000), timedelta(days=8_000)):
        watch.now += jump
        assert (await rooms.likes.set_like(PERSON, 1038, True)).link.maker_name == "mira"
