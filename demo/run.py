"""Start and stop the demo."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import webbrowser
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from demo.stage import open_demo
from operations.signals import on_signals

SWITCH_PORT, SITE_PORT, PAGE_PORT = 8786, 8787, 8788
KEPT = Path("data/demo")


@click.command()
@click.option("--keep", is_flag=True, help="Keep the database, in data/demo.")
@click.option("--check", is_flag=True, help="Play the demo in headless Chromium, then exit.")
def main(keep: bool, check: bool) -> None:
    """Try the bot in your browser."""
    with _folder(keep) as folder:
        try:
            sys.exit(asyncio.run(_check(folder) if check else _show(folder)))
        except OSError as error:
            print(f"✗ The demo can't start: {error.strerror or error}. Is it already running?", file=sys.stderr)
            sys.exit(1)


async def _show(folder: Path) -> int:
    stop = asyncio.Event()
    with on_signals(lambda _: stop.set()):
        async with open_demo(folder, port=PAGE_PORT, site_port=SITE_PORT, switch_port=SWITCH_PORT) as demo:
            site = demo.world.www_url
            print(f"Thingamabot demo: {demo.url}  (Thingiverse: {site}; press Ctrl-C to stop)", flush=True)
            await asyncio.to_thread(_open_browser, demo.url)
            ends = {asyncio.create_task(stop.wait()), asyncio.create_task(demo.screen.ended.wait())}
            await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    return 0


def _open_browser(url: str) -> None:
    """Open a browser window, but not a text browser, which would take over the terminal."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)


async def _check(folder: Path) -> int:
    from demo.story import CHROMIUM, play  # only this needs the browser

    if CHROMIUM is None:
        print("✗ Chromium not found. On Debian: apt-get install chromium-headless-shell", file=sys.stderr)
        return 1
    async with open_demo(folder, port=None, site_port=0, switch_port=0) as demo:
        await play(demo, Path("build/demo"))
    print("✓ The demo works: 1 passed, 0 failed")
    return 0


@contextmanager
def _folder(keep: bool) -> Generator[Path]:
    """The folder of the database: temporary, or kept."""
    if keep:
        KEPT.mkdir(parents=True, exist_ok=True)
        yield KEPT
        return
    folder = Path(tempfile.mkdtemp(prefix="thingamabot-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
