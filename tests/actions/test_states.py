"""Replies without a state: when they're rejected, and that nothing gets around the linking page."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

import pytest
from structlog.testing import capture_logs

from actions.link_pause import LONGEST, LinkPause
from actions.states import KNOWN, MANY, refused_without_state
from errors import BotError, LinkRefused, PasteRefused
from tests.actions.conftest import ANN, BEN, Room, open_room

MAKERS = ["mira", "kumiko", "gyro", "bricole"]


@pytest.fixture
async def pasting(world: Any) -> AsyncGenerator[Room]:
    """Actions without a linking page."""
    async with open_room(world, proof=None) as room:
        yield room


async def link(room: Room, person: int, maker: str, *, state: bool = True) -> None:
    """Paste a reply and confirm."""
    address = await room.address(person, maker)
    await room.links.finish_link(person, address if state else address.partition("&state=")[0])
    await room.links.confirm_link(person, room.world.people[maker].id)


async def stateless_is_refused(room: Room, person: int = 500) -> bool:
    try:
        await link(room, person, "owner", state=False)
    except LinkRefused:
        return True
    await room.store.unlink(person)
    return False


async def test_the_links_of_three_people_teach_that_states_come_back(pasting: Room) -> None:
    for person, maker in ((1, "mira"), (2, "kumiko")):
        await link(pasting, person, maker)
    assert not await stateless_is_refused(pasting)
    await link(pasting, 3, "gyro")
    assert await stateless_is_refused(pasting)


async def test_one_person_alone_teaches_nothing(pasting: Room) -> None:
    for maker in MAKERS:
        await link(pasting, ANN, maker)
    assert not await stateless_is_refused(pasting)


async def test_one_account_with_many_people_teaches_nothing(pasting: Room) -> None:
    for person in range(1, 6):
        await link(pasting, person, "mira")
    assert not await stateless_is_refused(pasting)


async def test_links_without_a_state_teach_nothing(pasting: Room) -> None:
    for person, maker in enumerate(MAKERS, 1):
        await link(pasting, person, maker, state=False)
    assert not await stateless_is_refused(pasting)


async def test_what_was_learned_is_never_forgotten(pasting: Room) -> None:
    for person, maker in enumerate(MAKERS[:3], 1):
        await link(pasting, person, maker)
    for person in range(1, 4):
        await pasting.store.personal.erase(person)
    assert await stateless_is_refused(pasting)
    assert await pasting.store.meta(KNOWN) is not None


@pytest.mark.parametrize(("setting", "refused"), [("always", True), ("never", False)])
async def test_the_setting_decides_where_it_is_not_auto(world: Any, setting: Any, refused: bool) -> None:
    async with open_room(world, proof=None, state=setting) as room:
        for person, maker in enumerate(MAKERS[:3], 1):
            await link(room, person, maker)
        assert await stateless_is_refused(room) == refused


async def test_many_refused_answers_are_told_to_the_operator(world: Any) -> None:
    async with open_room(world, proof=None, state="always") as room:
        with capture_logs() as lines:
            for _ in range(MANY):
                assert await stateless_is_refused(room)
        assert await refused_without_state(room.store) == MANY
        told = [line for line in lines if line["event"] == "many answers without a state"]
        assert ["THINGIVERSE_STATE" in line["fix"] for line in told] == [True]


async def test_a_bare_key_has_no_state_either(world: Any) -> None:
    async with open_room(world, proof=None, state="always") as room:
        await room.links.begin_link(ANN)
        with pytest.raises(LinkRefused, match="who it's for"):
            await room.links.finish_link(ANN, world.token_for("mira"))


# -- with a client secret


@pytest.mark.parametrize("form", ["{redirect}#access_token={token}&state={state}", "{token}", "access_token={token}"])
async def test_with_a_client_secret_no_key_is_taken(world: Any, form: str) -> None:
    """An attacker can ask Thingiverse for a key although the bot asks for codes."""
    async with open_room(world, proof=None, secret=True) as room:
        state = (await room.links.begin_link(BEN)).url.partition("state=")[2].partition("&")[0]
        given = form.format(redirect=world.app.redirect_uri, token=world.token_for("mira"), state=state)
        with pytest.raises(LinkRefused):
            await room.links.finish_link(BEN, given)
        attempt = await room.store.attempt_of(BEN)
        assert attempt is not None
        assert attempt.parked is None


# -- with a linking page


@pytest.mark.parametrize("secret", [False, True])
@pytest.mark.parametrize("with_state", [False, True])
async def test_with_a_linking_page_nothing_is_taken_past_it(world: Any, secret: bool, with_state: bool) -> None:
    """Ben gets the link that Mira's owner landed on, and pastes it."""
    async with open_room(world, proof="discord", secret=secret) as room:
        state = (await room.links.begin_link(BEN)).url.partition("state=")[2].partition("&")[0]
        answer = f"?code={world.code_for('mira')}" if secret else f"#access_token={world.token_for('mira')}"
        address = f"{world.app.redirect_uri}{answer}" + (f"&state={state}" if with_state else "")
        asked = len(world.requests)
        with pytest.raises(PasteRefused):
            await room.links.finish_link(BEN, address)
        if not with_state:
            with pytest.raises(LinkRefused, match="who it's for"):
                await room.browser_check.arrive(address)
        with pytest.raises(LinkRefused):
            await room.links.confirm_link(BEN, world.people["mira"].id)
        assert len(world.requests) == asked, "Thingiverse was not even asked"


# -- an account that is linked twice


async def test_whoever_links_an_account_a_second_time_is_told_before_confirm_and_the_first_is_named(
    pasting: Room,
) -> None:
    await link(pasting, ANN, "mira")
    candidate = await pasting.links.finish_link(BEN, await pasting.address(BEN, "mira"))
    assert candidate.shared
    confirmed = await pasting.links.confirm_link(BEN, pasting.world.people["mira"].id)
    assert confirmed.others == [ANN]


async def test_a_dead_link_counts_as_nobodys(pasting: Room) -> None:
    await link(pasting, ANN, "mira")
    dead = await pasting.store.link_of(ANN)
    assert dead is not None
    await pasting.store.mark_dead(ANN, dead.token, pasting.clock())
    candidate = await pasting.links.finish_link(BEN, await pasting.address(BEN, "mira"))
    assert not candidate.shared


# -- pauses


async def test_a_new_link_gives_no_new_tries(pasting: Room) -> None:
    for _ in range(4):
        await pasting.links.begin_link(ANN)
        with pytest.raises(LinkRefused):
            await pasting.links.finish_link(ANN, "0" * 31 + "a")
    await pasting.links.begin_link(ANN)
    with pytest.raises(LinkRefused):
        await pasting.links.finish_link(ANN, "0" * 31 + "a")
    with pytest.raises(BotError, match="too many failed tries"):
        await pasting.links.begin_link(ANN)
    assert await pasting.links.begin_link(BEN)


def test_the_pause_doubles_up_to_an_hour_and_ends_with_a_link() -> None:
    now = 0.0
    pause = LinkPause(lambda: now)
    lengths: list[float] = []
    for _ in range(9):
        pause.lengthen(ANN)
        began = now
        while is_waiting(pause):
            now += 30
        lengths.append(now - began)
    assert lengths == [60, 120, 240, 480, 960, 1_920, LONGEST, LONGEST, LONGEST]
    pause.lengthen(ANN)
    pause.forgive(ANN)
    assert not is_waiting(pause)


def is_waiting(pause: LinkPause) -> bool:
    try:
        pause.require_over(ANN)
    except BotError:
        return True
    return False
