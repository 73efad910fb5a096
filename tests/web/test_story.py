"""Linking without pasting, in a real browser, in both of Thingiverse's flows."""

from __future__ import annotations

from typing import Any

from tests.chromium import NEEDS_CHROMIUM
from tests.stage import buttons, text_of
from tests.web.stage import PICTURES, Paged, allow, code_on

pytestmark = NEEDS_CHROMIUM


async def test_linking_needs_no_pasting_in_either_flow(paged: Paged, new_browser: Any) -> None:
    ann = paged.stage.ann
    card, address = await paged.invited(ann)
    assert list(buttons(card)) == ["Authorize", "Enter code", "New link"]
    page = await (await new_browser()).new_page()
    await allow(page, address, "mira")
    code = await code_on(page)
    assert "Linking @mira on Thingiverse to @ann on Discord." in await page.inner_text("main")
    assert "if someone sent you this link, close this page" in await page.inner_text("main")
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / "code.png")
    assert await paged.link_of(ann) is None, "nothing is kept yet"
    asked = await paged.enter(ann, card, code)
    assert "@mira" in text_of(asked.response)
    assert await paged.link_of(ann) is None, "nor before Confirm"
    await ann.click(asked.response, label="Confirm")
    assert (await paged.link_of(ann)).maker_name == "mira"


async def test_neither_address_bar_nor_history_holds_the_answer(paged: Paged, new_browser: Any) -> None:
    _, address = await paged.invited(paged.stage.ann)
    page = await (await new_browser()).new_page()
    sent: list[Any] = []
    page.on("request", lambda request: sent.append(request))
    await allow(page, address, "mira")
    await code_on(page)
    assert page.url == f"{paged.url}/link/waiting"
    with_token = [r for r in sent if "access_token" in r.url.partition("#")[0]]
    assert with_token == [], "the key is in no address that a server sees"
    posted = [r for r in sent if r.method == "POST" and r.url.startswith(paged.url)]
    assert len(posted) <= 1, "and is posted once"
    seen = [page.url]
    for _ in range(2):
        await page.go_back()
        seen.append(page.url)
    assert not [url for url in seen if "access_token" in url or ("code=" in url and url.startswith(paged.url))]


async def test_reloading_shows_the_same_code_and_takes_nothing_twice(paged: Paged, new_browser: Any) -> None:
    _, address = await paged.invited(paged.stage.ann)
    page = await (await new_browser()).new_page()
    await allow(page, address, "mira")
    code = await code_on(page)
    await page.reload()
    assert await code_on(page) == code
