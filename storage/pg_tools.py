"""PostgreSQL's own programs: pg_dump, pg_restore, and psql."""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import URL

from storage.contents import Contents
from storage.errors import StorageError
from storage.tables import metadata

MAGIC = b"PGDMP"
_OURS = {"statement_cache_size", "prepared_statement_cache_size", "password", "passfile"}  # not for libpq, or secret
_INSTALL = "Install PostgreSQL's client programs (postgresql-client), or run it where they are:"


class ToolMissing(StorageError):
    """A program isn't installed. The text has the command to run elsewhere."""


async def dump(url: URL, target: Path) -> None:
    with _connection(url) as where:
        await _run("pg_dump", "--format=custom", f"--dbname={where}", f"--file={target}", shown=_shown(url))


async def restore(url: URL, backup: Path) -> None:
    """Replace our tables in one transaction. Raises StorageError, and then nothing has changed."""
    tables = ", ".join(sorted([*metadata.tables, "alembic_version"]))
    with _connection(url) as where, tempfile.TemporaryDirectory() as folder:
        script, drop = Path(folder) / "restore.sql", Path(folder) / "drop.sql"
        drop.write_text(f"DROP TABLE IF EXISTS {tables} CASCADE;")
        await _run("pg_restore", "--no-owner", "--no-privileges", f"--file={script}", str(backup))
        only_whole = ("--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1")
        await _run("psql", *only_whole, f"--dbname={where}", f"--file={drop}", f"--file={script}", shown=_shown(url))


async def contents_of(backup: Path) -> Contents:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "data.sql"
        await _run("pg_restore", "--data-only", f"--file={script}", str(backup))
        return await asyncio.to_thread(Contents.of_tables, lambda table, columns: _copied(script, table, columns))


def _copied(script: Path, table: str, columns: list[str]) -> Generator[tuple[object, ...]]:
    """Rows of a table in the format of COPY: tab-separated, NULL as \\N, bytes as hex."""
    start = re.compile(rf'COPY (?:\S+\.)?"?{table}"? \((.+)\) FROM stdin;')
    with script.open(encoding="utf-8") as lines:
        found = next((match for line in lines if (match := start.match(line))), None)
        if found is None:
            raise StorageError("That file isn't a backup of this bot.")
        places = [found[1].split(", ").index(column) for column in columns]
        for line in lines:
            if line == "\\.\n":
                return
            cells = line.rstrip("\n").split("\t")
            yield tuple(_value(cells[place]) for place in places)


def _value(cell: str) -> object:
    if cell == "\\N":
        return None
    return bytes.fromhex(cell[3:]) if cell.startswith("\\\\x") else cell


async def _run(program: str, *arguments: str, shown: str = "") -> None:
    """Run it to its end. Raises ToolMissing, or StorageError with its last words; they have no password."""
    path = shutil.which(program)
    if path is None:
        told = [shown if each.startswith("--dbname=") else each for each in arguments]
        raise ToolMissing(f"{program} isn't installed. {_INSTALL}\n  {' '.join([program, *told])}")
    process = await asyncio.create_subprocess_exec(
        path, *arguments, stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        _, said = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise StorageError(f"{program} failed: {_last_words(said.decode(errors='replace').splitlines())}")


def _last_words(lines: Iterable[str]) -> str:
    said = [line for line in lines if "error:" in line or "ERROR:" in line or "server version" in line]
    return said[0] if said else "it said nothing."


@contextmanager
def _connection(url: URL) -> Generator[str]:
    """A URL for libpq without the password, which is in a private file: everyone can see a process's arguments."""
    password, passfile = url.password or url.query.get("password"), url.query.get("passfile")
    with tempfile.TemporaryDirectory() as folder:
        if isinstance(password, str):
            file = Path(folder) / "password"
            file.touch(mode=0o600)
            escaped = password.replace("\\", "\\\\").replace(":", "\\:")
            file.write_text(f"*:*:*:*:{escaped}\n", encoding="utf-8")
            passfile = str(file)
        yield _plain(url, passfile)


def _plain(url: URL, passfile: object = None) -> str:
    """The URL for libpq, without the password."""
    query = {("sslmode" if name == "ssl" else name): value for name, value in url.query.items() if name not in _OURS}
    if isinstance(passfile, str):
        query["passfile"] = passfile
    return url.set(drivername="postgresql", query=query)._replace(password=None).render_as_string()


def _shown(url: URL) -> str:
    return f"--dbname='{_plain(url)}'"
