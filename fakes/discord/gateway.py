"""The gateway: HELLO, IDENTIFY, READY, events by intent, heartbeats, RESUME, and all ways to lose a connection."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import WSMsgType, web

from fakes.discord import terse as tersely
from fakes.discord.compression import Encoder, encoder
from fakes.discord.payloads import Payload

GUILDS, GUILD_MEMBERS, GUILD_PRESENCES = 1 << 0, 1 << 1, 1 << 8
GUILD_MESSAGES, DIRECT_MESSAGES, MESSAGE_CONTENT = 1 << 9, 1 << 12, 1 << 15
PRIVILEGED = GUILD_MEMBERS | GUILD_PRESENCES | MESSAGE_CONTENT
EVERY_INTENT = (1 << 26) - 1

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE, RESUME = 0, 1, 2, 3, 4, 6
RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, HEARTBEAT_ACK = 7, 8, 9, 10, 11

REPLAYED = 1_000  # events kept for a session that can resume


@dataclass(eq=False)
class Connection:
    socket: web.WebSocketResponse
    pack: Encoder
    transport: asyncio.BaseTransport | None

    async def send(self, op: int, data: Any, *, seq: int | None = None, event: str | None = None) -> None:
        packed = self.pack(orjson.dumps({"op": op, "d": data, "s": seq, "t": event}))
        try:
            await (self.socket.send_bytes(packed) if isinstance(packed, bytes) else self.socket.send_str(packed))
        except ConnectionError:
            pass  # disconnected; the session keeps the event for a resume


@dataclass
class Session:
    id: str
    intents: int
    shard: int
    connection: Connection | None
    seq: int = 0
    events: deque[tuple[int, str, Any]] = field(default_factory=lambda: deque(maxlen=REPLAYED))

    async def dispatch(self, event: str, data: Any) -> None:
        self.seq += 1
        self.events.append((self.seq, event, data))
        if self.connection is not None:
            await self.connection.send(DISPATCH, data, seq=self.seq, event=event)


class Refused(Exception):
    """Close the connection with this code."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code


class Gateway:
    """`ready` builds READY for a session; `guilds` builds the data of GUILD_CREATE."""

    def __init__(
        self,
        *,
        token: str,
        approved: int,
        shards: int,
        heartbeat_interval: int,
        max_concurrency: int,
        identify_apart: float,
        ready: Callable[[Session], Payload],
        guilds: Callable[[], list[Payload]],
        terse: bool = False,
    ) -> None:
        self._token = token
        self._approved = approved
        self._shards = shards
        self._interval = heartbeat_interval
        self._buckets = max_concurrency
        self._apart = identify_apart
        self._identified: dict[int, float] = {}
        self.refused_identifies = 0
        self._ready = ready
        self._guilds = guilds
        self._terse = terse
        self.sessions: dict[str, Session] = {}
        self.identifies: list[Payload] = []  # without the token
        self.silent = False  # whether it takes connections and says nothing
        self.resumes = 0
        self.queries: list[dict[str, str]] = []  # of all connections
        self.heartbeats = 0
        self.online = asyncio.Event()  # a client got READY or RESUMED and is connected
        self._open: set[Connection] = set()

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=4096, timeout=1.0)
        await socket.prepare(request)
        self.queries.append(dict(request.query))
        pack = tersely.frame if self._terse else encoder(request.query.get("compress"))
        connection = Connection(socket, pack, request.transport)
        self._open.add(connection)
        try:
            if not self.silent:
                await connection.send(HELLO, {"heartbeat_interval": self._interval, "_trace": ["[]"]})
            await self._listen(connection)
        except Refused as refused:
            await socket.close(code=refused.code, message=str(refused).encode())
        finally:
            self._open.discard(connection)
            if socket.close_code in {1000, 1001}:  # a client that closes normally ends its session
                self._end(connection)
            self._forget(connection)
        return socket

    async def dispatch(
        self,
        event: str,
        data: Payload,
        *,
        intent: int = 0,
        guild_id: str | None = None,
        without_content: Payload | None = None,
    ) -> None:
        """Send an event to the shard's session, if it has the intent.

        Clients without the MESSAGE_CONTENT intent get `without_content` instead.
        """
        shard = (int(guild_id) >> 22) % self._shards if guild_id is not None else 0
        for session in list(self.sessions.values()):
            if session.shard == shard and session.intents & intent == intent:
                blank = without_content is not None and not session.intents & MESSAGE_CONTENT
                await session.dispatch(event, without_content if blank else data)

    async def drop(self, code: int | None, *, resumable: bool) -> None:
        """Close every connection with the code, or abort it if that's None."""
        if not resumable:
            self.sessions.clear()
        self.online.clear()
        for connection in list(self._open):
            self._forget(connection)
            if code is not None:
                await connection.socket.close(code=code)
            elif isinstance(connection.transport, asyncio.WriteTransport):
                connection.transport.abort()

    async def invalidate(self, *, resumable: bool) -> None:
        """Send INVALID_SESSION: the client must reconnect, and identify again unless it may resume."""
        if not resumable:
            self.sessions.clear()
        await self._to_all(INVALID_SESSION, resumable)

    async def ask_to_reconnect(self) -> None:
        await self._to_all(RECONNECT, None)

    async def _to_all(self, op: int, data: Any) -> None:
        self.online.clear()
        for connection in list(self._open):
            await connection.send(op, data)

    async def _listen(self, connection: Connection) -> None:
        async for frame in connection.socket:
            if frame.type is WSMsgType.TEXT:
                await self._take(connection, frame.data)

    async def _take(self, connection: Connection, text: str) -> None:
        try:
            sent = orjson.loads(text)
            op, data = sent["op"], sent.get("d")
        except (orjson.JSONDecodeError, KeyError, TypeError):
            raise Refused(4002, "Error while decoding payload.") from None
        if op == HEARTBEAT:
            self.heartbeats += 1
            await connection.send(HEARTBEAT_ACK, None)
        elif op == IDENTIFY:
            await self._identify(connection, data)
        elif op == RESUME:
            await self._resume(connection, data)
        elif op not in {PRESENCE, VOICE, REQUEST_MEMBERS}:
            raise Refused(4001, "Unknown opcode.")
        elif self._session_of(connection) is None:
            raise Refused(4003, "Not authenticated.")

    async def _identify(self, connection: Connection, data: Payload) -> None:
        if self._session_of(connection) is not None:
            raise Refused(4005, "Already authenticated.")
        shard, intents = self._checked(data)
        if self._is_too_soon(shard):
            self.refused_identifies += 1
            await connection.send(INVALID_SESSION, False)
            return
        self.identifies.append({key: value for key, value in data.items() if key != "token"})
        self._end_shard(shard)
        session = Session(f"session-{len(self.identifies)}", intents, shard, connection)
        self.sessions[session.id] = session
        await session.dispatch("READY", self._ready(session))
        if intents & GUILDS:
            for guild in self._guilds():
                await session.dispatch("GUILD_CREATE", guild)
        self._note_online()

    def _is_too_soon(self, shard: int) -> bool:
        """Whether another shard of its bucket has just identified (topics/gateway, "Rate Limiting")."""
        now, bucket = time.monotonic(), shard % self._buckets
        soon = now - self._identified.get(bucket, float("-inf")) < self._apart
        if not soon:
            self._identified[bucket] = now
        return soon

    def _end_shard(self, shard: int) -> None:
        """Forget what's left of a shard's sessions whose client is gone."""
        for session in [each for each in self.sessions.values() if each.shard == shard and each.connection is None]:
            del self.sessions[session.id]

    def _checked(self, data: Payload) -> tuple[int, int]:
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            raise Refused(4004, "Authentication failed.")
        shard, count = data.get("shard") or (0, 1)
        if count != self._shards or not 0 <= shard < count:
            raise Refused(4010, "Invalid shard.")
        intents = data.get("intents")
        if not isinstance(intents, int) or intents & ~EVERY_INTENT:
            raise Refused(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self._approved:
            raise Refused(4014, "Disallowed intent(s).")
        return shard, intents

    async def _resume(self, connection: Connection, data: Payload) -> None:
        if str(data.get("token", "")).removeprefix("Bot ") != self._token:
            raise Refused(4004, "Authentication failed.")
        session = self.sessions.get(str(data.get("session_id")))
        if session is None:
            await connection.send(INVALID_SESSION, False)
            return
        seen = data.get("seq") or 0
        if seen > session.seq:
            raise Refused(4007, "Invalid seq.")
        missed = [event for event in session.events if event[0] > seen]
        session.connection = connection
        for seq, event, payload in missed:
            await connection.send(DISPATCH, payload, seq=seq, event=event)
        await session.dispatch("RESUMED", None if self._terse else {"_trace": ["[]"]})
        self.resumes += 1
        self._note_online()

    def _session_of(self, connection: Connection) -> Session | None:
        return next((each for each in self.sessions.values() if each.connection is connection), None)

    def _note_online(self) -> None:
        if {each.shard for each in self.sessions.values() if each.connection} == set(range(self._shards)):
            self.online.set()

    def _end(self, connection: Connection) -> None:
        session = self._session_of(connection)
        if session is not None:
            del self.sessions[session.id]
            self.online.clear()

    def _forget(self, connection: Connection) -> None:
        session = self._session_of(connection)
        if session is not None:
            session.connection = None
            self.online.clear()
