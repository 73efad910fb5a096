"""The demo as a newcomer meets it: a process, a page, a browser."""

from __future__ import annotations

import asyncio
import signal
import sys
import tempfile
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

from demo.stage import open_demo
from demo.story import CHROMIUM, browser, play, say

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "build/demo"

pytestmark = [
    pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="Chromium is not on this machine"),
    pytest.mark.xdist_group("demo"),  # its pictures are drawn once, and its ports are its own
]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncGenerator[Any]:
    async with open_demo(tmp_path, port=None, site_port=0) as demo:
        yield demo


async def test_the_story_plays_from_the_gallery_to_the_like_on_both_sides(demo: Any) -> None:
    await play(demo, PICTURES)
    for scene in ("popular", "link", "consent", "landed", "paste", "confirm", "liked", "likes", "site-likes"):
        assert (PICTURES / f"{scene}.png").stat().st_size > 10_000


async def test_the_people_are_as_the_welcome_says(demo: Any) -> None:
    async with browser() as context:
        page = await context.new_page()
        await page.goto(demo.url)
        for person, said in (("linda", "accepts the link"), ("derek", "no longer accepts"), ("newton", "not linked")):
            await page.get_by_label("Viewing as").select_option(label=person)
            await page.wait_for_timeout(300)
            await say(page, "/account")
            await page.get_by_text(said).first.wait_for()
        await page.get_by_label("Viewing as").select_option(label="linda")
        await page.wait_for_timeout(300)
        await say(page, "/unlink")
        await page.get_by_text("You are unlinked").first.wait_for()
        await page.screenshot(path=PICTURES / "unlink.png")


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        ("Down", "does not answer"),
        ("Asking for a pause", "asks for a pause"),
        ("Behind a proxy", "does not answer"),
        ("Slow", "Popular on Thingiverse"),
    ],
)
async def test_the_panel_spoils_the_day_and_the_bot_stays_honest(demo: Any, mood: str, said: str) -> None:
    async with browser() as context:
        panel, page = await context.new_page(), await context.new_page()
        await panel.goto(f"{demo.world.www_url}/panel")
        await panel.get_by_label(mood).check()
        await panel.get_by_role("button", name="Make it so").click()
        await panel.get_by_role("status").get_by_text(mood).wait_for()
        await page.goto(demo.url)
        await say(page, "/popular")
        await page.get_by_text(said).first.wait_for()


PAGES = ["/", "/login", "/panel", "/apps", "/callback/landed", "/mira/likes", "/thing:1038", "/mira", "/nobody"]


@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1280, "dark")])
async def test_the_sites_pages_are_usable_by_everybody(demo: Any, width: int, scheme: str) -> None:
    """Nothing runs out of a narrow window; everything has a name, a language and a heading; the keyboard is enough."""
    async with browser() as context:
        page = await context.new_page()
        await page.set_viewport_size({"width": width, "height": 800})
        await page.emulate_media(color_scheme=scheme)
        demo.world.like("mira", 1038)
        await page.goto(f"{demo.world.www_url}{consent(demo)}")
        await page.get_by_role("button", name="@mira").click()
        for path in [*PAGES, consent(demo)]:
            await page.goto(demo.world.www_url + path)
            await page.screenshot(
                path=PICTURES / f"site-{width}-{PAGES.index(path) if path in PAGES else 'consent'}.png"
            )
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{path} is too wide"
            assert await page.get_by_role("heading", level=1).count() == 1, path
            found = await Axe().run(page)
            assert found.violations_count == 0, found.generate_report()


async def test_consent_works_with_the_keyboard_alone(demo: Any) -> None:
    async with browser() as context:
        page = await context.new_page()
        await page.goto(f"{demo.world.www_url}{consent(demo)}")
        await reach(page, "@mira")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Allow Thingamabot").wait_for()
        await reach(page, "Allow")
        await page.keyboard.press("Enter")
        await page.get_by_role("heading", name="Almost done").wait_for()
        assert "#access_token=" in page.url


async def reach(page: Any, label: str) -> None:
    """Press Tab until the control of that name has the focus."""
    for _ in range(20):
        await page.keyboard.press("Tab")
        if (await page.evaluate("document.activeElement.innerText")).strip() == label:
            return
    raise AssertionError(f"{label} cannot be reached")


def consent(demo: Any) -> str:
    return f"/login/oauth/authorize?client_id={demo.world.app.client_id}&response_type=token&state=s"


@asynccontextmanager
async def started() -> AsyncGenerator[asyncio.subprocess.Process]:
    """`make demo`; it does not outlive the test."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", cwd=ROOT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_says_where_it_is_and_ends_within_two_seconds_leaving_nothing() -> None:
    left = set(Path(tempfile.gettempdir()).glob("thingamabot-demo-*"))
    async with started() as process:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("Thingamabot's demo: http://127.0.0.1:")
        async with started() as again:
            _, said = await asyncio.wait_for(again.communicate(), 60)
        assert again.returncode == 1
        assert "in use" in said.decode()
        assert "Traceback" not in said.decode()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 10)
        assert time.monotonic() - began < 2
    assert process.returncode == 0
    assert set(Path(tempfile.gettempdir()).glob("thingamabot-demo-*")) == left
