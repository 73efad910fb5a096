"""The linking page with the bot as a process: from /link to a like, stopping, and `check`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import pytest

from cards.components import walk
from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.ports import free_port
from tests.waiting import until
from tests.wire.process import Process, environment, running_bot, start
from tests.wire.story import GEARS, ids, text_of


@pytest.fixture
def page(world: FakeThingiverse) -> dict[str, str]:
    """Settings for a bot with a linking page that Thingiverse redirects to."""
    listen = f"127.0.0.1:{free_port()}"
    url = f"http://{listen}"
    world.app.redirect_uri = f"{url}/link/callback"
    return {
        "PUBLIC_URL": url,
        "WEB_LISTEN": listen,
        "THINGIVERSE_REDIRECT_URI": "",
        "THINGIVERSE_CLIENT_SECRET": world.app.client_secret,
    }


async def test_from_the_link_card_to_a_like_without_pasting(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, page: dict[str, str]
) -> None:
    async with running_bot(discord, world, tmp_path, **page), browser() as http:
        ann = discord.person("ann")
        card = (await discord.slash(ann, "link")).message
        code = await authorize(http, world, card, "mira")
        form = await discord.click(ann, card, "t1:prove")
        asked = await discord.submit(ann, form, {"code": code})
        shown = asked.message or asked.edits[-1]
        assert "@mira" in text_of(shown)
        confirm = next(custom_id for custom_id in ids(shown) if "confirm" in custom_id)
        done = await discord.click(ann, shown, confirm)
        assert "You're linked" in text_of(done.message or done.edits[-1])
        liked = await discord.slash(ann, "like", thing=str(GEARS))
        assert "You like" in text_of(liked.message)
        assert world.likes_of("mira") == {GEARS}
    assert (discord.violations, discord.state.misfits) == ([], [])


async def test_it_ends_in_order_while_browsers_hang_on(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, page: dict[str, str]
) -> None:
    """One connection idle, one in the middle of its headers, one in the middle of its body."""
    async with running_bot(discord, world, tmp_path, **page) as process:
        port = int(page["WEB_LISTEN"].rpartition(":")[2])
        open_ends = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        open_ends[1][1].write(b"GET /link/callback HTTP/1.1\r\nHost: ")
        open_ends[2][1].write(
            b"POST /link/callback HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n"
            b"Content-Type: application/x-www-form-urlencoded\r\n\r\nanswer="
        )
        await until(lambda: connections(process, port) == 3)
        process.stop()
        assert await process.ended() == 0
        for _, writer in open_ends:
            writer.close()
    assert "Traceback" not in process.said


async def test_a_port_in_use_ends_the_start_in_one_clear_line(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, page: dict[str, str]
) -> None:
    held = await asyncio.start_server(lambda *_: None, "127.0.0.1", int(page["WEB_LISTEN"].rpartition(":")[2]))
    process = await start("run", environment(discord, world, tmp_path, **page), tmp_path)
    assert await process.ended() == 78
    assert "WEB_LISTEN" in process.said
    assert "Traceback" not in process.said
    held.close()


async def test_check_asks_for_the_page_as_a_browser_would(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, page: dict[str, str]
) -> None:
    settings = environment(discord, world, tmp_path, **page)
    alone = await start("check", settings, tmp_path)
    await alone.ended()
    assert "✓ The linking page responds." in alone.said
    assert f"callback URL must be {page['PUBLIC_URL']}/link/callback" in alone.said
    alone.log.unlink()
    elsewhere = await start("check", {**settings, "PUBLIC_URL": world.www_url}, tmp_path)
    assert await elsewhere.ended() == 1
    assert "✗ Something other than the bot responds" in elsewhere.said
    assert "docs/linking-page.md" in elsewhere.said


def connections(process: Process, port: int) -> int:
    """How many connections are open."""
    found = psutil.Process(process.running.pid).net_connections(kind="tcp")
    return sum(each.laddr.port == port and each.status == psutil.CONN_ESTABLISHED for each in found)


def browser() -> aiohttp.ClientSession:
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


async def authorize(http: aiohttp.ClientSession, world: FakeThingiverse, card: Any, maker: str) -> str:
    """Do what a browser does from Authorize to the code. Returns the code."""
    link = next(part["url"] for part in walk(card["components"]) if part.get("label") == "Authorize")
    state = link.partition("state=")[2].partition("&")[0]
    async with http.get(f"{world.app.redirect_uri}?code={world.code_for(maker)}&state={state}") as landed:
        return (await landed.text()).partition('<span aria-hidden="true">')[2].partition("<")[0]
