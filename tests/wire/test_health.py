"""What the running bot says of itself: to `health`, and to systemd."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Generator
from pathlib import Path

import pytest

from config import Supervisor
from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.waiting import until
from tests.wire.process import environment, running_bot, start


async def asked(settings: dict[str, str], folder: Path, *arguments: str) -> tuple[int, str]:
    process = await start("health", settings, folder, *arguments)
    return await process.ended(), process.said


async def test_health_tells_live_from_ready(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = environment(discord, world, tmp_path)
    code, said = await asked(settings, tmp_path)
    assert (code, "isn't running here" in said) == (69, True)
    async with running_bot(discord, world, tmp_path) as process:
        await process.says("event=ready")
        code, said = await asked(settings, tmp_path)
        assert code == 0, said
        assert "✓ The database answers" in said

        async def hang(*_: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(discord.gateway, "_identify", hang)
        await discord.gateway.drop(None, resumable=False)
        async with asyncio.timeout(60):
            while (await asked(settings, tmp_path))[0] != 1:
                pass
        code, said = await asked(settings, tmp_path, "--live")
        assert code == 0, "an outage of Discord must not restart the bot"
        process.stop(signal.SIGSTOP)  # the loop is stuck
        assert (await asked(settings, tmp_path, "--live"))[0] == 69
        process.running.kill()


@pytest.fixture
def systemd(tmp_path: Path) -> Generator[tuple[socket.socket, Path]]:
    path = tmp_path / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(path))
        listening.setblocking(False)
        yield listening, path


async def test_systemd_is_told_ready_alive_and_stopping(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, systemd: tuple[socket.socket, Path]
) -> None:
    listening, path = systemd
    told: list[str] = []

    def heard() -> list[str]:
        try:
            told.append(listening.recv(1000).decode())
        except BlockingIOError:
            pass
        return told

    given = {"NOTIFY_SOCKET": str(path), "WATCHDOG_USEC": "200000"}
    async with running_bot(discord, world, tmp_path, **given) as process:
        await until(lambda: [each for each in heard() if each.startswith("READY=1")])
        seen = told.count("WATCHDOG=1")
        await until(lambda: heard().count("WATCHDOG=1") > seen + 2)
        process.stop()
        await until(lambda: "STOPPING=1" in heard())
        assert await process.ended() == 0


def test_without_systemd_nothing_is_told() -> None:
    assert Supervisor.of_environment({}) is None
    assert Supervisor.of_environment({"NOTIFY_SOCKET": "@x", "WATCHDOG_USEC": "4000000"}) == Supervisor("\0x", 2.0)
    assert Supervisor.of_environment({"NOTIFY_SOCKET": "/x", "WATCHDOG_USEC": "0"}) == Supervisor("/x", 30.0)
