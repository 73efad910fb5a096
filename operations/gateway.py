"""Keep running whatever the gateway sends: an event discord.py can't read is logged and dropped."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
import traceback
import zlib
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

import aiohttp
import discord.shard
import structlog
import yarl
from discord.gateway import DiscordWebSocket, ReconnectWebSocket
from discord.utils import _from_json as from_json  # pyright: ignore[reportPrivateUsage]  orjson if it's installed
from discord.utils import _to_json as to_json  # pyright: ignore[reportPrivateUsage]

from operations.failures import CLOSED

log = structlog.get_logger("operations.gateway")

Parser = Callable[[Any], None]

BEFORE_RESUMING = 1.0  # seconds, if the gateway closes a connection right away
DEPTH, WIDTH = 4, 30  # how much of an event's shape is logged
_SCHEMA_NAME = re.compile(r"[A-Za-z_]{1,40}")  # Discord's field and event names; anything else could be content
_KINDS_COUNTED = 1_000
_ZLIB, _FLUSHED = b"\x78", b"\x00\x00\xff\xff"  # how zlib begins, and how each message in a stream ends

_dropped: Counter[tuple[str, str]] = Counter()


class _Gateway:
    """A gateway's URL that keeps its own query, which discord.py would replace."""

    def __init__(self, url: yarl.URL) -> None:
        self.url = url

    def with_query(self, **query: Any) -> yarl.URL:
        return self.url.update_query(query)

    def __str__(self) -> str:
        return str(self.url)


class SteadyWebSocket(DiscordWebSocket):
    """discord.py's gateway connection. An unreadable message drops the event or connection, but never ends the bot."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, *, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(socket, loop=loop)
        self._closed_with: int | None = None  # the code Discord closed the connection with
        self._settled = False  # had READY or RESUMED
        receive = socket.receive

        async def remembering(timeout: float | None = None) -> aiohttp.WSMessage:  # noqa: ASYNC109
            message = await receive(timeout)
            if message.type is aiohttp.WSMsgType.CLOSE:
                self._closed_with = message.data
            return message

        socket.receive = remembering

    async def poll_event(self) -> None:
        """Restore the close code, which aiohttp loses if the server hangs up early; discord.py would retry forever."""
        try:
            await super().poll_event()
        except ReconnectWebSocket:
            if self._closed_with in CLOSED:
                raise discord.ConnectionClosed(self.socket, shard_id=self.shard_id, code=self._closed_with) from None
            raise
        except BaseException:
            if self._keep_alive is None:  # before HELLO, nobody else closes the connection
                self.socket._response.close()  # pyright: ignore[reportPrivateUsage]
            raise

    @classmethod
    async def from_client(cls, client: Any, **options: Any) -> SteadyWebSocket:
        """Turn errors while connecting into OSError, after which discord.py pauses and retries."""
        resume = bool(options.get("resume"))
        if not resume:
            await client.identifying.admit(options.get("shard_id"))
        given = options.pop("gateway", None) or cls.DEFAULT_GATEWAY
        gateway: Any = _Gateway(given) if isinstance(given, yarl.URL) else given
        try:
            return await super().from_client(client, gateway=gateway, **options)
        except ReconnectWebSocket:
            if not resume:
                raise ConnectionResetError("the gateway closed the connection before it was set up") from None
            await asyncio.sleep(BEFORE_RESUMING)
            raise

    async def received_message(self, msg: Any, /) -> None:
        text = await self._unpacked(msg)
        if text is None:
            return
        try:
            await super().received_message(text if self._settled else self._completed(text))
        except (ReconnectWebSocket, discord.ConnectionClosed, OSError):
            raise
        except Exception as error:  # noqa: BLE001  anything a parser can raise
            note_dropped(*_named(text), error)
            if self._keep_alive is None:  # HELLO couldn't be read, and nothing works without it
                raise ConnectionResetError("the gateway's HELLO can't be read") from None

    def _completed(self, text: Any) -> Any:
        """READY and RESUMED with what discord.py needs of them, and would wait for forever."""
        message = _read(text)
        event = message.get("t")
        if event not in {"READY", "RESUMED"}:
            return text
        self._settled = True
        given: dict[str, Any] = message.get("d") or {}
        if event == "READY" and given:
            message["d"] = {
                "shard": [self.shard_id or 0, self.shard_count or 1],
                "resume_gateway_url": str(self.gateway),
                "guilds": [],
                **{name: value for name, value in given.items() if value is not None},
            }
        return to_json({**message, "d": message.get("d") or {}})

    async def send_heartbeat(self, data: Any) -> None:
        """Note the time before sending. discord.py does it in another thread, and then an ACK can be there before."""
        if self._keep_alive is not None:
            self._keep_alive._last_send = time.perf_counter()  # pyright: ignore[reportPrivateUsage]
        await super().send_heartbeat(data)

    async def _unpacked(self, msg: Any) -> Any:
        """The text of a complete frame. If the stream is broken, the connection is resumed."""
        if type(msg) is not bytes:
            return msg
        try:
            return _alone(msg) or self._decompressor.decompress(msg)
        except Exception as error:  # noqa: BLE001  zlib and zstd each have their own
            log.warning("gateway stream broken, resuming", error=type(error).__name__)
            await self.close()
            raise ReconnectWebSocket(self.shard_id) from None


def install() -> None:
    """Make discord.py's shards use SteadyWebSocket; it has no setting for that."""
    discord.shard.DiscordWebSocket = SteadyWebSocket  # pyright: ignore[reportPrivateImportUsage]


def guard(parsers: dict[str, Parser]) -> None:
    """Wrap discord.py's event parsers, in place."""
    for event, parse in list(parsers.items()):
        parsers[event] = _guarded(event, parse)


def _guarded(event: str, parse: Parser) -> Parser:
    def guarded(data: Any) -> None:
        try:
            parse(data)
        except Exception as error:  # noqa: BLE001  anything a parser can raise
            note_dropped(event, data, error)

    return guarded


def note_dropped(event: str, data: Any, error: Exception) -> None:
    """Log the first event of a kind, then the tenth, the hundredth, and so on."""
    where = _where(error)
    if len(_dropped) >= _KINDS_COUNTED:
        _dropped.clear()
    _dropped[event, where] += 1
    count = _dropped[event, where]
    if str(count).strip("0") == "1":
        log.error(
            "gateway event dropped",
            type=event,
            shape=shape(data),
            error=type(error).__name__,
            where=where,
            count=count,
        )


def shape(data: object, depth: int = DEPTH) -> str:
    """Field names and types, such as {id: str, poll: {expiry: null}}; no values, and no keys that could contain one."""
    if isinstance(data, dict):
        fields = cast("dict[object, object]", data)
        if depth == 0:
            return "{...}"
        first = itertools.islice(fields.items(), WIDTH)
        inside = [f"{_name(key)}: {shape(value, depth - 1)}" for key, value in first]
        return "{" + ", ".join([*inside, *(["..."] if len(fields) > WIDTH else [])]) + "}"
    if isinstance(data, list):
        items = cast("list[object]", data)
        return f"[{shape(items[0], depth - 1) if items and depth else ''}]"
    return "null" if data is None else type(data).__name__


def _name(key: object) -> str:
    return key if isinstance(key, str) and _SCHEMA_NAME.fullmatch(key) else "?"


def _alone(frame: bytes) -> str | None:
    """The text of a frame that's compressed by itself, which IDENTIFY allows, too; None if it's part of a stream."""
    if not frame.startswith(_ZLIB) or frame.endswith(_FLUSHED):
        return None
    alone = zlib.decompressobj()
    try:
        text = alone.decompress(frame)
    except zlib.error:
        return None
    return text.decode() if alone.eof else None


def _read(text: Any) -> dict[str, Any]:
    """Nothing if it's no object. Raises ValueError if it isn't JSON."""
    message = from_json(text)
    return cast("dict[str, Any]", message) if isinstance(message, dict) else {}


def _named(text: Any) -> tuple[str, object]:
    """The event's name and data, as far as they can be read."""
    try:
        fields = _read(text)
    except ValueError:
        return "not JSON", None
    return _name(fields.get("t")), fields.get("d")


def _where(error: Exception) -> str:
    """The file and line of an error; its text may quote the event."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{frame.filename.replace(chr(92), '/').rpartition('/')[2]}:{frame.lineno}"
