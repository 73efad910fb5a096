"""Planted tokens, looked for wherever a process leaves traces: files, logs, a copy of the database, living memory."""

from __future__ import annotations

import asyncio
import base64
import signal
import sqlite3
import sys
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest

from demo.thingiverse import FakeThingiverse
from storage.store import open_store
from storage.vault import LINK_TOKEN, Unopenable, Vault, new_key
from tests.wire.discord import FakeDiscord
from tests.wire.process import ROOT, Process, environment, running_bot
from tests.wire.test_bot import GEARS, ids, link_by_dm, text_of


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord(guilds_in_ready=True) as discord:
        yield discord


def disguises(secret: str) -> Iterator[bytes]:
    """The secret as it may lie in a file."""
    plain = secret.encode()
    yield from (plain, plain[::-1], secret.encode("utf-16-le"), plain.hex().encode())
    for shift in range(3):  # base64 of it, wherever it stands in what was encoded
        coded = base64.b64encode(b"\0" * shift + plain)
        yield coded[-(-shift * 8 // 6) : -4]


def found(secrets: Iterable[str], content: bytes) -> list[str]:
    return [secret for secret in secrets if any(shape in content for shape in disguises(secret))]


def test_the_search_finds_what_is_hidden() -> None:
    secret = "0123456789abcdef0123456789abcdef"
    for wrapped in (f"x{secret}y".encode(), secret.encode("utf-16"), base64.b64encode(f"ab{secret}cd".encode())):
        assert found([secret], b"....." + wrapped) == [secret]
    assert found([secret], secret[:-1].encode() * 9) == []


async def live_through_it(discord: FakeDiscord, world: FakeThingiverse, *, coded: bool = False) -> list[str]:
    """Link by form, by DM and (`coded`) by a code; act, fail in every way, lose a link. The secrets that were there."""
    ann, ben, cem = (discord.person(name) for name in ("ann", "ben", "cem"))
    tokens = [await link_by_dm(discord, world, ann), world.token_for("kumiko"), world.token_for("mira")]
    begun = await discord.slash(ben, "link")
    form = await discord.click(ben, begun.message, "t1:paste")
    asked = await discord.submit(ben, form, {"pasted": f"{world.app.redirect_uri}#access_token={tokens[1]}"})
    last = asked.edits[-1] if asked.edits else asked.message
    await discord.click(ben, last, next(each for each in ids(last) if "confirm" in each))
    await discord.slash(cem, "link")
    if coded:
        codes = [world.code_for("mira")]
        await discord.dm(cem, f"{world.app.redirect_uri}?code={codes[0]}")
        tokens = [*tokens[:2], *(set(world.tokens) - {*tokens, world.app.app_token}), *codes]
    else:
        await discord.dm(cem, f"{world.app.redirect_uri}#access_token={tokens[2]}")  # parked, never confirmed
    for fault in ("500", "broken_json", "html", "cut", "403", "401"):
        world.faults.set(fault)
        await discord.slash(ann, "like", thing=str(GEARS))
        world.faults.clear()
        for command in ("account", "likes", "privacy"):
            await discord.slash(ann, command)
    assert "You like" in text_of((await discord.slash(ben, "like", thing=str(GEARS))).message)
    return tokens


async def test_a_stolen_disk_without_the_key_holds_no_token(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path
) -> None:
    """Database, WAL, temporary files and the most talkative log there is, as a crash leaves them; and a backup."""
    folder, temporary = tmp_path / "data", tmp_path / "tmp"
    folder.mkdir()
    temporary.mkdir()
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys" / "key"
    key.write_text(new_key())
    talkative = {"LOG_LEVEL": "DEBUG", "PYTHONASYNCIODEBUG": "1", "PYTHONDEVMODE": "1", "TMPDIR": str(temporary)}
    async with running_bot(discord, world, folder, TOKEN_KEYS_FILE=str(key), **talkative) as process:
        tokens = await live_through_it(discord, world)
        with closing(sqlite3.connect(folder / "bot.db")) as live, closing(sqlite3.connect(folder / "copy.db")) as copy:
            live.backup(copy)
        process.running.kill()
        await process.ended()
    files = [path for place in (folder, temporary) for path in place.rglob("*") if path.is_file()]
    content = {path.name: path.read_bytes() for path in files}
    assert {"bot.db", "bot.db-wal", "copy.db", "run.log"} <= set(content)
    assert b"mira" in content["copy.db"], "the search would find it"
    assert content["run.log"].count(b"\n") > 50, "the log was on"
    everything = [*tokens, key.read_text(), world.app.app_token, discord.token]
    assert {name: hidden for name, raw in content.items() if (hidden := found(everything, raw))} == {}
    await nothing_opens(folder / "copy.db", Vault.from_text(new_key()))


async def nothing_opens(copy: Path, vault: Vault) -> None:
    async with open_store(f"sqlite:///{copy}") as store:
        sealed = await store.seals.sealed_otherwise(LINK_TOKEN, vault.head, -1, 10)
        assert len(sealed) == 2
        for each in sealed:
            with pytest.raises(Unopenable):
                vault.open(each.value, person=each.person, column=LINK_TOKEN)


@asynccontextmanager
async def watched_bot(
    discord: FakeDiscord, world: FakeThingiverse, folder: Path, file: Path, **given: str
) -> AsyncGenerator[Process]:
    log = folder / "watched.log"
    with log.open("ab") as sink:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.wire.watched", str(file),
            cwd=ROOT, env=environment(discord, world, folder, **given), stdout=sink, stderr=sink,
        )  # fmt: skip
    try:
        await discord.ready(20)
        yield Process(running, log)
    finally:
        if running.returncode is None:
            running.kill()
            await running.wait()


async def written_down(process: Process, file: Path) -> bytes:
    file.unlink(missing_ok=True)
    process.stop(signal.SIGUSR1)
    async with asyncio.timeout(30):
        while not file.exists():
            await asyncio.sleep(0.05)
    return file.read_bytes()


@pytest.mark.parametrize("coded", [False, True])
async def test_after_the_call_no_living_object_holds_a_token(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, coded: bool
) -> None:
    file = tmp_path / "held"
    extra = {"THINGIVERSE_CLIENT_SECRET": world.app.client_secret} if coded else {}
    async with watched_bot(discord, world, tmp_path, file, **extra) as process:
        tokens = await live_through_it(discord, world, coded=coded)
        assert len(tokens) == 3 + coded
        await asyncio.sleep(1.0)
        memory = await written_down(process, file)
        assert found([world.app.app_token], memory), "the search finds what is held on purpose"
        assert found(tokens, memory) == []

        world.faults.latency = 2.5
        ben: Any = discord.person("ben")
        asked = asyncio.create_task(discord.slash(ben, "likes"))
        await asyncio.sleep(1.0)
        assert found(tokens, await written_down(process, file)) == [tokens[1]], "while it is used it is there, alone"
        await asked
        await asyncio.sleep(1.0)
        assert found(tokens, await written_down(process, file)) == []
