"""Operators' mistakes end in a sentence with the fix, never in a traceback."""

from __future__ import annotations

import asyncio
import hashlib
import os
import shutil
import signal
import sqlite3
import ssl
import sys
from collections.abc import AsyncGenerator
from contextlib import closing
from pathlib import Path

import pytest

from fakes.discord.server import FakeDiscord
from fakes.thingiverse import FakeThingiverse
from tests.waiting import PATIENCE
from tests.wire.process import ROOT, environment, running_bot, start

NOBODY = 65534


@pytest.fixture
async def discord() -> AsyncGenerator[FakeDiscord]:
    async with FakeDiscord() as discord:
        yield discord


@pytest.fixture
def settings(discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path) -> dict[str, str]:
    return environment(discord, world, tmp_path)


def into_dotenv(settings: dict[str, str], folder: Path, encoding: str = "utf-8") -> dict[str, str]:
    """Write all settings to .env. Returns what stays in the environment."""
    lines = [f"{name}={value}" for name, value in settings.items() if name not in {"PATH", "HOME"}]
    (folder / ".env").write_text("\n".join(lines), encoding=encoding)
    return {name: settings[name] for name in ("PATH", "HOME")}


async def told(
    command: str, settings: dict[str, str], folder: Path, *arguments: str, code: int = 78, warm: bool = True
) -> str:
    process = await start(command, settings, folder, *arguments, warm=warm)
    assert await process.ended(60) == code, process.said
    assert "Traceback" not in process.said
    return process.said


# -- .env


async def test_a_missing_dotenv_is_named_with_its_folder(settings: dict[str, str], tmp_path: Path) -> None:
    left = {name: settings[name] for name in ("PATH", "HOME")}
    assert f"There is no .env in {tmp_path}" in await told("check", left, tmp_path)


@pytest.mark.parametrize("name", [".env.txt", "env"])
async def test_a_dotenv_by_another_name_is_pointed_out(settings: dict[str, str], tmp_path: Path, name: str) -> None:
    left = into_dotenv(settings, tmp_path)
    (tmp_path / ".env").rename(tmp_path / name)
    assert f"called {name}. Rename it" in await told("check", left, tmp_path)


async def test_a_dotenv_in_utf_16_is_told_how_to_be_saved(settings: dict[str, str], tmp_path: Path) -> None:
    left = into_dotenv(settings, tmp_path, "utf-16")
    assert "UTF-16. Save it as UTF-8" in await told("check", left, tmp_path)


async def test_a_folder_called_dotenv_is_told(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / ".env").mkdir()
    left = {name: settings[name] for name in ("PATH", "HOME")}
    assert "is a folder" in await told("check", left, tmp_path)


async def test_a_dotenv_with_a_byte_order_mark_and_windows_lines_is_read(
    settings: dict[str, str], tmp_path: Path
) -> None:
    left = into_dotenv(settings, tmp_path, "utf-8-sig")
    (tmp_path / ".env").write_bytes((tmp_path / ".env").read_bytes().replace(b"\n", b"\r\n"))
    assert "client_id=" in await told("invite", left, tmp_path, code=0)


# -- values that are almost right


async def test_quotes_prefixes_and_line_breaks_around_values_are_taken_off(
    settings: dict[str, str], tmp_path: Path
) -> None:
    settings["DISCORD_TOKEN"] = f'"Bot {settings["DISCORD_TOKEN"]}"'
    settings["THINGIVERSE_APP_TOKEN"] += "\r"
    Path(settings["TOKEN_KEYS_FILE"]).write_text("\ufeff" + Path(settings["TOKEN_KEYS_FILE"]).read_text() + "\r\n")
    said = await told("check", settings, tmp_path, code=0)
    assert "✗" not in said


# -- the database


async def test_a_folder_for_a_database_is_called_one(settings: dict[str, str], tmp_path: Path) -> None:
    settings["DATABASE_URL"] = f"sqlite:///{tmp_path}"
    assert "That's a folder" in await told("run", settings, tmp_path)
    assert "That's a folder" in await told("check", settings, tmp_path, code=1)


@pytest.mark.parametrize("option", ["statement_cache_size=0", "statement_cache_size=x", "ssl=maybe", "port=x"])
async def test_no_option_of_a_database_url_ends_as_an_unknown_error(
    settings: dict[str, str], tmp_path: Path, option: str
) -> None:
    settings["DATABASE_URL"] = f"postgresql://u:p@127.0.0.1:9/db?{option}"
    said = await told("run", settings, tmp_path)
    assert "Can't reach the database" in said or "impossible value" in said


async def test_a_command_for_people_makes_no_database_where_there_is_none(
    settings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bot.db").unlink()
    assert "There's no database" in await told("person", settings, tmp_path, "export", "5")
    assert not (tmp_path / "bot.db").exists()


async def made(discord: FakeDiscord, world: FakeThingiverse, folder: Path) -> Path:
    """The database of a bot that ran once."""
    async with running_bot(discord, world, folder) as process:
        process.stop()
        await process.ended()
    with closing(sqlite3.connect(folder / "bot.db")) as connection:  # a stop in the middle of a write leaves the log
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return folder / "bot.db"


async def test_check_finds_a_damaged_table(
    discord: FakeDiscord, world: FakeThingiverse, settings: dict[str, str], tmp_path: Path
) -> None:
    path = await made(discord, world, tmp_path)
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'likes'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with path.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)
    assert "damaged" in await told("check", settings, tmp_path, code=1)


# -- check changes nothing


def snapshot(folder: Path) -> dict[str, str]:
    files = (path for path in folder.iterdir() if path.name.startswith("bot.db"))
    return {path.name: f"{hashlib.sha256(path.read_bytes()).hexdigest()} {path.stat().st_mode:o}" for path in files}


def content(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def changes(discord: FakeDiscord, before: int) -> list[str]:
    return [f"{r.method} {r.path}" for r in discord.requests[before:] if r.method != "GET"]


async def test_check_changes_nothing_where_all_is_new(
    discord: FakeDiscord, settings: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "bot.db").unlink()
    said = await told("check", settings, tmp_path, code=0)
    assert "will be created the next time" in said
    assert "Commands are out of date" in said
    assert snapshot(tmp_path) == {}
    assert changes(discord, 0) == []
    assert discord.commands == []


async def test_check_changes_nothing_beside_what_is_there(
    discord: FakeDiscord, world: FakeThingiverse, settings: dict[str, str], tmp_path: Path
) -> None:
    path = await made(discord, world, tmp_path)
    for version in ("current", "older"):
        if version == "older":
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("UPDATE alembic_version SET version_num = '0001'")
                connection.commit()
        files, requests = snapshot(tmp_path), len(discord.requests)
        said = await told("check", settings, tmp_path, code=0)
        assert ("will be upgraded the next time" in said) is (version == "older")
        assert snapshot(tmp_path) == files
        assert changes(discord, requests) == []


async def test_check_changes_nothing_while_the_bot_runs(
    discord: FakeDiscord, world: FakeThingiverse, settings: dict[str, str], tmp_path: Path
) -> None:
    async with running_bot(discord, world, tmp_path):
        before = content(tmp_path / "bot.db")  # its files are the running bot's to change
        said = await told("check", settings, tmp_path, code=0)
        assert "Commands are up to date" in said
        assert content(tmp_path / "bot.db") == before


async def test_check_counts_the_defaults_in_one_line_and_warns_of_open_files(
    discord: FakeDiscord, world: FakeThingiverse, settings: dict[str, str], tmp_path: Path
) -> None:
    path = await made(discord, world, tmp_path)
    left = into_dotenv(settings, tmp_path)
    path.chmod(0o644)
    (tmp_path / ".env").chmod(0o644)
    said = await told("check", left, tmp_path, code=0)
    assert len([line for line in said.splitlines() if "use the default" in line]) == 1
    assert f"Other users of this machine can read {tmp_path / '.env'}" in said
    assert f"Other users of this machine can read {path}" in said


# -- the process


@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("setpriv") is None, reason="only root can be somebody else")
async def test_a_dotenv_that_the_user_may_not_read_names_the_user(settings: dict[str, str]) -> None:
    folder = Path("/tmp") / f"operators-{os.getpid()}"
    folder.mkdir(mode=0o755)
    try:
        left = into_dotenv(settings, folder)
        (folder / ".env").chmod(0o600)
        through = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
        process = await start("check", left, folder, through=through)
        assert await process.ended() == 78, process.said
        assert "can't be read by the user nobody" in process.said
    finally:
        shutil.rmtree(folder)


async def test_output_in_an_old_encoding_is_spelled_out(settings: dict[str, str], tmp_path: Path) -> None:
    said = await told("check", {**settings, "PYTHONIOENCODING": "cp1252"}, tmp_path, code=0, warm=False)
    assert "OK The clock is accurate" in said


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has it")
@pytest.mark.parametrize("command", ["check", "invite"])
async def test_output_to_a_full_disk_is_told(settings: dict[str, str], tmp_path: Path, command: str) -> None:
    process = await start(command, settings, tmp_path, through=("sh", "-c", 'exec "$@" >/dev/full', "sh"))
    assert await process.ended() == 74, process.said
    assert process.said.strip().endswith("✗ The output can't be written, because the disk is full.")


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&- >&- 2>&-"])
async def test_it_needs_no_standard_streams(settings: dict[str, str], tmp_path: Path, closed: str) -> None:
    process = await start("check", settings, tmp_path, through=("sh", "-c", f'exec "$@" {closed}', "sh"))
    assert await process.ended() == 0, process.said


@pytest.mark.parametrize("how", ["SIGHUP", "SIGTERM", "SIGINT"])
async def test_every_signal_stops_the_bot_in_order(
    discord: FakeDiscord, world: FakeThingiverse, tmp_path: Path, how: str
) -> None:
    async with running_bot(discord, world, tmp_path) as process:
        process.stop(getattr(signal, how))
        assert await process.ended(30) == 0
        assert "event=stopping" in process.said


@pytest.mark.parametrize("how", ["SIGHUP", "SIGTERM", "SIGINT"])
async def test_a_signal_ends_check_in_order(
    discord: FakeDiscord, settings: dict[str, str], tmp_path: Path, how: str
) -> None:
    discord.fail("GET /gateway", None, delay=60.0)
    process = await start("check", settings, tmp_path)
    await process.says("is responding")
    process.stop(getattr(signal, how))
    assert await process.ended(30) == 128 + getattr(signal, how)
    assert process.said.strip().endswith("✗ Stopped.")


async def test_it_runs_and_ends_without_uvloop_and_without_signal_handlers_in_the_loop(
    discord: FakeDiscord, settings: dict[str, str], tmp_path: Path
) -> None:
    """Windows has neither."""
    (tmp_path / "windows.py").write_text(
        "import asyncio.unix_events, runpy, sys\n"
        "def refuse(*_): raise NotImplementedError\n"
        "sys.modules['uvloop'] = None\n"
        "asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = refuse\n"
        "asyncio.unix_events._UnixSelectorEventLoop.remove_signal_handler = refuse\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"sys.argv = ['bot.py', 'run']\n"
        f"runpy.run_path({str(ROOT / 'bot.py')!r}, run_name='__main__')\n"
    )
    running = await asyncio.create_subprocess_exec(
        sys.executable, str(tmp_path / "windows.py"), cwd=tmp_path, env=settings
    )
    await discord.ready()
    running.send_signal(signal.SIGINT)
    async with asyncio.timeout(PATIENCE):
        assert await running.wait() == 0


async def test_too_few_open_files_are_told(settings: dict[str, str], tmp_path: Path) -> None:
    process = await start("check", settings, tmp_path, through=("sh", "-c", 'ulimit -n 40; exec "$@"', "sh"))
    assert await process.ended() == 78, process.said
    assert "ulimit -n" in process.said


async def test_a_certificate_that_is_not_trusted_is_called_that(settings: dict[str, str], tmp_path: Path) -> None:
    """As in a company network that inspects TLS."""
    key, certificate = tmp_path / "tls.key", tmp_path / "tls.pem"
    made_by = await asyncio.create_subprocess_exec(
        *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"),
        *("-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(certificate)),
        stderr=asyncio.subprocess.DEVNULL,
    )
    assert await made_by.wait() == 0
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    async with await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=context) as server:
        place = f"https://localhost:{server.sockets[0].getsockname()[1]}"
        settings |= {"DISCORD_API_BASE": f"{place}/api/v10", "THINGIVERSE_API_URL": place}
        assert "SSL_CERT_FILE" in await told("run", settings, tmp_path, code=69)
        said = await told("check", settings, tmp_path, code=1)
    assert said.count("Its certificate isn't trusted") == 3, "the clock, Thingiverse and Discord"


@pytest.mark.skipif(sqlite3.sqlite_version_info >= (3, 51, 3), reason="this SQLite is new enough")
async def test_check_warns_of_an_old_sqlite(settings: dict[str, str], tmp_path: Path) -> None:
    said = await told("check", settings, tmp_path, code=0)
    assert f"! SQLite {sqlite3.sqlite_version} has a rare bug" in said
    assert "3.51.3" in said


async def test_check_names_each_file_that_is_too_open(settings: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "data/backups").mkdir(parents=True)
    (tmp_path / "data/backups").chmod(0o755)
    (tmp_path / "data/backups/x.db").touch(0o640)
    key = Path(settings["TOKEN_KEYS_FILE"])
    key.chmod(0o644)
    said = await told("check", settings, tmp_path, code=0)
    for line in (f"chmod 600 {key}", "chmod 700 data/backups", "chmod 600 data/backups/x.db"):
        assert f"Run: {line}" in said
