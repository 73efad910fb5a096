"""The real bot with its linking page, and browsers of several people."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Page, async_playwright

from demo.story import ARGUMENTS, CHROMIUM
from fakes.thingiverse import FakeThingiverse
from tests.ports import free_port
from tests.stage import Stage, buttons, open_stage, text_of
from tests.waiting import PATIENCE
from wiring.page import open_door

FLOWS = ["code", "token"]
PICTURES = Path(__file__).parent.parent.parent / "build/linking-page"


@dataclass
class Paged:
    """A Stage and the URL of its linking page."""

    stage: Stage
    url: str

    async def invited(self, member: Any) -> tuple[Any, str]:
        """The card of /link, and the authorize link in it."""
        card = (await member.slash(self.stage.channel, "link")).response
        return card, buttons(card)["Authorize"]["url"]

    async def enter(self, member: Any, card: Any, code: str) -> Any:
        """Type a code into the form of Enter code."""
        form = await member.click(card, label="Enter code")
        return await member.submit_modal(form, {"code": code})

    async def link_of(self, member: Any) -> Any:
        return await self.stage.bot.store.link_of(member.id)

    async def attempt_of(self, member: Any) -> Any:
        return await self.stage.bot.store.attempt_of(member.id)


@asynccontextmanager
async def open_paged(
    world: FakeThingiverse, folder: Path, *, flow: str = "code", public_url: str | None = None, **given: Any
) -> AsyncGenerator[Paged]:
    """With `public_url`, the test has a proxy in front of the page; `url` is where the bot itself listens."""
    url = f"http://127.0.0.1:{free_port()}"
    public_url = public_url or url
    world.app.redirect_uri = f"{public_url}/link/callback"
    secret = {"thingiverse_client_secret": world.app.client_secret} if flow == "code" else {}
    settings = {
        "public_url": public_url,
        "web_listen": url.removeprefix("http://"),
        "thingiverse_redirect_uri": None,
        **secret,
        **given,
    }
    async with open_stage(world, folder, **settings) as stage, open_door(stage.bot, stage.settings):
        yield Paged(stage, url)


@asynccontextmanager
async def open_chromium() -> AsyncGenerator[Any]:
    async with async_playwright() as playwright:
        started = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield started
        finally:
            await started.close()


@asynccontextmanager
async def browsers(chromium: Any) -> AsyncGenerator[Any]:
    """A function that opens a new, empty browser for each person."""
    async with AsyncExitStack() as stack:

        async def new(**given: Any) -> BrowserContext:
            context = await chromium.new_context(viewport={"width": 1000, "height": 800}, **given)
            stack.push_async_callback(context.close)
            context.set_default_timeout(PATIENCE * 1_000)
            return context

        yield new


async def allow(page: Page, address: str, maker: str) -> None:
    """Open an authorize link and press Allow on Thingiverse as `maker`."""
    await page.goto(address)
    choose = page.get_by_role("button", name=f"@{maker}")
    if await choose.count():
        await choose.click()
    await page.get_by_role("button", name="Allow").click()


async def code_on(page: Page) -> str:
    """The code that the page shows."""
    shown = page.locator("#code [aria-hidden]")
    await shown.wait_for()
    return str(await shown.inner_text())


__all__ = [
    "FLOWS",
    "PICTURES",
    "Paged",
    "allow",
    "browsers",
    "code_on",
    "open_chromium",
    "open_paged",
    "text_of",
]
