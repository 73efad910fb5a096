"""A Discord on 127.0.0.1. Tests are the people in it; the bot under test speaks to it as to the real one."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any, Self

from aiohttp import web

from tests.wire.callbacks import Callbacks
from tests.wire.crowd import Crowd
from tests.wire.door import PREFIX, Door, Fault
from tests.wire.gateway import Gateway, Session
from tests.wire.payloads import Payload
from tests.wire.rest import Rest
from tests.wire.schemas import Description
from tests.wire.state import State, Where

GUILD, DM, USER_INSTALL, PRIVATE = Where.GUILD, Where.DM, Where.USER_INSTALL, Where.PRIVATE


class FakeDiscord(Crowd):
    """Open it with `async with`.

    `strict_bodies` holds what the bot sends against Discord's own description, where that is at hand (10 ms a
    body: not for measuring), and `strict_answers` what we answer; faults gather in `violations`, `state.misfits`.
    `approved_intents` are the privileged ones that the developer portal allows. `guilds_in_ready` lists the
    server in READY also for clients without the GUILDS intent. `quiet` is the silence, in seconds, after which
    the verbs take the bot to be done; 0 returns with the answer.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        application_id: int = 1_150_000_000_000_000_001,
        strict_bodies: bool = True,
        strict_answers: bool = False,
        approved_intents: int = 0,
        shards: int = 1,
        heartbeat_interval: int = 41_250,
        guilds_in_ready: bool = True,
        quiet: float = 0.03,
    ) -> None:
        self.token = (
            f"{b64encode(str(application_id).encode()).decode().rstrip('=')}.GwireT.{'made-up-for-tests' * 2}abcd"
        )
        self.state = State(application_id, token=self.token)
        self.gateway = Gateway(
            token=self.token,
            approved=approved_intents,
            shards=shards,
            heartbeat_interval=heartbeat_interval,
            ready=self._ready,
            guilds=self._guilds,
        )
        super().__init__(self.state, self.gateway, quiet=quiet)
        description = Description.load() if strict_bodies else None
        self.door = Door(self.state, description, check_answers=strict_answers)
        self.rest = Rest(self.state, self.messages, shards=shards)
        self._shards, self._guilds_in_ready, self._port = shards, guilds_in_ready, port
        app = web.Application(client_max_size=30 * 1024 * 1024)
        self.rest.routes(app, self.door)
        Callbacks(self.state, self.messages).routes(app, self.door)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_route("*", "/{anything:.*}", self.door.guard(self.rest.unknown))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        self.rest.gateway_url = self.gateway_url
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.gateway.drop(1001, resumable=True)
        await self._runner.cleanup()

    # What the bot is told and what it did

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self._port}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway"

    @property
    def commands(self) -> list[Payload]:
        return self.state.commands

    @property
    def requests(self) -> list[Any]:
        return list(self.state.requests)

    @property
    def violations(self) -> list[str]:
        return self.state.violations

    @property
    def intents(self) -> int | None:
        """Those of the last client that identified."""
        return self.gateway.identifies[-1]["intents"] if self.gateway.identifies else None

    async def ready(self, timeout: float = 10.0) -> None:
        """Wait until a client has READY or RESUMED on every shard; TimeoutError."""
        async with asyncio.timeout(timeout):
            await self.gateway.online.wait()

    # What goes wrong

    def fail(
        self,
        match: str,
        status: int | None = 500,
        *,
        times: int = 1,
        code: int = 0,
        text: str = "",
        retry_after: float | None = None,
        everywhere: bool = False,
        delay: float = 0.0,
        html: bool = False,
        lose: bool = False,
    ) -> None:
        """Let the next `times` requests that match ("POST /channels/*/messages") fail.

        429 takes `retry_after` seconds and may be `everywhere` (global). `html` is a proxy's page instead of JSON.
        With status None they only take longer (`delay` seconds), or, with `lose`, are done and the answer is lost.
        """
        self.door.faults.append(Fault(match, status, times, code, text, retry_after, everywhere, delay, html, lose))

    def limit(self, match: str, requests: int, seconds: float) -> None:
        """From now on, so many requests in so many seconds for what matches; more are answered 429."""
        self.door.limit(match, requests, seconds)

    async def drop_gateway(self, code: int | None = 4000, *, resumable: bool = True) -> None:
        await self.gateway.drop(code, resumable=resumable)

    async def invalid_session(self, *, resumable: bool = False) -> None:
        await self.gateway.invalidate(resumable=resumable)

    def _ready(self, session: Session) -> Payload:
        self.rest.starts_used += 1
        return self.town.ready(session, self.gateway_url, self._shards, with_guilds=self._guilds_in_ready)

    def _guilds(self) -> list[Payload]:
        return self.town.guilds()
