"""HTTP proxies, chosen by URL. discord.py and aiohttp only support one proxy for all hosts."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import aiohttp
import yarl

from settings import Settings

if TYPE_CHECKING:
    from aiohttp.client_reqrep import ClientRequest
    from aiohttp.connector import Connection

_SECURE = {"https", "wss"}


@dataclass(frozen=True)
class Proxies:
    """Which proxy to use for a URL. There's none for this machine."""

    secure: yarl.URL | None = None
    plain: yarl.URL | None = None
    none_for: str = ""  # NO_PROXY: hosts and domains, separated by commas, or *

    @classmethod
    def of(cls, settings: Settings) -> Proxies:
        urls = (
            yarl.URL(url.get_secret_value()) if url else None for url in (settings.https_proxy, settings.http_proxy)
        )
        return cls(*urls, none_for=settings.no_proxy or "")

    def __bool__(self) -> bool:
        return self.secure is not None or self.plain is not None

    def to(self, url: yarl.URL) -> yarl.URL | None:
        host = url.host or ""
        if _is_here(host) or self._spares(host, url.port):
            return None
        return self.secure if url.scheme in _SECURE else self.plain

    def _spares(self, host: str, port: int | None) -> bool:
        """Whether NO_PROXY lists the host: by name or parent domain, also with a port, or by a network (10.0.0.0/8)."""
        for entry in self.none_for.lower().replace(",", " ").split():
            name = entry.removeprefix("*").removeprefix(".")
            if entry == "*" or host == name or host.endswith(f".{name}") or f"{host}:{port}" == name:
                return True
            if "/" in name and _is_in(host, name):
                return True
        return False


class ProxyConnector(aiohttp.TCPConnector):
    """Connects each request through the proxy for its URL."""

    def __init__(self, proxies: Proxies, *, limit: int) -> None:
        super().__init__(limit=limit)  # pyright: ignore[reportUnknownMemberType]
        self._proxies = proxies

    async def connect(self, req: ClientRequest, traces: Any, timeout: aiohttp.ClientTimeout) -> Connection:  # noqa: ASYNC109
        if req.proxy is None:
            req.update_proxy(self._proxies.to(req.url), None, None)
        return await super().connect(req, traces, timeout)


def connector(proxies: Proxies, *, limit: int = 100) -> aiohttp.TCPConnector:
    """A ProxyConnector, or aiohttp's own without proxies. `limit` is for connections at a time, 0 for no limit."""
    return ProxyConnector(proxies, limit=limit) if proxies else aiohttp.TCPConnector(limit=limit)


def session(proxies: Proxies, **options: Any) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(connector=connector(proxies), cookie_jar=aiohttp.DummyCookieJar(), **options)


def _is_in(host: str, network: str) -> bool:
    try:
        return ipaddress.ip_address(host) in ipaddress.ip_network(network, strict=False)
    except ValueError:
        return False


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
