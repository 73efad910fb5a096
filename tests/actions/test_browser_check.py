"""A token is kept only after two proofs: the browser is the person's own, and they confirmed the account."""

from __future__ import annotations

import asyncio
import hmac
import string
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from actions.browser_check import ALPHABET, LETTERS, _letters
from actions.linking import digest
from errors import BotError, CodeRefused, LinkRefused
from storage.vault import new_key
from tests.actions.conftest import ANN, BEN, Room, open_room


async def test_an_account_is_kept_after_the_code_and_confirm_and_not_before(room: Room) -> None:
    browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
    mira = room.world.people["mira"].id
    with pytest.raises(LinkRefused):
        await room.links.confirm_link(ANN, mira)
    assert await room.browser_check.proven(ANN) is None
    candidate = await room.browser_check.enter_code(ANN, await room.code(browser))
    assert candidate.account.maker_name == "mira"
    assert await room.store.link_of(ANN) is None
    await room.links.confirm_link(ANN, mira)
    assert (await room.store.link_of(ANN)).maker_name == "mira"


async def test_a_forged_confirm_does_not_keep_what_is_not_proven(room: Room) -> None:
    """Buttons can be forged: a client can send any custom_id."""
    browser = await room.browser_check.arrive(await room.address(BEN, "mira"))
    for _ in range(3):
        with pytest.raises(LinkRefused):
            await room.links.confirm_link(BEN, room.world.people["mira"].id)
    assert await room.store.link_of(BEN) is None
    assert (await room.browser_check.arrival(browser)).maker_name == "mira"


async def test_confirm_takes_only_the_account_that_was_shown(room: Room) -> None:
    browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
    await room.browser_check.enter_code(ANN, await room.code(browser))
    with pytest.raises(LinkRefused):
        await room.links.confirm_link(ANN, room.world.people["kumiko"].id)
    assert await room.store.link_of(ANN) is None


async def test_five_wrong_codes_close_the_attempt(room: Room) -> None:
    browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
    code = await room.code(browser)
    for _ in range(4):
        with pytest.raises(CodeRefused, match="not the code"):
            await room.browser_check.enter_code(ANN, "0000-0000")
    with pytest.raises(CodeRefused, match="closed"):
        await room.browser_check.enter_code(ANN, "0000-0000")
    with pytest.raises(CodeRefused):
        await room.browser_check.enter_code(ANN, code)
    assert await room.store.attempt_of(ANN) is None, "and the token that was parked is gone"


async def test_the_fifth_try_may_be_the_right_one(room: Room) -> None:
    browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
    for _ in range(4):
        with pytest.raises(CodeRefused):
            await room.browser_check.enter_code(ANN, "0000-0000")
    assert (await room.browser_check.enter_code(ANN, await room.code(browser))).account.maker_name == "mira"


async def test_guesses_sent_at_once_are_counted_like_guesses_in_turn(room: Room) -> None:
    """The right code is sent last, together with the wrong ones, and must be too late."""
    browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
    guesses = [*(f"0000-00{n:02}" for n in range(30)), await room.code(browser)]
    said = await asyncio.gather(
        *(room.browser_check.enter_code(ANN, guess) for guess in guesses), return_exceptions=True
    )
    assert all(isinstance(each, CodeRefused) for each in said)
    assert await room.store.attempt_of(ANN) is None


async def test_a_sixth_try_is_not_looked_at_even_where_the_fifth_did_not_get_to_close_the_attempt(room: Room) -> None:
    """This happens if the process is killed between counting and closing."""
    browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
    for _ in range(5):
        await room.store.count_try(ANN)
    with pytest.raises(CodeRefused, match="closed"):
        await room.browser_check.enter_code(ANN, await room.code(browser))
    assert await room.store.attempt_of(ANN) is None


async def test_a_state_counts_once_however_often_it_comes(room: Room) -> None:
    address = await room.address(ANN, "mira")
    said = await asyncio.gather(*(room.browser_check.arrive(address) for _ in range(6)), return_exceptions=True)
    assert sorted(isinstance(each, LinkRefused) for each in said) == [False, True, True, True, True, True]
    with pytest.raises(LinkRefused, match="already used"):
        await room.browser_check.arrive(address)
    with pytest.raises(LinkRefused, match="already used"):
        await room.links.finish_link(ANN, address, browser_hash=digest("another browser"))


async def test_a_state_that_is_unknown_missing_or_replaced_is_refused(room: Room) -> None:
    older = await room.address(ANN, "mira")
    newer = await room.address(ANN, "mira")
    for address in (
        older,
        newer.replace("state=", "state=x"),
        newer.partition("&")[0],
        room.world.token_for("mira"),
        f"{newer}&state=other",
        "",
        "x" * 5000,
    ):
        with pytest.raises(LinkRefused):
            await room.browser_check.arrive(address)
    attempt = await room.store.attempt_of(ANN)
    assert attempt is not None
    assert attempt.parked is None
    assert await room.browser_check.arrive(newer)


async def test_states_have_128_bits_and_only_their_digest_is_kept(room: Room) -> None:
    addresses = [await room.address(person, "mira") for person in range(1, 40)]
    states = [address.partition("&state=")[2] for address in addresses]
    assert all(len(state) == 22 for state in states), "16 bytes in base64"
    assert len(set(states)) == len(states)
    kept = await rows(room)
    assert not [state for state in states if state in kept]


async def test_neither_code_nor_browser_secret_nor_token_is_in_the_database(room: Room) -> None:
    address = await room.address(ANN, "mira")
    browser = await room.browser_check.arrive(address)
    kept = await rows(room)
    token = address.partition("access_token=")[2].partition("&")[0]
    for secret in (await room.code(browser), browser, token):
        assert secret not in kept
        assert secret.encode().hex() not in kept


async def test_a_code_belongs_to_one_person_and_one_arrival(room: Room) -> None:
    ann = await room.browser_check.arrive(await room.address(ANN, "mira"))
    ben = await room.browser_check.arrive(await room.address(BEN, "mira"))
    with pytest.raises(CodeRefused):
        await room.browser_check.enter_code(ANN, await room.code(ben))
    older = await room.code(ann)
    newer = await room.browser_check.arrive(await room.address(ANN, "mira"))
    with pytest.raises(LinkRefused):
        await room.browser_check.arrival(ann)
    with pytest.raises(CodeRefused):
        await room.browser_check.enter_code(ANN, older)
    assert await room.browser_check.enter_code(ANN, await room.code(newer))


async def test_what_is_parked_is_forgotten_after_five_minutes(room: Room) -> None:
    browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
    code = await room.code(browser)
    room.clock.passes(minutes=5, seconds=1)
    with pytest.raises(LinkRefused, match="it expired"):
        await room.browser_check.arrival(browser)
    with pytest.raises(CodeRefused):
        await room.browser_check.enter_code(ANN, code)
    await room.store.drop_expired_attempts(room.clock())
    attempt = await room.store.attempt_of(ANN)
    assert attempt is not None
    assert attempt.parked is None


async def test_confirm_too_is_within_the_five_minutes(room: Room) -> None:
    browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
    room.clock.passes(minutes=4)
    await room.browser_check.enter_code(ANN, await room.code(browser))
    room.clock.passes(minutes=2)
    with pytest.raises(LinkRefused):
        await room.links.confirm_link(ANN, room.world.people["mira"].id)


async def test_all_of_it_survives_a_restart_in_the_middle(world: Any, tmp_path: Path) -> None:
    where, key = f"sqlite:///{tmp_path / 'bot.db'}", new_key()
    async with open_room(world, where=where, key=key) as before:
        browser = await before.browser_check.arrive(await before.address(ANN, "mira"))
        code = await before.code(browser)
    async with open_room(world, where=where, key=key) as after:
        assert await after.code(browser) == code
        assert (await after.browser_check.enter_code(ANN, code)).account.maker_name == "mira"


async def test_an_outage_on_arrival_uses_nothing_up(room: Room) -> None:
    address = await room.address(ANN, "mira")
    room.world.faults.set("500", match="GET /api/users/me")
    with pytest.raises(BotError, match="isn't responding"):
        await room.browser_check.arrive(address)
    room.world.faults.clear()
    assert await room.browser_check.arrive(address)


async def test_a_denial_on_the_page_closes_the_attempt(room: Room) -> None:
    state = (await room.address(ANN, "mira")).partition("state=")[2]
    with pytest.raises(LinkRefused, match="chose not to allow"):
        await room.browser_check.arrive(f"{room.world.app.redirect_uri}#error=access_denied&state={state}")
    assert await room.store.attempt_of(ANN) is None


async def test_a_key_of_another_app_is_refused_on_the_page_too(room: Room) -> None:
    state = (await room.address(ANN, "mira")).partition("state=")[2]
    token = room.world.token_for("mira", client_id="f" * 20)
    with pytest.raises(LinkRefused, match="another app"):
        await room.browser_check.arrive(f"{room.world.app.redirect_uri}#access_token={token}&state={state}")


async def test_with_the_sign_in_no_code_is_shown_or_taken(world: Any) -> None:
    async with open_room(world, proof="discord") as room:
        browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
        assert (await room.browser_check.arrival(browser)).code is None
        with pytest.raises(CodeRefused):
            await room.browser_check.enter_code(ANN, "0000-0000")


async def test_a_sign_in_proves_whose_browser_it_is(world: Any) -> None:
    async with open_room(world, proof="discord") as room:
        browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
        state = await room.browser_check.begin_sign_in(browser)
        await room.browser_check.use_up_sign_in(browser, state)
        await room.browser_check.signed_in(browser, ANN)
        assert (await room.browser_check.proven(ANN)).account.maker_name == "mira"
        with pytest.raises(LinkRefused):
            await room.browser_check.begin_sign_in(browser)


async def test_signed_in_as_another_closes_the_attempt(world: Any) -> None:
    async with open_room(world, proof="discord") as room:
        browser = await room.browser_check.arrive(await room.address(BEN, "mira"))
        await room.browser_check.use_up_sign_in(browser, await room.browser_check.begin_sign_in(browser))
        with pytest.raises(LinkRefused, match="isn't the one that asked"):
            await room.browser_check.signed_in(browser, ANN)
        assert await room.store.attempt_of(BEN) is None


async def test_a_sign_in_comes_back_once_with_its_state_to_its_browser(world: Any) -> None:
    async with open_room(world, proof="discord") as room:
        ann = await room.browser_check.arrive(await room.address(ANN, "mira"))
        ben = await room.browser_check.arrive(await room.address(BEN, "kumiko"))
        replaced, state = await room.browser_check.begin_sign_in(ann), await room.browser_check.begin_sign_in(ann)
        for browser, wrong in ((ann, replaced), (ann, ""), (ben, state), ("", state), ("x" * 22, state)):
            with pytest.raises(LinkRefused):
                await room.browser_check.use_up_sign_in(browser, wrong)
        await room.browser_check.use_up_sign_in(ann, state)
        with pytest.raises(LinkRefused):
            await room.browser_check.use_up_sign_in(ann, state)


async def test_a_state_is_good_for_its_own_purpose_only(world: Any) -> None:
    """A state for Thingiverse doesn't work for Discord, and the other way around."""
    async with open_room(world, proof="discord") as room:
        address = await room.address(ANN, "mira")
        browser = await room.browser_check.arrive(address)
        state = await room.browser_check.begin_sign_in(browser)
        with pytest.raises(LinkRefused):
            await room.browser_check.use_up_sign_in(browser, address.partition("state=")[2])
        with pytest.raises(LinkRefused, match="no longer valid"):
            await room.browser_check.arrive(f"{address.partition('&')[0]}&state={state}")


async def test_state_code_and_sign_in_are_compared_in_constant_time(
    world: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[Any, Any]] = []
    plainly = hmac.compare_digest

    def noted(left: Any, right: Any) -> bool:
        compared.append((left, right))
        return plainly(left, right)

    monkeypatch.setattr(hmac, "compare_digest", noted)
    async with open_room(world) as room:
        address = await room.address(ANN, "mira")
        kept = (await room.store.attempt_of(ANN)).state_hash
        browser = await room.browser_check.arrive(address)
        assert (digest(address.partition("state=")[2]), kept) in compared
        code = await room.code(browser)
        await room.browser_check.enter_code(ANN, code)
        assert (code.encode(), code.encode()) in compared
    async with open_room(world, proof="discord") as room:
        browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
        state = await room.browser_check.begin_sign_in(browser)
        await room.browser_check.use_up_sign_in(browser, state)
        assert (digest(state), digest(state)) in compared


async def test_once_the_code_was_right_the_page_shows_it_no_more(room: Room) -> None:
    browser = await room.browser_check.arrive(await room.address(ANN, "mira"))
    await room.browser_check.enter_code(ANN, await room.code(browser))
    arrival = await room.browser_check.arrival(browser)
    assert (arrival.code, arrival.proven) == (None, True)


async def test_a_denial_without_a_state_closes_nobodys_attempt(room: Room) -> None:
    await room.address(ANN, "mira")
    with pytest.raises(LinkRefused, match="chose not to allow"):
        await room.browser_check.arrive(f"{room.world.app.redirect_uri}?error=access_denied")
    assert await room.store.attempt_of(ANN) is not None


@given(st.text(ALPHABET, min_size=LETTERS, max_size=LETTERS))
def test_a_code_is_read_as_people_type_it(code: str) -> None:
    for typed in (code.lower(), f" {code[:4]}-{code[4:]} ", "\u2013".join([code[:4], code[4:]]), " ".join(code)):
        assert _letters(typed) == code.encode()
    assert _letters(code.replace("0", "o").replace("1", "l")) == code.encode()


@given(st.text())
def test_whatever_is_typed_becomes_plain_letters(typed: str) -> None:
    assert set(_letters(typed).decode()) <= set(string.digits + string.ascii_uppercase)


async def rows(room: Room) -> str:
    """Everything in the table of attempts, as text, with bytes as hexadecimal digits."""
    found = await room.store._all(sa.text("SELECT * FROM attempts"))
    return " ".join(each.hex() if isinstance(each, bytes) else str(each) for row in found for each in row)
