"""The two mirrored attacks, with an attacker's and a victim's browser, in both of Thingiverse's flows.

Ben is the attacker, with the Thingiverse account tobias.k. Ann is the victim, with the account mira.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web

from tests.chromium import NEEDS_CHROMIUM
from tests.ports import free_port
from tests.stage import buttons, text_of
from tests.web.stage import Paged, allow, code_on

pytestmark = NEEDS_CHROMIUM


async def test_an_attackers_link_that_a_victim_authorizes_gives_the_attacker_nothing(
    paged: Paged, new_browser: Any
) -> None:
    """Ben sends Ann his own link. She presses Allow, and the page says whose link it is."""
    ben, ann = paged.stage.ben, paged.stage.ann
    card, address = await paged.invited(ben)
    victim = await (await new_browser()).new_page()
    await allow(victim, address, "mira")
    code = await code_on(victim)
    assert "to @ben on Discord" in await victim.inner_text("main"), "she is not ben"
    assert "If you aren't @ben" in await victim.inner_text("main")
    attacker = await (await new_browser()).new_page()
    await attacker.goto(f"{paged.url}/link/waiting")
    assert await attacker.locator("#code").count() == 0, "the code exists only in the victim's browser"
    for guess in range(5):
        refused = await paged.enter(ben, card, f"0000-000{guess}")
    assert "closed" in text_of(refused.followups[0])
    late = await paged.enter(ben, card, code)
    assert "I'm not expecting a code from you" in text_of(late.followups[0])
    assert await paged.attempt_of(ben) is None
    assert await paged.link_of(ben) is None
    assert await paged.link_of(ann) is None


async def test_a_victim_lured_onto_the_attackers_account_sees_whose_it_is(paged: Paged, new_browser: Any) -> None:
    """Ben gets Ann's link, authorizes it as himself, and gets her to type the code."""
    ann = paged.stage.ann
    card, address = await paged.invited(ann)
    attacker = await (await new_browser()).new_page()
    await allow(attacker, address, "tobias.k")
    code = await code_on(attacker)
    asked = await paged.enter(ann, card, code)
    said = text_of(asked.response)
    assert "Is this you?" in said
    assert "@tobias.k" in said
    assert "Not your account? Press Cancel" in said
    assert await paged.link_of(ann) is None, "typing it has linked nothing"
    await ann.click(asked.response, label="Cancel")
    assert await paged.link_of(ann) is None
    assert await paged.attempt_of(ann) is None


async def test_a_victim_made_to_paste_the_attackers_address_links_nothing(paged: Paged) -> None:
    """Ben stops his reply from arriving, and gets Ann to paste the link, with and without its state."""
    ben, ann = paged.stage.ben, paged.stage.ann
    _, address = await paged.invited(ben)
    await paged.invited(ann)
    kept = kept_back(paged, address, "tobias.k")
    for sent in (kept, kept.partition("&state=")[0]):
        await ann.send_dm(sent)
        assert "You don't need to paste anything" in text_of(ann.user.dm_channel.last_message)
    assert (await paged.attempt_of(ann)).parked is None
    assert await paged.link_of(ann) is None


async def test_an_attacker_who_gets_the_victims_answer_cannot_paste_it(paged: Paged) -> None:
    """Ann authorizes Ben's link without its state, and sends him the link she landed on."""
    ben = paged.stage.ben
    card, address = await paged.invited(ben)
    assert "Paste link" not in buttons(card)
    answer = kept_back(paged, address, "mira")
    for sent in (answer, answer.partition("&state=")[0], paged.stage.world.token_for("mira")):
        await ben.send_dm(sent)
    assert (await paged.attempt_of(ben)).parked is None
    assert await paged.link_of(ben) is None


def kept_back(paged: Paged, address: str, maker: str) -> str:
    """The URL that Thingiverse redirects `maker` to, taken before it arrives."""
    world, asked = paged.stage.world, parse_qs(urlsplit(address).query)
    if asked["response_type"] == ["code"]:
        answer = f"?code={world.code_for(maker)}"
    else:
        answer = f"#access_token={world.token_for(maker)}"
    return f"{paged.url}/link/callback{answer}&state={asked['state'][0]}"


async def test_one_persons_code_is_no_use_to_another(paged: Paged, new_browser: Any) -> None:
    ann, ben = paged.stage.ann, paged.stage.ben
    _, anns = await paged.invited(ann)
    card, bens = await paged.invited(ben)
    first, second = await (await new_browser()).new_page(), await (await new_browser()).new_page()
    await allow(first, anns, "mira")
    await allow(second, bens, "tobias.k")
    await code_on(second)
    refused = await paged.enter(ben, card, await code_on(first))
    assert "not the code" in text_of(refused.followups[0])
    assert list(buttons(refused.followups[0])) == ["Enter code", "New link"]


async def test_a_link_that_was_used_shows_no_second_browser_anything(paged: Paged, new_browser: Any) -> None:
    _, address = await paged.invited(paged.stage.ann)
    first, second = await (await new_browser()).new_page(), await (await new_browser()).new_page()
    await allow(first, address, "mira")
    code = await code_on(first)
    await allow(second, address, "tobias.k")
    await second.get_by_text("was already used").wait_for()
    assert code not in await second.content()
    assert (await paged.attempt_of(paged.stage.ann)).parked.maker_name == "mira", "what waits was not replaced"


async def test_another_sites_form_is_not_taken(paged: Paged, new_browser: Any) -> None:
    """The attacker's page makes the victim's browser post his reply."""
    stage = paged.stage
    _, address = await paged.invited(stage.ben)
    state = parse_qs(urlsplit(address).query)["state"][0]
    answer = f"access_token={stage.world.token_for('tobias.k')}&amp;state={state}"
    form = (
        f'<form method="post" action="{paged.url}/link/callback"><input name="answer" value="{answer}">'
        "<button>A prize</button></form>"
    )
    site = web.Application()

    async def trap(_: web.Request) -> web.Response:
        return web.Response(text=form, content_type="text/html")

    site.router.add_get("/", trap)
    runner = web.AppRunner(site)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        victim = await (await new_browser()).new_page()
        await victim.goto(f"http://127.0.0.1:{port}/")
        async with victim.expect_response(f"{paged.url}/link/callback") as answered:
            await victim.get_by_role("button").click()
        assert (await answered.value).status == 403
    finally:
        await runner.cleanup()
    assert (await paged.attempt_of(stage.ben)).parked is None


async def test_the_page_runs_in_nobody_elses_frame(token_page: Paged, new_browser: Any) -> None:
    page = await (await new_browser()).new_page()
    for url, framed in ((f"{token_page.stage.world.www_url}/panel", True), (f"{token_page.url}/link/callback", False)):
        async with page.expect_response(url):
            await page.set_content(f'<iframe src="{url}"></iframe>')  # waits until the frame has loaded
        assert (await page.frames[1].locator("main").count() == 1) == framed, url


async def test_a_name_is_text_and_nothing_else(token_page: Paged, new_browser: Any) -> None:
    """Names come from strangers, and may contain HTML, which must not run."""
    evil = token_page.stage.guild.add_member(token_page.stage.env.create_user("<img src=x onerror=alert(1)>"))
    _, address = await token_page.invited(evil)
    page = await (await new_browser()).new_page()
    dialogs: list[Any] = []
    page.on("dialog", lambda dialog: dialogs.append(dialog))
    await allow(page, address, "mira")
    await code_on(page)
    assert "<img src=x onerror=alert(1)>" in await page.inner_text("main")
    assert await page.locator("img").count() == 0
    assert dialogs == []
