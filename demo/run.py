"""Starting and ending the demo."""

from __future__ import annotations

import asyncio
import shutil
import signal
import sys
import tempfile
import webbrowser
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click

from demo.stage import open_demo

SITE_PORT, PAGE_PORT = 8787, 8788
KEPT = Path("data/demo")


@click.command()
@click.option("--keep", is_flag=True, help="Keep the database, in data/demo.")
@click.option("--check", is_flag=True, help="Play the story in headless Chromium and end.")
def main(keep: bool, check: bool) -> None:
    """The whole bot in a browser page."""
    with _folder(keep) as folder:
        try:
            sys.exit(asyncio.run(_check(folder) if check else _show(folder)))
        except OSError as error:
            print(f"✗ The demo cannot start: {error.strerror or error}. Is it running already?", file=sys.stderr)
            sys.exit(1)


async def _show(folder: Path) -> int:
    stop = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    async with open_demo(folder, port=PAGE_PORT, site_port=SITE_PORT) as demo:
        print(f"Thingamabot's demo: {demo.url}  (Thingiverse: {demo.world.www_url}, end with Ctrl-C)", flush=True)
        await asyncio.to_thread(_open_browser, demo.url)
        closed = asyncio.ensure_future(demo.preview.wait_closed())
        await asyncio.wait({asyncio.create_task(stop.wait()), closed}, return_when=asyncio.FIRST_COMPLETED)
    return 0


def _open_browser(url: str) -> None:
    """In a window, where there is one; a browser for the terminal would take the terminal."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser:
        browser.open(url)


async def _check(folder: Path) -> int:
    from demo.story import CHROMIUM, play  # the browser is needed here only

    if not Path(CHROMIUM).exists():  # noqa: ASYNC240  before anything else is going on
        print(f"✗ There is no {CHROMIUM}. On Debian: apt-get install chromium", file=sys.stderr)
        return 1
    async with open_demo(folder, port=None, site_port=0) as demo:
        await play(demo, Path("build/demo"))
    print("✓ The demo's story plays: 1 passed, 0 failed")
    return 0


@contextmanager
def _folder(keep: bool) -> Generator[Path]:
    """Where the database lies: gone afterwards, or kept."""
    if keep:
        KEPT.mkdir(parents=True, exist_ok=True)
        yield KEPT
        return
    folder = Path(tempfile.mkdtemp(prefix="thingamabot-demo-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
