# ruff: noqa: E501  payloads as Discord sends them
"""The least of a Discord and of a Thingiverse that a bot can run against, so that they are not what is measured."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
import zlib
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import WSMsgType, web

APPLICATION = 1_150_000_000_000_000_001
GUILD, CHANNEL = 800_000_000_000_000_001, 800_000_000_000_000_002
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
class Asked:
    began: float
    acknowledged: asyncio.Future[float]
    answered: asyncio.Event = field(default_factory=asyncio.Event)


class BenchDiscord(Server):
    """Gateway, login, commands; hands out interactions and takes whatever answers come."""

    def __init__(self) -> None:
        super().__init__()
        self.commands: list[dict[str, Any]] = []
        self.online = asyncio.Event()
        self._asked: dict[str, Asked] = {}
        self._numbers = itertools.count(900_000_000_000_000_000)
        self._socket: web.WebSocketResponse | None = None
        self._packer = zlib.compressobj()
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

    async def ask(self, command: str, person: int, **options: str) -> float:
        """Call a command; seconds until its first sign."""
        number = str(next(self._numbers))
        asked = Asked(time.perf_counter(), asyncio.get_running_loop().create_future())
        self._asked[number] = asked
        await self._send(0, interaction(number, command, person, options), "INTERACTION_CREATE")
        return await asked.acknowledged

    async def _send(self, op: int, data: Any, event: str | None = None) -> None:
        assert self._socket is not None
        text = json.dumps({"op": op, "d": data, "t": event, "s": 1 if event else None}).encode()
        await self._socket.send_bytes(self._packer.compress(text) + self._packer.flush(zlib.Z_SYNC_FLUSH))

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        self._packer = zlib.compressobj()
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
                ready = {
                    "v": 10, "user": _bot(), "guilds": [], "session_id": "s", "shard": [0, 1], "application": {"id": str(APPLICATION), "flags": 0},
                    "resume_gateway_url": self.url.replace("http", "ws") + "/gateway",
                }  # fmt: skip
                await self._send(0, ready, "READY")
                self.online.set()
        self.online.clear()
        return socket

    async def _gateway_bot(self, _: web.Request) -> web.Response:
        limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
        address = self.url.replace("http", "ws") + "/gateway"
        return _json({"url": address, "shards": 1, "session_start_limit": limit})

    async def _me(self, _: web.Request) -> web.Response:
        return _json(_bot())

    async def _application(self, _: web.Request) -> web.Response:
        return _json(
            {"id": str(APPLICATION), "name": "bench", "description": "", "icon": None, "bot_public": True,
             "bot_require_code_grant": False, "verify_key": "", "flags": 0, "owner": _bot(), "team": None}
        )  # fmt: skip

    async def _registered(self, _: web.Request) -> web.Response:
        return _json(self.commands)

    async def _register(self, request: web.Request) -> web.Response:
        self.commands = [
            {"description": "", **command, "id": str(i + 1), "application_id": str(APPLICATION), "version": "1"}
            for i, command in enumerate(await request.json())
        ]
        return _json(self.commands)

    async def _callback(self, request: web.Request) -> web.Response:
        await request.read()
        asked = self._asked.pop(request.match_info["id"], None)
        if asked is not None:
            asked.acknowledged.set_result(time.perf_counter() - asked.began)
        return web.Response(body=CALLBACK, content_type="application/json")

    async def _edited(self, request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=MESSAGE, content_type="application/json")

    async def _anything(self, request: web.Request) -> web.Response:
        await request.read()
        return _json({"message": "not here", "code": 0}, status=404)


class BenchThingiverse(Server):
    """A list of thirty, a like; `hang` stops it from answering."""

    def __init__(self) -> None:
        super().__init__()
        self.requests = 0
        self.hang = False
        things = [_thing(number) for number in range(1, 31)]
        self._popular = json.dumps(things).encode()
        self.app.router.add_get("/popular", self._list)
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


def _thing(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Design number {number}",
        "public_url": f"https://www.thingiverse.com/thing:{number}",
        "thumbnail": f"https://cdn.thingiverse.com/assets/{number}.jpg",
        "preview_image": f"https://cdn.thingiverse.com/assets/{number}.jpg",
        "creator": {"id": 7, "name": "mira", "thumbnail": "https://cdn.thingiverse.com/m.jpg"},
        "like_count": 1_000 + number,
        "make_count": number,
        "is_nsfw": False,
        "is_ai": False,
    }


def _bot() -> dict[str, Any]:
    return {"id": str(APPLICATION), "username": "bench", "discriminator": "0", "avatar": None, "bot": True, "flags": 0}


def interaction(number: str, command: str, person: int, options: dict[str, str]) -> dict[str, Any]:
    user = {"id": str(person), "username": f"p{person}", "discriminator": "0", "avatar": None, "global_name": None}
    member = {
        "user": user, "roles": [], "joined_at": "2024-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0,
        "permissions": "2248473465835073", "nick": None, "avatar": None, "premium_since": None, "pending": False,
    }  # fmt: skip
    channel = {"id": str(CHANNEL), "type": 0, "name": "bench", "guild_id": str(GUILD), "nsfw": False, "position": 0,
               "permissions": "2248473465835073", "last_message_id": None, "parent_id": None, "topic": None}  # fmt: skip
    return {
        "id": number, "application_id": str(APPLICATION), "type": 2, "token": f"interaction-{number}", "version": 1,
        "data": {"id": "1", "name": command, "type": 1,
                 "options": [{"name": name, "type": 3, "value": value} for name, value in options.items()]},
        "guild_id": str(GUILD), "guild": {"id": str(GUILD), "locale": "en-US", "features": []}, "channel_id": str(CHANNEL),
        "channel": channel, "member": member, "locale": "en-US", "guild_locale": "en-US", "app_permissions": "2248473465835073",
        "entitlements": [], "authorizing_integration_owners": {"0": str(GUILD)}, "context": 0, "attachment_size_limit": 10_485_760,
    }  # fmt: skip


_PLAIN = {
    "id": "950000000000000001", "channel_id": str(CHANNEL), "author": _bot(), "content": "", "timestamp": "2026-01-01T00:00:00+00:00",
    "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
    "embeds": [], "pinned": False, "type": 20, "flags": 0, "components": [],
}  # fmt: skip
MESSAGE = json.dumps(_PLAIN).encode()
CALLBACK = json.dumps(
    {"interaction": {"id": "1", "type": 2, "response_message_id": "950000000000000001"},
     "resource": {"type": 4, "message": _PLAIN}}
).encode()  # fmt: skip
