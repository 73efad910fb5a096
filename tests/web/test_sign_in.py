"""Signing in with Discord on the linking page instead of a code, in a real browser."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from axe_playwright_python.async_playwright import Axe

from fakes.thingiverse import FakeThingiverse
from tests.chromium import NEEDS_CHROMIUM
from tests.ports import free_port
from tests.stage import buttons, text_of
from tests.web.oauth import PERSON, FakeOAuth
from tests.web.stage import FLOWS, PICTURES, Paged, allow, open_paged

pytestmark = NEEDS_CHROMIUM


@dataclass
class SignedIn:
    paged: Paged
    oauth: FakeOAuth
    new_browser: Any

    async def page_of(self, member: Any | None) -> Any:
        """A browser where that member is signed in to Discord."""
        context = await self.new_browser()
        if member is not None:
            await context.add_cookies([{"name": PERSON, "value": str(member.id), "url": self.oauth.url}])
        return await context.new_page()


@pytest_asyncio.fixture(loop_scope="session", params=FLOWS)
async def signed(
    request: pytest.FixtureRequest, world: FakeThingiverse, tmp_path: Path, new_browser: Any
) -> AsyncGenerator[SignedIn]:
    url = f"http://127.0.0.1:{free_port()}"
    async with (
        FakeOAuth(redirect_uri=f"{url}/link/signed-in") as oauth,
        open_paged(
            world,
            tmp_path,
            flow=request.param,
            public_url=url,
            web_listen=url.removeprefix("http://"),
            discord_client_id=oauth.client_id,
            discord_client_secret=oauth.client_secret,
            discord_authorize_url=f"{oauth.url}/oauth2/authorize",
            discord_api_base=f"{oauth.url}/api",
        ) as paged,
    ):
        paged.url = url
        yield SignedIn(paged, oauth, new_browser)


async def test_signing_in_takes_the_place_of_the_code(signed: SignedIn) -> None:
    paged, ann = signed.paged, signed.paged.stage.ann
    card, address = await paged.invited(ann)
    assert list(buttons(card)) == ["Authorize", "Continue", "New link"]
    page = await signed.page_of(ann)
    await allow(page, address, "mira")
    assert await page.locator("#code").count() == 0
    early = await ann.click(card, label="Continue")
    assert "You haven't signed in on the page yet" in text_of(early.followups[0])
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / "sign-in.png")
    assert (await Axe().run(page)).violations_count == 0
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.innerText") == "Sign in with Discord", "by keyboard too"
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="You're signed in").wait_for()
    assert (await Axe().run(page)).violations_count == 0
    assert page.url == f"{paged.url}/link/waiting"
    assert (signed.oauth.given_back, signed.oauth.tokens) == (1, {}), "Discord's key is not kept"
    asked = await ann.click(card, label="Continue")
    assert "@mira" in text_of(asked.response)
    assert await paged.link_of(ann) is None
    await ann.click(asked.response, label="Confirm")
    assert (await paged.link_of(ann)).maker_name == "mira"


async def test_a_victim_signed_in_as_herself_ends_the_attackers_attempt(signed: SignedIn) -> None:
    paged, ann, ben = signed.paged, signed.paged.stage.ann, signed.paged.stage.ben
    card, address = await paged.invited(ben)
    victim = await signed.page_of(ann)
    await allow(victim, address, "mira")
    await victim.locator("main").filter(has_text="to @ben on Discord").wait_for()
    await victim.get_by_role("link", name="Sign in with Discord").click()
    await victim.get_by_text("isn't the one that asked").wait_for()
    assert "they were trying to get into your account" in await victim.inner_text("main")
    assert await paged.attempt_of(ben) is None
    refused = await ben.click(card, label="Continue")
    assert "haven't signed in" in text_of(refused.followups[0])
    assert await paged.link_of(ben) is None


async def test_an_attackers_own_sign_in_is_no_use_in_another_browser(signed: SignedIn) -> None:
    """Ben signs in with Discord himself, and tries to use that in the victim's browser, and the other way around."""
    paged, ben = signed.paged, signed.paged.stage.ben
    _, address = await paged.invited(ben)
    victim = await signed.page_of(None)
    await allow(victim, address, "mira")
    code = signed.oauth.code_for(str(ben.id))
    attacker = await signed.page_of(ben)
    for page in (attacker, victim):
        for state in ("", "&state=" + "x" * 22):
            await page.goto(f"{paged.url}/link/signed-in?code={code}{state}")
            await page.get_by_text("There's nothing to finish in this browser").wait_for()
    assert code in signed.oauth.codes, "Discord was not even asked"
    await attacker.goto(f"{paged.url}/link/sign-in")
    await attacker.get_by_text("There's nothing to finish in this browser").wait_for()
    assert not (await paged.attempt_of(ben)).parked.proven


async def test_who_does_not_allow_it_can_try_again(signed: SignedIn) -> None:
    paged, ann = signed.paged, signed.paged.stage.ann
    _, address = await paged.invited(ann)
    page = await signed.page_of(None)
    await allow(page, address, "mira")
    await page.get_by_role("link", name="Sign in with Discord").click()
    await page.get_by_role("heading", name="Confirm it's you").wait_for()
    await page.context.add_cookies([{"name": PERSON, "value": str(ann.id), "url": signed.oauth.url}])
    await page.get_by_role("link", name="Sign in with Discord").click()
    await page.get_by_role("heading", name="You're signed in").wait_for()


async def test_while_discord_is_down_nothing_is_proven_and_one_can_try_again(signed: SignedIn) -> None:
    paged, ann = signed.paged, signed.paged.stage.ann
    _, address = await paged.invited(ann)
    page = await signed.page_of(ann)
    await allow(page, address, "mira")
    signed.oauth.down = True
    await page.get_by_role("link", name="Sign in with Discord").click()
    await page.get_by_text("Discord couldn't tell me who you are").wait_for()
    assert not (await paged.attempt_of(ann)).parked.proven
    signed.oauth.down = False
    await page.goto(f"{paged.url}/link/waiting")
    await page.get_by_role("link", name="Sign in with Discord").click()
    await page.get_by_role("heading", name="You're signed in").wait_for()
