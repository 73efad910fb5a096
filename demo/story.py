"""Play the demo's story in a real browser: find, like, link, and compare with the website."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which
from typing import Any

from playwright.async_api import Page, async_playwright

from demo.scenes import play_scenes
from demo.stage import Demo
from demo.switch import DM, PRINTS

# The first is the same browser without windows, and takes less than half the CPU time.
CHROMIUM = which("chromium-headless-shell") or which("chromium")
# For running as root, and without requests to Google.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PATIENCE = 60_000  # milliseconds for anything to appear


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
    """Play the story as newton, who isn't linked, and save a picture of each scene in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)  # noqa: ASYNC240  nothing else runs yet
    async with browser() as context:
        page = await context.new_page()
        await page.goto(demo.url)
        await say(page, "/popular")
        await page.get_by_role("button", name="Like · 4,741").first.wait_for()
        await shoot(page, folder / "popular.png")

        await page.get_by_role("button", name="Like · 4,741").first.click()
        await page.get_by_text("haven't linked a Thingiverse account yet").first.wait_for()
        await shoot(page, folder / "link.png")
        address = await authorize(page, folder)

        await page.get_by_role("button", name="Paste link").last.click()
        await page.get_by_role("dialog").get_by_role("textbox").fill(address)
        await shoot(page, folder / "paste.png")
        await page.get_by_role("dialog").get_by_role("button", name="Submit").click()
        await page.get_by_text("Is this you?").first.wait_for()
        await shoot(page, folder / "confirm.png")
        await page.get_by_role("button", name="Confirm").last.click()
        await page.get_by_text("As @mira").first.wait_for()
        await shoot(page, folder / "liked.png")

        await say(page, "/likes")
        await page.get_by_role("button", name="Unlike").first.wait_for()
        await shoot(page, folder / "likes.png")
        await agree(context, page, demo, folder)
        await page.close()
        page = await context.new_page()  # a new page, without open requests
        await link_by_dm(demo, page, folder)
        await page.goto(f"{demo.url}/{PRINTS}")
        await play_scenes(demo, page, folder)


async def link_by_dm(demo: Demo, page: Page, folder: Path) -> None:
    """Link in the DM: the link card, Allow, sending the link as a message, and Confirm."""
    await page.goto(f"{demo.url}/{DM}")
    await unlink(page)
    await say(page, "/link")
    await page.get_by_role("link", name="Authorize").last.wait_for()
    await shoot(page, folder / "dm-link.png")
    await send(page, await authorize(page, folder))
    await page.get_by_text("Is this you?").last.wait_for()
    await shoot_from(page, "Link your Thingiverse account", folder / "dm-confirm.png")
    await page.get_by_role("button", name="Confirm").last.click()
    await page.get_by_text("You're linked").last.wait_for()
    await shoot(page, folder / "dm-linked.png")


async def shoot_from(page: Page, first: str, path: Path) -> None:
    """A picture of the messages from the last one that says so to the end."""
    await page.set_viewport_size({"width": 1000, "height": 1400})
    await images_loaded(page)
    messages = page.locator("article.channel-message")
    top = await messages.filter(has_text=first).last.evaluate("each => each.getBoundingClientRect().top")
    end = await messages.last.evaluate("each => each.getBoundingClientRect().bottom")
    left = await messages.last.evaluate("each => each.getBoundingClientRect().left")
    await page.screenshot(path=path, clip={"x": left, "y": top, "width": 744, "height": end - top})
    await page.set_viewport_size({"width": 1280, "height": 900})


async def unlink(page: Page) -> None:
    """Use /unlink and confirm."""
    await say(page, "/unlink")
    await page.get_by_text("Unlink @").last.wait_for()  # /account has its own Unlink button
    await page.get_by_role("button", name="Unlink", exact=True).last.click()
    await page.get_by_text("You're unlinked").last.wait_for()


async def send(page: Page, message: str) -> None:
    """Write a message and send it."""
    composer = page.locator("#channel-composer-input")
    await composer.click()
    await composer.fill(message)
    await page.keyboard.press("Enter")


async def shoot(page: Page, path: Path) -> None:
    """Save a picture of the page once its images are loaded."""
    await images_loaded(page)
    await page.screenshot(path=path)


async def images_loaded(page: Page) -> None:
    for _ in range(50):
        if await page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth)"):
            break
        await page.wait_for_timeout(100)


async def say(page: Page, command: str) -> None:
    """Type a command, pick it, and send it."""
    composer = page.locator("#channel-composer-input")
    await composer.click()
    await composer.press_sequentially(command)
    await page.get_by_role("option", name=command).first.wait_for()
    await page.keyboard.press("Enter")
    picked = page.get_by_role("button", name=f"Command {command}", exact=True)
    await picked.press("Enter")  # it may not have the focus yet
    await picked.wait_for(state="detached")


async def authorize(page: Page, folder: Path) -> str:
    """Authorize in a new tab as mira. Returns the URL of the page she lands on."""
    async with page.expect_popup() as opened:
        await page.get_by_role("link", name="Authorize").last.click()
    tab = await opened.value
    asked = tab.get_by_role("heading", name="Allow Thingamabot")
    sign_in = tab.get_by_role("button", name="@mira")
    await sign_in.or_(asked).first.wait_for()
    if not await asked.count():  # Thingiverse remembers who signed in
        await sign_in.click()
    await asked.wait_for()
    await shoot(tab, folder / "consent.png")
    await tab.get_by_role("button", name="Allow").click()
    await tab.get_by_role("heading", name="Almost done").wait_for()
    await shoot(tab, folder / "landed.png")
    address = tab.url
    await tab.close()
    return address


async def agree(context: Any, page: Page, demo: Demo, folder: Path) -> None:
    """Check that the bot and the website agree about the like, in both directions."""
    site = await context.new_page()
    await site.goto(f"{demo.world.www_url}/mira/likes")
    await site.get_by_text("Herringbone gear set").first.wait_for()
    await shoot(site, folder / "site-likes.png")
    await site.get_by_role("button", name="Unlike Herringbone").click()
    await site.get_by_text("Nothing yet.").wait_for()
    await site.close()  # a page in the background rarely refreshes
    await say(page, "/likes")
    await page.get_by_text("haven't liked anything yet").first.wait_for()
