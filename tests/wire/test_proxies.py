"""HTTP proxies: all traffic goes through them, except to this machine and hosts in NO_PROXY."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yarl

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from operations.proxies import Proxies
from tests.waiting import PATIENCE
from tests.wire.process import environment, start


@dataclass
class Proxy:
    """Sends HTTP and CONNECT requests to this machine, whatever host they name, and records the hosts."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    authorized: set[str] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            method, target, *_ = head.split(b"\r\n", 1)[0].decode().split()
            url = yarl.URL(f"http://{target}" if method == "CONNECT" else target)
            self.asked.append(f"{method} {url.host}")
            lines = [line for line in head.split(b"\r\n") if line.lower().startswith(b"proxy-authorization")]
            self.authorized |= {line.decode() for line in lines}
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", url.port)
            if method == "CONNECT":
                writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
            else:
                far_writer.write(head.replace(str(url.origin()).encode(), b"", 1))
            await asyncio.gather(pipe(reader, far_writer), pipe(far_reader, writer))


async def pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def open_proxy() -> AsyncGenerator[Proxy]:
    proxy = Proxy()
    async with await asyncio.start_server(proxy.serve, "127.0.0.1", 0) as server:
        proxy.port = server.sockets[0].getsockname()[1]
        yield proxy


async def test_discord_its_gateway_and_thingiverse_are_reached_through_the_proxy(
    world: FakeThingiverse, tmp_path: Path
) -> None:
    """Their names don't resolve, so nothing works without the proxy."""
    async with FakeDiscord() as discord, open_proxy() as proxy:
        discord.rest.gateway_url = discord.gateway_url.replace("127.0.0.1", "gateway.invalid")
        settings = environment(
            discord,
            world,
            tmp_path,
            DISCORD_API_BASE=discord.api_base.replace("127.0.0.1", "discord.invalid"),
            THINGIVERSE_API_URL=world.api_url.replace("127.0.0.1", "thingiverse.invalid"),
            http_proxy=f"http://ann:canary@127.0.0.1:{proxy.port}",
        )
        process = await start("run", settings, tmp_path)
        try:
            await discord.ready(PATIENCE)
            shown = await discord.slash(discord.person("ann"), "popular")
            assert shown.message is not None
        finally:
            process.stop()
            await process.ended(30)
    hosts = {line.split()[1] for line in proxy.asked}
    assert hosts == {"discord.invalid", "gateway.invalid", "thingiverse.invalid"}
    assert proxy.authorized, "its password is given"
    assert "canary" not in process.said


PROXIES = Proxies(
    yarl.URL("http://secure:1"), yarl.URL("http://plain:2"), "example.org, .inner.net,10.0.0.0/8,x.com:81"
)


@pytest.mark.parametrize(
    ("url", "through"),
    [
        ("https://discord.com/api", "http://secure:1"),
        ("wss://gateway.discord.gg/?v=10", "http://secure:1"),
        ("http://discord.com", "http://plain:2"),
        ("ws://discord.com", "http://plain:2"),
        ("https://example.org", None),
        ("https://api.example.org", None),
        ("https://notexample.org", "http://secure:1"),
        ("https://a.inner.net", None),
        ("https://10.1.2.3", None),
        ("http://x.com:81", None),
        ("http://x.com", "http://plain:2"),
        ("http://127.0.0.1:9", None),
        ("http://127.8.8.8:9", None),
        ("http://localhost:9", None),
        ("http://[::1]:9", None),
    ],
)
def test_the_proxy_is_chosen_by_scheme_and_host(url: str, through: str | None) -> None:
    assert PROXIES.to(yarl.URL(url)) == (None if through is None else yarl.URL(through))


def test_a_star_spares_every_host() -> None:
    assert Proxies(yarl.URL("http://secure:1"), None, "*").to(yarl.URL("https://discord.com")) is None
