"""Say how the running bot is: to `python bot.py health`, to systemd, and to whoever reads /ready; end a stuck one."""

from __future__ import annotations

import asyncio
import faulthandler
import hashlib
import socket
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import click
import msgspec
import structlog

from config import Supervisor
from operations.background import background
from operations.client import Thingamabot
from operations.failures import EXIT_UNREACHABLE, StartError
from storage.errors import StorageError

log = structlog.get_logger("operations.health")

EXIT_NOT_READY = 1
WITHIN = 5.0  # seconds for the bot to answer
STUCK = 120.0  # seconds
_LOOK_EVERY = 0.5  # seconds, until the gateway is ready


class Health(msgspec.Struct, frozen=True):
    """Whether the database answers, and the gateway is connected. That there's an answer means that it's live.

    `redis` is None if there's one process. Without Redis, it's still ready.
    """

    database: bool
    gateway: bool
    redis: bool | None = None

    @property
    def ready(self) -> bool:
        return self.database and self.gateway


async def health_of(bot: Thingamabot) -> Health:
    try:
        async with asyncio.timeout(WITHIN / 2):
            await bot.store.ping()
        database = True
    except (StorageError, TimeoutError):
        database = False
    return Health(database, bot.connected, None if bot.redis_answers is None else bot.redis_answers())


# -- for `python bot.py health`


def _place(token: str) -> str:
    """A socket that isn't a file, which only Linux has. Another bot's token makes another name."""
    return f"\0thingamabot-{hashlib.sha256(f'health {token}'.encode()).hexdigest()[:24]}"


@asynccontextmanager
async def answering(bot: Thingamabot, token: str) -> AsyncGenerator[None]:
    """Answer `health` while inside."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(msgspec.json.encode(await health_of(bot)))
        writer.close()

    if sys.platform != "linux":
        yield
        return
    with socket.socket(socket.AF_UNIX) as listening:
        try:
            listening.bind(_place(token))
        except OSError:  # another process runs with the same token, and answers
            if bot.sharding is None:
                log.warning("health isn't answered", fix="stop the other process that runs with the same DISCORD_TOKEN")
            else:
                log.info("health is answered by another process on this machine", fix="use METRICS_LISTEN and /ready")
            yield
            return
        async with await asyncio.start_unix_server(answer, sock=listening):
            yield


async def _connected(token: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Connect the socket first: uvloop takes no name that isn't a file."""
    connecting = socket.socket(socket.AF_UNIX)
    connecting.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connecting, _place(token))
    except OSError:
        connecting.close()
        raise
    return await asyncio.open_unix_connection(sock=connecting)


async def ask(token: str, *, live: bool) -> None:
    """Print how the running bot is. Raises StartError if it doesn't answer, or isn't ready."""
    if sys.platform != "linux":
        raise StartError("health only works on Linux. Use METRICS_LISTEN and its /ready.", EXIT_UNREACHABLE)
    try:
        async with asyncio.timeout(WITHIN):
            reader, writer = await _connected(token)
            health = msgspec.json.decode(await reader.read(), type=Health)
            writer.close()
    except (OSError, TimeoutError, msgspec.MsgspecError):
        raise StartError("The bot isn't running here, or is stuck.", EXIT_UNREACHABLE) from None
    lines = {"The database answers": health.database, "The bot is connected to Discord": health.gateway}
    for line, well in lines.items():
        click.echo(f"{'✓' if well else '✗'} {line}{'' if well else ': no'}")
    if health.redis is not None:
        no_redis = ": no, so this process goes on with its share of the requests"
        click.echo(f"{'✓' if health.redis else '!'} Redis answers{'' if health.redis else no_redis}")
    if not health.ready and not live:
        raise StartError("The bot is running, but not ready.", EXIT_NOT_READY)


# -- for Docker, which restarts what ends, but not what's stuck


@asynccontextmanager
async def ending_when_stuck(seconds: float = STUCK) -> AsyncGenerator[None]:
    """End the process with a traceback, which has no values, if the loop stands still for so many seconds."""

    async def keep_going() -> None:
        while True:
            faulthandler.dump_traceback_later(seconds, exit=True)
            await asyncio.sleep(seconds / 10)

    try:
        async with background(keep_going()):
            yield
    finally:
        faulthandler.cancel_dump_traceback_later()


# -- for systemd: https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html


def _tell(supervisor: Supervisor, state: str) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending, suppress(OSError):
        sending.setblocking(False)
        sending.sendto(state.encode(), supervisor.address)


async def _keep_telling(supervisor: Supervisor, bot: Thingamabot) -> None:
    """READY once the gateway is, and then a sign of life from the loop, forever.

    Neither depends on Discord afterwards: a restart during an outage would only use up logins.
    """
    ready = False
    while True:
        if not ready and bot.connected:
            _tell(supervisor, "READY=1\nSTATUS=Connected to Discord")
            ready = True
        _tell(supervisor, "WATCHDOG=1")
        await asyncio.sleep(supervisor.every if ready else _LOOK_EVERY)


@asynccontextmanager
async def supervised(bot: Thingamabot, supervisor: Supervisor | None) -> AsyncGenerator[None]:
    """Tell systemd how the bot is while inside. Without systemd, do nothing."""
    if supervisor is None:
        yield
        return
    try:
        async with background(_keep_telling(supervisor, bot)):
            yield
    finally:
        _tell(supervisor, "STOPPING=1")
