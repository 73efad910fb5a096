"""The demo as a process, in a real browser."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe

from demo.stage import open_demo
from demo.story import browser, say, unlink
from tests.chromium import NEEDS_CHROMIUM
from tests.waiting import PATIENCE

ROOT = Path(__file__).parent.parent.parent
PICTURES = ROOT / "build/demo"

pytestmark = [
    NEEDS_CHROMIUM,
    pytest.mark.slow,
    pytest.mark.xdist_group("demo"),  # pictures are drawn once, and ports aren't shared
]


@pytest.fixture
async def demo(tmp_path: Path) -> AsyncGenerator[Any]:
    async with open_demo(tmp_path, port=None, site_port=0, switch_port=0) as demo:
        yield demo


async def test_the_people_are_as_the_welcome_says(demo: Any) -> None:
    async with browser() as context:
        page = await context.new_page()
        await page.goto(demo.url)
        for person, said in (("linda", "The link works"), ("derek", "no longer accepts"), ("newton", "haven't linked")):
            await page.get_by_label("Viewing as").select_option(label=person)
            await page.wait_for_timeout(300)
            await say(page, "/account")
            await page.get_by_text(said).first.wait_for()
        await page.get_by_label("Viewing as").select_option(label="linda")
        await page.wait_for_timeout(300)
        await unlink(page)
        await page.screenshot(path=PICTURES / "unlink.png")


@pytest.mark.parametrize(
    ("mood", "said"),
    [
        ("Down", "isn't responding"),
        ("Rate limiting", "is limiting my requests"),
        ("Behind a proxy", "isn't responding"),
        ("Slow", "Popular on Thingiverse"),
    ],
)
async def test_the_panel_spoils_the_day_and_the_bot_stays_honest(demo: Any, mood: str, said: str) -> None:
    async with browser() as context:
        panel, page = await context.new_page(), await context.new_page()
        await panel.goto(f"{demo.world.www_url}/panel")
        await panel.get_by_label(mood).check()
        await panel.get_by_role("button", name="Apply").click()
        await panel.get_by_role("status").get_by_text(mood).wait_for()
        await page.goto(demo.url)
        await say(page, "/popular")
        await page.get_by_text(said).first.wait_for()


PAGES = ["/", "/login", "/panel", "/apps", "/callback/landed", "/mira/likes", "/thing:1038", "/mira", "/nobody"]


@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1280, "dark")])
async def test_the_sites_pages_are_usable_by_everybody(demo: Any, width: int, scheme: str) -> None:
    """Pages fit in a narrow window, have names, a language, and headings, and work with the keyboard."""
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
    """Press Tab until the control with that name has the focus."""
    for _ in range(20):
        await page.keyboard.press("Tab")
        if (await page.evaluate("document.activeElement.innerText")).strip() == label:
            return
    raise AssertionError(f"{label} cannot be reached")


def consent(demo: Any) -> str:
    return f"/login/oauth/authorize?client_id={demo.world.app.client_id}&response_type=token&state=s"


@asynccontextmanager
async def started(temporary: Path) -> AsyncGenerator[asyncio.subprocess.Process]:
    """Run `make demo` during the test."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "demo"),
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(temporary)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_it_says_where_it_is_and_ends_leaving_nothing(tmp_path: Path) -> None:
    async with started(tmp_path) as process:
        assert process.stdout is not None
        async with asyncio.timeout(5 * PATIENCE):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("Thingamabot demo: http://127.0.0.1:")
        async with started(tmp_path) as again:
            _, said = await asyncio.wait_for(again.communicate(), 5 * PATIENCE)
        assert again.returncode == 1
        assert "in use" in said.decode()
        assert "Traceback" not in said.decode()
        process.send_signal(signal.SIGINT)
        await asyncio.wait_for(process.communicate(), 5 * PATIENCE)
    assert process.returncode == 0
    assert list(tmp_path.iterdir()) == []
