"""No key, code, state, or browser secret ends up in a log line, a URL, or a repr."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import log
from actions.browser_check import Arrival
from fakes.thingiverse import FakeThingiverse
from tests.stage import text_of
from tests.web.stage import FLOWS, Paged, open_paged
from web.sign_in import DiscordSignIn


@pytest.fixture
def lines() -> Any:
    """All log lines at DEBUG, without redaction of known secrets, which must not be logged at all."""
    stream = io.StringIO()
    log.configure("DEBUG", "text", [], stream)
    yield stream
    log.configure("WARNING", "text", [])


def answer_of(paged: Paged, address: str) -> tuple[str, str, str]:
    """Path or body of the reply, its secret, and its state."""
    state = address.partition("state=")[2].partition("&")[0]
    if "response_type=code" in address:
        secret = paged.stage.world.code_for("mira")
        return f"code={secret}&state={state}", secret, state
    secret = paged.stage.world.token_for("mira")
    return f"access_token={secret}&state={state}", secret, state


@pytest.mark.parametrize("flow", FLOWS)
async def test_nothing_secret_is_logged_from_the_link_to_confirm(
    world: FakeThingiverse, tmp_path: Path, lines: Any, flow: str
) -> None:
    async with (
        open_paged(world, tmp_path, flow=flow) as paged,
        aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser,
    ):
        ann = paged.stage.ann
        card, address = await paged.invited(ann)
        answer, secret, state = answer_of(paged, address)
        sent = (
            browser.get(f"{paged.url}/link/callback?{answer}")
            if flow == "code"
            else browser.post(f"{paged.url}/link/callback", data={"answer": answer})
        )
        async with sent as landed:
            page = await landed.text()
        code = page.partition('<span aria-hidden="true">')[2].partition("<")[0]
        cookies = [cookie.value for cookie in browser.cookie_jar]
        asked = await paged.enter(ann, card, code)
        await ann.click(asked.response, label="Confirm")
        assert (await paged.link_of(ann)).maker_name == "mira"
    logged = lines.getvalue()
    assert "linked" in logged, "something was logged at all"
    assert len(code) == 9
    for hidden in (secret, state, code, code.replace("-", ""), *cookies, *world.tokens):
        assert hidden
        assert hidden not in logged
        assert hidden not in text_of(asked.response)


async def test_a_failure_that_holds_the_answer_does_not_log_it(
    world: FakeThingiverse, tmp_path: Path, lines: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_paged(world, tmp_path, flow="code") as paged, aiohttp.ClientSession() as browser:
        _, address = await paged.invited(paged.stage.ann)
        answer, secret, state = answer_of(paged, address)

        async def broken(_: object, given: str) -> str:
            raise RuntimeError(f"cannot take {given}")

        monkeypatch.setattr("actions.browser_check.BrowserCheck.arrive", broken)
        async with browser.get(f"{paged.url}/link/callback?{answer}") as failed:
            said = await failed.text()
    logged = lines.getvalue()
    assert "page failed" in logged
    for hidden in (secret, state):
        assert hidden not in logged
        assert hidden not in said


def test_no_repr_shows_a_code_or_a_secret() -> None:
    arrival = Arrival("ann", "mira", "CANARY12", proven=False, by_sign_in=False)
    app = DiscordSignIn(None, "1", "canary-secret", "https://a.example", "https://b.example", "https://c.example")
    assert "CANARY" not in repr(arrival)
    assert "canary" not in repr(app)
