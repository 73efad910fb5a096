"""A fake Discord on 127.0.0.1. The bot talks to it like to the real one, and tests act as people."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from secrets import token_hex
from typing import Any, Self

from aiohttp import web

from fakes.discord.callbacks import Callbacks
from fakes.discord.channels import Channels
from fakes.discord.gateway import Gateway, Session
from fakes.discord.middleware import PREFIX, Fault, Middleware
from fakes.discord.payloads import Payload
from fakes.discord.people import People
from fakes.discord.rest import Rest
from fakes.discord.schemas import Description
from fakes.discord.state import State, Where
from fakes.discord.terse import ready as terse_ready

GUILD, DM, USER_INSTALL, PRIVATE = Where.GUILD, Where.DM, Where.USER_INSTALL, Where.PRIVATE


class FakeDiscord(People):
    """Open it with `async with`.

    `strict_bodies` checks what the bot sends against Discord's description, if it's available (10 ms per body, so
    not for benchmarks), and `strict_answers` checks the fake's responses; errors are in `violations` and
    `state.misfits`. `approved_intents` are the privileged ones the Developer Portal allows. `guilds_in_ready` lists
    the server in READY even without the GUILDS intent. `quiet` is how many seconds without requests mean that the
    bot is done; 0 returns with the reply. With `terse`, it sends no more than Discord's documentation promises.
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
        max_concurrency: int = 1,
        identify_apart: float = 0.0,
        heartbeat_interval: int = 41_250,
        guilds_in_ready: bool = True,
        quiet: float = 0.03,
        terse: bool = False,
    ) -> None:
        # one for each, because two processes with the same token know of each other
        number = b64encode(str(application_id).encode()).decode().rstrip("=")
        self.token = f"{number}.GwireT.{'made-up-for-tests' * 2}{token_hex(2)}"
        self.state = State(application_id, token=self.token)
        self.state.terse = terse
        self.gateway = Gateway(
            token=self.token,
            approved=approved_intents,
            shards=shards,
            heartbeat_interval=heartbeat_interval,
            max_concurrency=max_concurrency,
            identify_apart=identify_apart,
            ready=self._ready,
            guilds=self._guilds,
            terse=terse,
        )
        super().__init__(self.state, self.gateway, quiet=quiet)
        description = Description.load() if strict_bodies else None
        self.middleware = Middleware(self.state, description, check_answers=strict_answers)
        self.channels = Channels(self.state, self.messages)
        self.rest = Rest(self.state, self.messages, self.channels, shards=shards, max_concurrency=max_concurrency)
        self._shards, self._guilds_in_ready, self._port = shards, guilds_in_ready, port
        app = web.Application(client_max_size=30 * 1024 * 1024)
        self.rest.routes(app, self.middleware)
        self.channels.routes(app, self.middleware)
        Callbacks(self.state, self.messages).routes(app, self.middleware)
        app.router.add_get("/gateway", self.gateway.handle)
        app.router.add_route("*", "/{anything:.*}", self.middleware.guard(self.rest.unknown))
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

    # Settings for the bot, and what it did

    @property
    def api_base(self) -> str:
        return f"http://127.0.0.1:{self._port}{PREFIX}"

    @property
    def gateway_url(self) -> str:
        return f"ws://127.0.0.1:{self._port}/gateway" + ("?region=eu" if self.state.terse else "")

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
        """The intents of the last client that identified."""
        return self.gateway.identifies[-1]["intents"] if self.gateway.identifies else None

    async def ready(self, timeout: float = 60.0) -> None:
        """Wait until a client has READY or RESUMED on every shard. Raises TimeoutError."""
        async with asyncio.timeout(timeout):
            await self.gateway.online.wait()

    # Faults

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
        late: float = 0.0,
        cut: bool = False,
    ) -> None:
        """Make the next `times` requests that match ("POST /channels/*/messages") fail.

        A 429 has `retry_after` seconds and can be `everywhere` (global). `html` is a proxy's page instead of JSON.
        With status None, they only take longer: `delay` seconds before they're carried out, `late` seconds after. With
        `lose`, they're carried out and the response is lost, or replaced by the status. With `cut`, the connection
        ends before they're carried out.
        """
        self.middleware.faults.append(
            Fault(match, status, times, code, text, retry_after, everywhere, delay, html, lose, late, cut)
        )

    def limit(self, match: str, requests: int, seconds: float) -> None:
        """Allow so many matching requests in so many seconds, and respond to the others with 429."""
        self.middleware.limit(match, requests, seconds)

    async def drop_gateway(self, code: int | None = 4000, *, resumable: bool = True) -> None:
        await self.gateway.drop(code, resumable=resumable)

    async def invalid_session(self, *, resumable: bool = False) -> None:
        await self.gateway.invalidate(resumable=resumable)

    def _ready(self, session: Session) -> Payload:
        self.rest.starts_used += 1
        whole = self.places.ready(session, self.gateway_url, self._shards, with_guilds=self._guilds_in_ready)
        return terse_ready(whole) if self.state.terse else whole

    def _guilds(self) -> list[Payload]:
        return self.places.guilds()
