"""The demo's story, played in a real browser: find, like, link, see it agree on both sides."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Page, async_playwright

from demo.scenes import play_scenes
from demo.stage import Demo

CHROMIUM = "/usr/bin/chromium"
# As root, and without anything that would call home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 15_000  # milliseconds for anything to appear


@asynccontextmanager
async def browser() -> AsyncGenerator[Any]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            context = await started.new_context(viewport={"width": 1280, "height": 900}, color_scheme="dark")
            context.set_default_timeout(PATIENCE)
            yield context
        finally:
            await started.close()


async def play(demo: Demo, folder: Path) -> None:
    """The whole story as newton, who is not linked; a picture of each scene in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240  before anything else is going on
    async with browser() as context:
        page = await context.new_page()
        await page.goto(demo.url)
        await say(page, "/popular")
        await page.get_by_text("Popular on Thingiverse").first.wait_for()
        await shoot(page, folder / "popular.png")

        await page.get_by_role("button", name="Like · 4,741").first.click()
        await page.get_by_text("not linked yet").first.wait_for()
        await shoot(page, folder / "link.png")
        address = await authorize(page, folder)

        await page.get_by_role("button", name="Paste").last.click()
        await page.get_by_role("dialog").get_by_role("textbox").fill(address)
        await shoot(page, folder / "paste.png")
        await page.get_by_role("dialog").get_by_role("button", name="Submit").click()
        await page.get_by_text("Is this you?").first.wait_for()
        await shoot(page, folder / "confirm.png")
        await page.get_by_role("button", name="Confirm").last.click()
        await page.get_by_text("Done as @mira").first.wait_for()
        await shoot(page, folder / "liked.png")

        await say(page, "/likes")
        await page.get_by_text("Things I have liked").first.wait_for()
        await shoot(page, folder / "likes.png")
        await agree(context, page, demo, folder)
        await page.close()
        page = await context.new_page()  # in which nothing is under way
        await page.goto(demo.url)
        await play_scenes(demo, page, folder)


async def shoot(page: Page, path: Path) -> None:
    """A picture of the page, once its own pictures are there."""
    for _ in range(50):
        if await page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth)"):
            break
        await page.wait_for_timeout(100)
    await page.screenshot(path=path)


async def say(page: Page, command: str) -> None:
    """Type a command into the composer, pick it, send it."""
    composer = page.locator("#channel-composer-input")
    await composer.click()
    await composer.press_sequentially(command)
    await page.get_by_role("option", name=command).first.wait_for()
    await page.keyboard.press("Enter")
    await page.keyboard.press("Enter")


async def authorize(page: Page, folder: Path) -> str:
    """Authorize in a new tab, as mira; the address one lands on."""
    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="Authorize").last.click()
    tab = await opened.value
    await tab.get_by_role("button", name="@mira").click()
    await tab.get_by_role("heading", name="Allow Thingamabot").wait_for()
    await shoot(tab, folder / "consent.png")
    await tab.get_by_role("button", name="Allow").click()
    await tab.get_by_role("heading", name="Almost done").wait_for()
    await shoot(tab, folder / "landed.png")
    address = tab.url
    await tab.close()
    return address


async def agree(context: Any, page: Page, demo: Demo, folder: Path) -> None:
    """What is liked here is liked there; what is unliked there is unliked here."""
    site = await context.new_page()
    await site.goto(f"{demo.world.www_url}/mira/likes")
    await site.get_by_text("Herringbone gear set").first.wait_for()
    await shoot(site, folder / "site-likes.png")
    await site.get_by_role("button", name="Unlike Herringbone").click()
    await site.get_by_text("Nothing yet.").wait_for()
    await site.close()  # a page in the background hardly asks for what is new
    await say(page, "/likes")
    await page.get_by_text("not liked anything yet").first.wait_for()
