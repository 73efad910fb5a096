"""The linking page without scripts, with keyboard and screen reader, in all languages, light and dark, below a path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from babel.messages.catalog import Catalog
from babel.messages.pofile import write_po

from fakes.thingiverse import FakeThingiverse
from tests.chromium import NEEDS_CHROMIUM
from tests.ports import free_port
from tests.stage import text_of
from tests.web.proxy import open_proxy
from tests.web.stage import PICTURES, Paged, allow, code_on, open_paged
from texts import LOCALES, Texts
from web.views import accepted_languages

pytestmark = NEEDS_CHROMIUM
NEVER = "Never send this link to anyone."


async def visible(page: Any) -> str:
    return str(await page.inner_text("main"))


# -- without script


async def test_the_code_flow_needs_no_script_at_all(world: FakeThingiverse, tmp_path: Path, new_browser: Any) -> None:
    async with open_paged(world, tmp_path, flow="code") as paged:
        card, address = await paged.invited(paged.stage.ann)
        page = await (await new_browser(java_script_enabled=False)).new_page()
        await allow(page, address, "mira")
        code = await code_on(page)
        assert page.url == f"{paged.url}/link/waiting", "the address bar is clean without script too"
        asked = await paged.enter(paged.stage.ann, card, code)
        assert "@mira" in text_of(asked.response)


async def test_without_script_the_token_flow_says_what_to_do(
    world: FakeThingiverse, tmp_path: Path, new_browser: Any
) -> None:
    async with open_paged(world, tmp_path, flow="token") as paged:
        _, address = await paged.invited(paged.stage.ann)
        page = await (await new_browser(java_script_enabled=False)).new_page()
        await allow(page, address, "mira")
        await page.get_by_role("heading", level=1).wait_for()
        said = await visible(page)
        assert "Your browser doesn't run scripts" in said
        assert NEVER in said


# -- without state


async def test_without_a_state_nothing_is_taken_and_nothing_can_be_copied(paged: Paged, new_browser: Any) -> None:
    paged.stage.world.settings.echo_state = False
    _, address = await paged.invited(paged.stage.ann)
    page = await (await new_browser()).new_page()
    await allow(page, address, "mira")
    await page.get_by_text("say who").first.wait_for()
    assert "access_token" not in page.url, "it is taken out of the address bar"
    assert await page.get_by_role("button").count() == 0
    assert (await paged.attempt_of(paged.stage.ann)).parked is None, "nobody's account is guessed"


async def test_an_address_with_no_answer_says_so(token_page: Paged, new_browser: Any) -> None:
    page = await (await new_browser()).new_page()
    await page.goto(f"{token_page.url}/link/callback")
    await page.get_by_text("This link doesn't include a reply from Thingiverse").wait_for()


async def test_a_denial_is_taken_kindly_also_where_it_has_no_state(paged: Paged, new_browser: Any) -> None:
    paged.stage.world.settings.echo_state = False
    _, address = await paged.invited(paged.stage.ann)
    page = await (await new_browser()).new_page()
    await page.goto(address)
    await page.get_by_role("button", name="@mira").click()
    await page.get_by_role("button", name="Deny").click()
    await page.get_by_text("You chose not to allow access").wait_for()


async def test_the_page_follows_what_was_done_in_discord(paged: Paged, new_browser: Any) -> None:
    ann = paged.stage.ann
    card, address = await paged.invited(ann)
    page = await (await new_browser()).new_page()
    await allow(page, address, "mira")
    asked = await paged.enter(ann, card, await code_on(page))
    await page.reload()
    await page.get_by_role("heading", name="Code accepted").wait_for()
    assert await page.locator("#code").count() == 0
    await ann.click(asked.response, label="Confirm")
    await page.reload()
    await page.get_by_text("It's already done").wait_for()


async def test_a_denial_is_taken_kindly(paged: Paged, new_browser: Any) -> None:
    _, address = await paged.invited(paged.stage.ann)
    page = await (await new_browser()).new_page()
    await page.goto(address)
    await page.get_by_role("button", name="@mira").click()
    await page.get_by_role("button", name="Deny").click()
    await page.get_by_text("You chose not to allow access").wait_for()
    assert await paged.attempt_of(paged.stage.ann) is None


async def test_an_outage_can_be_sat_out_by_loading_the_page_again(
    world: FakeThingiverse, tmp_path: Path, new_browser: Any
) -> None:
    async with open_paged(world, tmp_path, flow="token") as paged:
        _, address = await paged.invited(paged.stage.ann)
        page = await (await new_browser()).new_page()
        world.faults.set("500", match="GET /api/users/me")
        await allow(page, address, "mira")
        await page.get_by_text("Thingiverse isn't responding right now").wait_for()
        world.faults.clear()
        await page.reload()
        assert await code_on(page)


# -- below a path


@pytest.mark.parametrize("strips", [True, False])
@pytest.mark.parametrize("flow", ["code", "token"])
async def test_it_works_behind_a_proxy_with_a_path_prefix(
    world: FakeThingiverse, tmp_path: Path, new_browser: Any, flow: str, strips: bool
) -> None:
    port = free_port()
    public_url = f"http://127.0.0.1:{port}/tools/thing"
    async with (
        open_paged(world, tmp_path, flow=flow, public_url=public_url) as paged,
        open_proxy(port, paged.url, prefix="/tools/thing", strips=strips),
    ):
        card, address = await paged.invited(paged.stage.ann)
        page = await (await new_browser()).new_page()
        failed: list[Any] = []
        page.on("response", lambda r: failed.append(r.url) if r.status >= 400 and "favicon" not in r.url else None)
        await allow(page, address, "mira")
        code = await code_on(page)
        assert page.url == f"{public_url}/link/waiting"
        assert failed == []
        asked = await paged.enter(paged.stage.ann, card, code)
        assert "@mira" in text_of(asked.response)


# -- accessibility


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1280, "dark")])
async def test_every_sheet_is_usable_by_everybody(token_page: Paged, new_browser: Any, width: int, scheme: str) -> None:
    """axe-core finds nothing. There's one heading, a language, and a title, and it fits in a narrow window."""
    context = await new_browser(color_scheme=scheme)
    page = await context.new_page()
    await page.set_viewport_size({"width": width, "height": 800})
    PICTURES.mkdir(parents=True, exist_ok=True)
    _, address = await token_page.invited(token_page.stage.ann)
    await allow(page, address, "mira")
    await code_on(page)
    views = {"code": page.url, "nothing": "/link/callback", "missing": "/nowhere"}
    views["paste"] = "/link/callback?code=" + "a1" * 16
    for name, path in views.items():
        if name != "code":
            await page.goto(token_page.url + path)
        assert await page.get_by_role("heading", level=1).count() == 1
        assert await page.evaluate("document.documentElement.lang") == "en"
        await page.wait_for_function("document.activeElement.tagName === 'H1'")  # where screen readers start
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        await page.screenshot(path=PICTURES / f"{name}-{width}-{scheme}.png")


async def test_light_and_dark_follow_the_system(token_page: Paged, new_browser: Any) -> None:
    page = await (await new_browser()).new_page()
    shades: list[int] = []
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.goto(f"{token_page.url}/link/callback")
        color = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        shades.append(sum(int(part) for part in color.removeprefix("rgb(").removesuffix(")").split(",")))
    assert shades[0] > 600 > 200 > shades[1]


async def test_a_screen_reader_hears_the_code_letter_by_letter_and_the_warning_before_it(
    token_page: Paged, new_browser: Any
) -> None:
    _, address = await token_page.invited(token_page.stage.ann)
    page = await (await new_browser()).new_page()
    await allow(page, address, "mira")
    code = (await code_on(page)).replace("-", "")
    heard = await page.locator("main").aria_snapshot()
    assert ", ".join(code) in heard
    assert f"{code[:4]}-{code[4:]}" not in heard, "not twice"
    assert heard.index("close this page") < heard.index(", ".join(code))


async def test_nothing_comes_from_anybody_else_and_the_policy_is_never_broken(paged: Paged, new_browser: Any) -> None:
    _, address = await paged.invited(paged.stage.ann)
    page = await (await new_browser()).new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text) if "Content Security" in message.text else None)
    await allow(page, address, "mira")
    await code_on(page)
    ours = (paged.url, paged.stage.world.www_url)
    assert [url for url in asked if not url.startswith(ours)] == []
    await page.goto(f"{paged.url}/link/callback")
    assert complaints == []
    sizes = await page.evaluate("performance.getEntriesByType('resource').map(r => r.name)")
    assert {url.rpartition("/")[2] for url in sizes} <= {"page.css", "page.js"}


# -- languages


def test_an_accept_language_header_is_read_by_its_weights() -> None:
    assert accepted_languages("de-AT, de;q=0.9, en;q=0.8, *;q=0.1") == ["de-AT", "de", "en", "*"]
    assert accepted_languages("en;q=0.3, fr;q=0.9, it;q=0") == ["fr", "en"]
    assert accepted_languages("") == []
    assert accepted_languages(";;;,,de;q=x,fr;q=0.5" + ",x" * 10_000)[-1] == "fr", (
        "a header of any length is looked at briefly"
    )


def test_the_first_language_that_there_is_is_taken(tmp_path: Path) -> None:
    for code in ("de", "pt_BR"):
        (tmp_path / f"{code}.po").write_text(
            'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\nmsgid "Like"\nmsgstr "x"\n'
        )
    texts = Texts(tmp_path)
    for wanted, code in (
        (["de-AT", "en"], "de"),
        (["fr", "de"], "de"),
        (["fr", "en-GB", "de"], "en"),
        (["pt-BR"], "pt_BR"),
        (["pt"], "pt_BR"),
        (["pt-PT", "de"], "pt_BR"),
        (["../../etc", "*"], "en"),
        ([], "en"),
    ):
        assert texts.first_of(wanted).code == code


async def test_the_page_speaks_each_of_the_languages(token_page: Paged, new_browser: Any) -> None:
    for code in sorted({"en", *(path.stem for path in LOCALES.glob("*.po"))}):
        tag = code.replace("_", "-")
        page = await (await new_browser(locale=tag)).new_page()
        await page.goto(f"{token_page.url}/link/waiting")
        assert await page.evaluate("document.documentElement.lang") == tag
        assert await page.get_by_role("heading").inner_text() == Texts().language(code).say("That didn't work")


async def test_a_language_of_the_catalog_reaches_the_page_and_turns_it_round_where_it_is_read_so(
    world: FakeThingiverse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, new_browser: Any
) -> None:
    catalog = Catalog(locale="ar")
    catalog.add("That didn't work", "لم ينجح ذلك")
    with (tmp_path / "ar.po").open("wb") as file:
        write_po(file, catalog)
    monkeypatch.setattr(Texts.__init__, "__defaults__", (tmp_path,))
    async with open_paged(world, tmp_path) as paged:
        page = await (await new_browser(locale="ar")).new_page()
        await page.goto(f"{paged.url}/link/waiting")
        assert await page.get_by_role("heading").inner_text() == "لم ينجح ذلك"
        assert await page.evaluate("[document.documentElement.lang, document.documentElement.dir]") == ["ar", "rtl"]
