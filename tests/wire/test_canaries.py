"""Plant tokens, then search all traces of the process: files, logs, a backup, and memory."""

from __future__ import annotations

import asyncio
import base64
import signal
import sqlite3
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from storage.store import open_store
from storage.vault import LINK_TOKEN, Unopenable, Vault, new_key
from tests.ports import free_port
from tests.waiting import PATIENCE, until
from tests.wire.process import Process, environment, running_bot, start, until_connected
from tests.wire.story import GEARS, ids, link_by_dm, start_linking, text_of


def disguises(secret: str) -> Iterator[bytes]:
    """The forms the secret may have in a file."""
    plain = secret.encode()
    yield from (plain, plain[::-1], secret.encode("utf-16-le"), plain.hex().encode())
    for shift in range(3):  # base64, at each position in the encoded text
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
    """Link by form, by DM, and (if `coded`) with a code; like, fail in every way, lose a link. Returns all secrets."""
    ann, ben, cem = (discord.person(name) for name in ("ann", "ben", "cem"))
    tokens = [await link_by_dm(discord, world, ann, coded=coded), world.token_for("kumiko"), world.token_for("mira")]
    begun = await discord.slash(ben, "link")
    form = await discord.click(ben, begun.message, "t1:paste")
    code, before = world.code_for("kumiko"), set(world.tokens)
    pasted = f"?code={code}" if coded else f"#access_token={tokens[1]}"
    asked = await discord.submit(ben, form, {"pasted": f"{world.app.redirect_uri}{pasted}"})
    last = asked.edits[-1] if asked.edits else asked.message
    await discord.click(ben, last, next(each for each in ids(last) if "confirm" in each))
    await start_linking(discord, cem)
    if coded:
        (bens,) = set(world.tokens) - before
        codes, before = [code, world.code_for("mira")], set(world.tokens)
        await discord.dm(cem, f"{world.app.redirect_uri}?code={codes[1]}")
        tokens = [tokens[0], bens, *(set(world.tokens) - before), *codes]
    else:
        await discord.dm(cem, f"{world.app.redirect_uri}#access_token={tokens[2]}")  # waits for Confirm
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
    """The database, its WAL, temporary files, and a DEBUG log, as a crash leaves them, and a backup."""
    folder, temporary = tmp_path / "data", tmp_path / "tmp"
    folder.mkdir()
    temporary.mkdir()
    (tmp_path / "keys").mkdir()
    key = tmp_path / "keys" / "key"
    key.write_text(new_key())
    listen = f"127.0.0.1:{free_port()}"
    talkative = {
        "METRICS_LISTEN": listen,
        "LOG_LEVEL": "DEBUG",
        "PYTHONASYNCIODEBUG": "1",
        "PYTHONDEVMODE": "1",
        "TMPDIR": str(temporary),
    }
    async with running_bot(discord, world, folder, warm=False, TOKEN_KEYS_FILE=str(key), **talkative) as process:
        tokens = await live_through_it(discord, world)
        with closing(sqlite3.connect(folder / "bot.db")) as live, closing(sqlite3.connect(folder / "copy.db")) as copy:
            live.backup(copy)
        async with aiohttp.ClientSession() as client, client.get(f"http://{listen}/metrics") as answer:
            (folder / "metrics.txt").write_bytes(await answer.read())
        process.running.kill()
        await process.ended()
    files = [path for place in (folder, temporary) for path in place.rglob("*") if path.is_file()]
    content = {path.name: path.read_bytes() for path in files}
    assert {"bot.db", "bot.db-wal", "copy.db", "run.log", "metrics.txt"} <= set(content)
    assert b"mira" in content["copy.db"], "the search would find it"
    assert b"thingamabot_links" in content["metrics.txt"]
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
    settings = environment(discord, world, folder, **given)
    process = await start("run", settings, folder, str(file), module="tests.wire.memory")
    async with until_connected(discord, process):
        yield process


async def written_down(process: Process, file: Path) -> bytes:
    file.unlink(missing_ok=True)
    process.stop(signal.SIGUSR1)
    await until(file.exists)
    return file.read_bytes()


async def let_go(process: Process, file: Path, tokens: list[str]) -> bytes:
    """Wait until none of the tokens is in memory. Raises TimeoutError."""
    async with asyncio.timeout(PATIENCE):
        while found(tokens, memory := await written_down(process, file)):
            pass
    return memory


@pytest.mark.parametrize("coded", [False, True])
async def test_after_the_call_no_living_object_holds_a_token(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, coded: bool
) -> None:
    file = tmp_path / "held"
    extra = {"THINGIVERSE_CLIENT_SECRET": world.app.client_secret} if coded else {}
    async with watched_bot(discord, world, tmp_path, file, THINGIVERSE_TIMEOUT="8", **extra) as process:
        tokens = await live_through_it(discord, world, coded=coded)
        assert len(tokens) == 3 + 2 * coded
        memory = await let_go(process, file, tokens)
        assert found([world.app.app_token], memory), "the search finds what is held on purpose"

        world.faults.set("hang", match="* /api/*")
        world.clear_requests()
        ben: Any = discord.person("ben")
        asked = asyncio.create_task(discord.slash(ben, "likes"))
        await until(lambda: world.requests)
        assert found(tokens, await written_down(process, file)) == [tokens[1]], "while it is used it is there, alone"
        await asked
        await let_go(process, file, tokens)
