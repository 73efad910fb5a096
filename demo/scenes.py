"""Scenes from a server, each with one message and a picture for docs/using.md."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from demo.stage import Demo

VASE = "אגרטל"  # what the right-to-left name begins with
POSTED_WITHIN = 60  # seconds, on a very busy machine; otherwise it's three
# Whether a message has its images, and buttons that aren't greyed, as all are while the page catches up. An image that
# failed is loaded again.
READY = """message => {
    const buttons = [...message.querySelectorAll("button")], images = [...message.querySelectorAll("img")];
    images.filter(image => image.complete && !image.naturalWidth).forEach(image => { image.src = image.src; });
    const pressable = !buttons.length || buttons.some(button => !button.disabled);
    return pressable && images.every(image => image.complete && image.naturalWidth);
}"""
LONG_NAME, RIGHT_TO_LEFT, REMIX, GEARS = "5005", "5003", "1519", "1038"


async def play_scenes(demo: Demo, page: Page, folder: Path) -> None:
    """Play all scenes: find, view, share, and what the server likes. linda is linked; newton isn't."""
    await page.set_viewport_size({"width": 1000, "height": 1400})  # so that a complete card fits
    linda, newton = demo.people["linda"], demo.people["newton"]
    await newton.slash(demo.channel, "search", text="a", sort="makes", within=365)
    await shoot_last(demo, page, "Search: a", folder / "search.png")
    await newton.slash(demo.channel, "maker", maker="mira")
    await shoot_last(demo, page, "12 designs", folder / "maker.png")
    await newton.slash(demo.channel, "thing", thing=REMIX)
    await shoot_last(demo, page, "Remixed from", folder / "thing.png")
    for name, thing, said in (
        ("long-name", LONG_NAME, "A name that goes on"),
        ("right-to-left", RIGHT_TO_LEFT, "אגרטל"),
    ):
        await newton.slash(demo.channel, "thing", thing=thing)
        await shoot_last(demo, page, said, folder / f"{name}.png")
    await linda.slash(demo.channel, "share", thing=GEARS, note="Printed these twice, they run like silk.")
    await shoot_last(demo, page, "Shared by", folder / "share.png")
    for thing in (GEARS, REMIX, "1112"):
        await linda.slash(demo.channel, "like", thing=thing)
    await newton.slash(demo.channel, "like", thing=GEARS)
    await newton.slash(demo.channel, "top")
    await shoot_last(demo, page, "This server's favorites", folder / "top.png")
    await newton.send(demo.channel, "Next on my bench: https://www.thingiverse.com/thing:1075")
    await shoot_last(demo, page, "Honeycomb wall shelf", folder / "preview.png")
    await publish(demo, page, folder / "feed.png")
    await linda.slash(demo.channel, "feeds")
    await shoot_last(demo, page, "Feeds of this server", folder / "feeds.png", viewer=linda)
    await linda.slash(demo.channel, "settings")
    await shoot_last(demo, page, "Server settings", folder / "settings.png", viewer=linda)
    await linda.slash(demo.channel, "doctor")
    await shoot_last(demo, page, "Thingiverse is responding", folder / "doctor.png", viewer=linda)


async def publish(demo: Demo, page: Page, path: Path) -> None:
    """Publish a design on the panel. It comes to #prints, and to newton's DM, by itself."""
    newton_in_prints = demo.people["newton"]
    newton = newton_in_prints.user
    await newton.slash("follow", tag="vase")  # unlinking has deleted his feed
    panel = await page.context.new_page()
    await panel.goto(f"{demo.world.www_url}/panel")
    await panel.get_by_role("button", name="Publish a design").click()
    await panel.get_by_role("status").get_by_text("Vase with a twist").wait_for()
    await panel.close()
    for channel in (demo.channel, newton.dm_channel):
        await _comes(page, channel, "Vase with a twist")
    await shoot_last(demo, page, "From the feed", path, viewer=newton_in_prints)


async def _comes(page: Page, channel: Any, said: str) -> None:
    """Wait for a message in the channel. Raises AssertionError."""
    for _ in range(POSTED_WITHIN * 10):
        if any(said in str([part.to_dict() for part in message.components]) for message in channel.history()):
            return
        await page.wait_for_timeout(100)
    raise AssertionError(f"no message says {said}")


async def shoot_last(demo: Demo, page: Page, said: str, path: Path, *, viewer: Any = None) -> None:
    """Save a picture of the latest message, once it has the expected text and its images are loaded.

    To show the channel to someone else, the page is loaded again: it isn't updated about what happened outside it.
    """
    if viewer is None:
        await demo.screen.preview.refresh()
    else:
        await page.goto("about:blank")  # the same URL again would not load anything
        await page.goto(demo.screen.url)
        await look_as(page, viewer)
    message = page.locator("article.channel-message").last
    await expect(message).to_contain_text(said, timeout=POSTED_WITHIN * 1_000)  # not an earlier one that has it, too
    await message.scroll_into_view_if_needed()
    for _ in range(POSTED_WITHIN * 10):
        if await message.evaluate(READY):
            break
        await page.wait_for_timeout(100)
    else:
        raise AssertionError(f"the message with {said} isn't drawn yet")
    await message.scroll_into_view_if_needed()  # images have moved it
    await message.screenshot(path=path)


async def look_as(page: Page, person: Any) -> None:
    """See the channel as someone else does, including private replies."""
    await page.get_by_label("Viewing as").select_option(label=person.name)
