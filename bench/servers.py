"""Minimal fakes of Discord and Thingiverse, so that their own speed doesn't affect what is measured."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import zlib
from dataclasses import dataclass
from typing import Any, Self

from aiohttp import WSMsgType, web

from bench.payloads import (
    ANY_DESIGN,
    ANY_NUMBER,
    ANY_PERSON,
    APPLICATION,
    LIKE,
    MESSAGE,
    application,
    bot,
    gateway_event,
    interaction,
    press_on,
    ready,
    thing,
    typing,
    whole,
)

DESIGNS = 31  # and fewer, from 1
BUSY = b"I'm busy right now"
TOKEN = "MTE1MDAwMDAwMDAwMDAwMDAwMQ.bench.not-a-token-of-anybody-at-all-0000"


class Server:
    """An aiohttp application on a free port of 127.0.0.1."""

    def __init__(self) -> None:
        self.app = web.Application()
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=0.1)
        self.url = ""

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()


@dataclass
class Signed:
    """The first sign that an interaction got."""

    seconds: float
    busy: bool  # it says that the bot is busy


@dataclass
class Asked:
    began: float
    signed: asyncio.Future[Signed]


class BenchDiscord(Server):
    """The gateway, login, and commands. It sends interactions and accepts every reply."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[dict[str, Any]] = []
        self.online = asyncio.Event()
        self._asked: dict[str, Asked] = {}
        self._numbers = itertools.count(900_000_000_000_000_000)
        self._socket: web.WebSocketResponse | None = None
        self._packer = zlib.compressobj(level=1)
        self._press = ""  # an event: a press on the first page that was sent, with places for who and what
        routes = self.app.router
        routes.add_get("/gateway/bot", self._gateway_bot)
        routes.add_get("/gateway", self._gateway)
        routes.add_get("/users/@me", self._me)
        routes.add_get("/oauth2/applications/@me", self._application)
        routes.add_get("/applications/{id}/commands", self._registered)
        routes.add_put("/applications/{id}/commands", self._register)
        routes.add_post("/interactions/{id}/{token}/callback", self._callback)
        routes.add_route("*", "/webhooks/{app}/{token}/{rest:.*}", self._edited)
        routes.add_route("*", "/{rest:.*}", self._anything)

    async def ask(self, command: str, person: int, **options: str) -> Signed:
        """Call a command."""
        return await self._sent(interaction(self.number(), command, person, options))

    async def type(self, command: str, person: int, **options: str) -> Signed:
        """Ask for suggestions."""
        return await self._sent(typing(self.number(), command, person, options))

    async def press_like(self, person: int, thing: int) -> Signed:
        """A Like button on the page that was sent last, as text, because the generator must be the faster one."""
        number = self.number()
        text = self._press.replace(ANY_NUMBER, number).replace(ANY_PERSON, str(person)).replace(ANY_DESIGN, str(thing))
        return await self._signed(number, text.encode())

    def number(self) -> str:
        return str(next(self._numbers))

    async def _sent(self, payload: dict[str, Any]) -> Signed:
        return await self._signed(payload["id"], gateway_event("INTERACTION_CREATE", payload))

    async def _signed(self, number: str, event: bytes) -> Signed:
        asked = Asked(time.perf_counter(), asyncio.get_running_loop().create_future())
        self._asked[number] = asked
        await self._send_text(event)
        return await asked.signed

    async def _send(self, op: int, data: Any, event: str | None = None) -> None:
        await self._send_text(gateway_event(event, data, op))

    async def _send_text(self, text: bytes) -> None:
        assert self._socket is not None
        await self._socket.send_bytes(self._packer.compress(text) + self._packer.flush(zlib.Z_SYNC_FLUSH))

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        self._packer = zlib.compressobj(level=1)
        self._socket = socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        await self._send(10, {"heartbeat_interval": 40_000})
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            op = json.loads(message.data)["op"]
            if op == 1:
                await self._send(11, None)
            elif op == 2:
                await self._send(0, ready(self.url.replace("http", "ws") + "/gateway"), "READY")
                self.online.set()
        self.online.clear()
        return socket

    async def _gateway_bot(self, _: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        address = self.url.replace("http", "ws") + "/gateway"
        return _json({"url": address, "shards": 1, "session_start_limit": limit})

    async def _me(self, _: web.Request) -> web.Response:
        return _json(bot())

    async def _application(self, _: web.Request) -> web.Response:
        return _json(application())

    async def _registered(self, _: web.Request) -> web.Response:
        return _json(self.commands)

    async def _register(self, request: web.Request) -> web.Response:
        self.commands = [
            {"description": "", **command, "id": str(i + 1), "application_id": str(APPLICATION), "version": "1"}
            for i, command in enumerate(await request.json())
        ]
        return _json(self.commands)

    async def _callback(self, request: web.Request) -> web.Response:
        body = await request.read()
        asked = self._asked.pop(request.match_info["id"], None)
        if asked is not None and not asked.signed.done():
            asked.signed.set_result(Signed(time.perf_counter() - asked.began, BUSY in body))
        if not self._press and LIKE.search(body):
            self._press = press_on(body)
        if "with_response" not in request.query:
            return web.Response(status=204)
        return web.Response(body=whole(body), content_type="application/json")

    async def _edited(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=MESSAGE, content_type="application/json")

    async def _anything(self, request: web.Request) -> web.Response:
        await request.read()
        return _json({"message": "not here", "code": 0}, status=404)


class BenchThingiverse(Server):
    """A list of thirty designs, and likes. With `hang`, it doesn't respond."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0
        self.hang = False
        things = [thing(number) for number in range(1, DESIGNS)]
        self._popular = json.dumps(things).encode()
        self.app.router.add_get("/popular", self._list)
        self.app.router.add_get("/search/{rest:.*}", self._list)
        self.app.router.add_post("/things/{id}/likes", self._like)

    async def _list(self, _: web.Request) -> web.Response:
        await self._count()
        return web.Response(body=self._popular, content_type="application/json")

    async def _like(self, _: web.Request) -> web.Response:
        await self._count()
        return web.Response(body=b'{"ok":"ok"}', content_type="application/json")

    async def _count(self) -> None:
        self.requests += 1
        if self.hang:
            await asyncio.sleep(30)


def _json(data: Any, status: int = 200) -> web.Response:
    # discord.py looks for exactly this type, without a charset
    return web.Response(body=json.dumps(data).encode(), status=status, content_type="application/json")
