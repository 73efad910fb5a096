"""Nothing the gateway sends stops the bot: unreadable events are logged by their shape and dropped."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
from discord.gateway import KeepAliveHandler
from discord.state import ConnectionState

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from operations.gateway import SteadyWebSocket, shape
from tests.waiting import PATIENCE
from tests.wire.process import Process, running_bot

CANARY = "what ann wrote to ben"
EVENTS = sorted(name.removeprefix("parse_").upper() for name in vars(ConnectionState) if name.startswith("parse_"))


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord() as discord:
        yield discord


async def still_answers(discord: FakeDiscord, process: Process) -> None:
    assert process.running.returncode is None, process.said
    assert (await discord.slash(discord.person("ann"), "help")).message is not None


def interaction(discord: FakeDiscord, **changed: Any) -> dict[str, Any]:
    """A slash command as Discord sends it; None removes a field."""
    whole = {
        "id": "1",
        "application_id": str(discord.state.application_id),
        "type": 2,
        "token": "interaction-canary-token",
        "version": 1,
        "attachment_size_limit": 1,
        "user": {"id": "5", "username": CANARY, "discriminator": "0", "avatar": None},
        "channel_id": "7",
        "data": {"id": "1", "name": "help", "type": 1},
        "entitlements": [],
        "authorizing_integration_owners": {},
        "locale": "en-US",
    }
    return {name: value for name, value in {**whole, **changed}.items() if value is not None}


def message(**changed: Any) -> dict[str, Any]:
    return {
        "id": "9",
        "channel_id": "7",
        "type": 0,
        "content": CANARY,
        "author": {"id": "5", "username": CANARY, "discriminator": "0", "avatar": None},
        "attachments": [],
        "embeds": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        **changed,
    }


async def test_the_eight_known_payloads_cost_themselves_and_nothing_else(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    press = {"custom_id": "t1:x", "component_type": 2}
    payloads = [
        ("INTERACTION_CREATE", interaction(discord, attachment_size_limit=None)),
        ("INTERACTION_CREATE", interaction(discord, version=None)),
        ("INTERACTION_CREATE", interaction(discord, application_id=None)),
        ("INTERACTION_CREATE", {}),
        ("INTERACTION_CREATE", interaction(discord, type=3, data=press, message=message(role_subscription_data=None))),
        ("MESSAGE_CREATE", message(poll={"expiry": None, "question": {"text": CANARY}})),
        ("MESSAGE_UPDATE", {"id": "9", "channel_id": "7"}),
        ("INTERACTION_CREATE", interaction(discord, type="2")),
    ]
    async with running_bot(discord, world, tmp_path) as process:
        for event, data in payloads:
            await discord.gateway.dispatch(event, data)
            await still_answers(discord, process)
        assert "gateway event dropped" in process.said
        assert "type=INTERACTION_CREATE" in process.said
        for secret in (CANARY, "interaction-canary-token"):
            assert secret not in process.said


async def test_a_ready_or_a_server_that_cannot_be_read_is_survived(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    discord.gateway._ready = lambda _session: {"v": 10, "user": None}
    async with running_bot(discord, world, tmp_path) as process:
        for event, data in (
            ("READY", {}),
            ("READY", None),
            ("RESUMED", None),
            ("GUILD_CREATE", {}),
            ("GUILD_CREATE", {"id": "1", "channels": [{}], "members": [None]}),
            ("GUILD_DELETE", {"id": None}),
        ):
            await discord.gateway.dispatch(event, data)
            await still_answers(discord, process)


def some_value(chance: random.Random, depth: int = 3) -> Any:
    kinds = [None, True, -1, 2**60, "x", CANARY, "12345", [], {}, 0.5]
    if depth == 0 or chance.random() < 0.6:
        return chance.choice(kinds)
    if chance.random() < 0.3:
        return [some_value(chance, depth - 1) for _ in range(chance.randrange(3))]
    names = ["id", "guild_id", "channel_id", "user", "member", "author", "data", "type", "message", "guild", "emoji"]
    return {chance.choice(names): some_value(chance, depth - 1) for _ in range(chance.randrange(6))}


async def test_no_event_of_any_type_and_shape_ends_the_process(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    chance = random.Random(7)
    async with running_bot(discord, world, tmp_path) as process:
        for event in [*EVENTS, "NEVER_HEARD_OF", "x" * 500]:
            for _ in range(6):
                await discord.gateway.dispatch(event, some_value(chance))
        await still_answers(discord, process)
        assert CANARY not in process.said


async def test_a_frame_that_is_no_event_at_all_is_survived(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        (connection,) = discord.gateway._open
        for op, data, event in ((0, {}, ["list"]), (99, None, None), (10, {"heartbeat_interval": None}, None)):
            await connection.send(op, data, event=event)
            await still_answers(discord, process)


async def test_a_broken_stream_is_resumed(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        (connection,) = discord.gateway._open
        discord.gateway.online.clear()
        await connection.socket.send_bytes(b"not a compressed stream\x00\x00\xff\xff")
        await discord.ready(PATIENCE)
        await still_answers(discord, process)


async def test_an_ack_that_comes_while_the_heartbeat_is_sent_is_no_delay() -> None:
    class Socket:
        async def receive(self) -> None: ...

        async def send_str(self, _: str) -> None:
            beats.ack()

    socket: Any = Socket()
    connection = SteadyWebSocket(socket, loop=asyncio.get_running_loop())
    connection._max_heartbeat_timeout = 60.0
    beats = connection._keep_alive = KeepAliveHandler(ws=connection, interval=41.25, shard_id=0)
    beats._last_send -= 41.25
    await connection.send_heartbeat({})
    assert beats.latency < 10


def test_a_shape_holds_names_and_types_and_no_value() -> None:
    data = {"content": CANARY, "users": {"1234567890": {"n": 1}}, "poll": {"expiry": None}, CANARY: [CANARY, 1]}
    assert shape(data) == "{content: str, users: {?: {n: int}}, poll: {expiry: null}, ?: [str]}"


def test_a_shape_is_bounded() -> None:
    deep: Any = {}
    for _ in range(5_000):
        deep = {"x": [deep]}
    assert len(shape({f"field_{'a' * number}": deep for number in range(200)})) < 3_000
