"""`python bot.py backup`, `verify`, and `restore`, and backups while the bot runs."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import click
import structlog

from operations.failures import EXIT_UNREACHABLE, StartError
from operations.keys import missing_keys
from settings import Settings
from storage import backup as storing
from storage.contents import Contents
from storage.database_url import describe, read_url
from storage.errors import StorageError
from storage.pg_tools import ToolMissing
from storage.vault import Vault

log = structlog.get_logger("operations.backups")

EXIT_UNUSABLE = 65  # as in sysexits.h: EX_DATAERR
EXIT_NOT_WRITTEN = 74  # EX_IOERR
EXIT_RUNNING = 75  # EX_TEMPFAIL

NOT_OURS = 60.0  # seconds until asking again whether this process makes them
RETRY = timedelta(hours=1)
_STAMP = "%Y%m%dT%H%M%SZ"
_OURS = re.compile(r"thingamabot-(\d{8}T\d{6}Z)\.(?:db|dump)")
_RUNNING = "The bot is running, or something else has the database open. Stop it, then try again."


@dataclass(frozen=True)
class Backups:
    """The backups in a folder. Only files that are named like ours count, and are deleted."""

    database_url: str
    folder: Path
    keep: int

    @classmethod
    def of(cls, settings: Settings, keep: int | None = None) -> Self:
        url = settings.database_url.get_secret_value()
        return cls(url, Path(settings.backup_folder), keep or settings.backup_keep)

    async def take(self, now: datetime) -> Path:
        """Make a backup, and delete the oldest beyond `keep`. Raises StorageError, and then deletes nothing."""
        ending = storing.suffix_of(self.database_url)
        path = _unused(now, lambda stamp: self.folder / f"thingamabot-{stamp}{ending}")
        await storing.back_up(self.database_url, path)
        for old in self.files()[: -self.keep]:
            old.unlink(missing_ok=True)
        return path

    def files(self) -> list[Path]:
        """The oldest first."""
        if not self.folder.is_dir():
            return []
        return sorted(path for path in self.folder.iterdir() if _OURS.fullmatch(path.name))

    def newest(self) -> datetime | None:
        files = self.files()
        found = _OURS.fullmatch(files[-1].name) if files else None
        return None if found is None else datetime.strptime(found[1], _STAMP).replace(tzinfo=UTC)


async def keep_backing_up(backups: Backups, every: timedelta, *, may: Callable[[], bool] = lambda: True) -> None:
    """Make a backup when the newest one is older than `every`, forever. A failure is logged and tried again.

    `may` is whether this process does it, and not another one.
    """
    while True:
        if not may():
            await asyncio.sleep(NOT_OURS)
            continue
        try:
            wait = await _back_up_when_due(backups, every)
        except (StorageError, OSError) as error:  # OSError: the folder can't be read, or an old backup not be deleted
            why = error.strerror if isinstance(error, OSError) else str(error)
            log.error("backup failed", why=why, fix="earlier backups are kept; it's tried again within an hour")
            wait = min(every, RETRY)
        await asyncio.sleep(wait.total_seconds())


async def _back_up_when_due(backups: Backups, every: timedelta) -> timedelta:
    """Returns how long to wait before asking again. Raises StorageError or OSError."""
    newest, now = backups.newest(), datetime.now(UTC)
    wait = every - (now - newest) if newest is not None else timedelta(0)
    if wait > timedelta(0):
        return min(wait, every)
    path = await backups.take(now)
    log.info("backup made", file=str(path), bytes=path.stat().st_size)
    return timedelta(0)


async def back_up(backups: Backups, file: Path | None) -> None:
    """Back up now: to `file`, or to the folder of backups."""
    try:
        path = file or await backups.take(datetime.now(UTC))
        if file is not None:
            await storing.back_up(backups.database_url, file)
    except ToolMissing as error:
        raise StartError(str(error), EXIT_UNREACHABLE) from None
    except StorageError as error:
        raise StartError(f"No backup was made. {error}", EXIT_NOT_WRITTEN) from None
    click.echo(f"✓ {describe(read_url(backups.database_url))} is backed up to {path} ({_size(path)}).")
    click.echo("  Nobody can use it without TOKEN_KEYS. Keep those somewhere else. Test it with: verify")


async def verify(backup: Path, vault: Vault) -> Contents:
    """Print what a backup holds. Raises StartError if the bot couldn't use it."""
    try:
        contents = await storing.contents_of(backup)
    except ToolMissing as error:
        raise StartError(str(error), EXIT_UNREACHABLE) from None
    except StorageError as error:
        raise StartError(f"The backup {backup} can't be used. {error}", EXIT_UNUSABLE) from None
    missing = missing_keys(contents.sealed.keys(), contents.notes, vault)
    if missing:
        raise StartError(
            f"TOKEN_KEYS is missing {len(missing)} of the keys that the backup is encrypted with "
            f"(key ID {', '.join(sorted(missing))}). Add them after the first key, separated by commas.",
            EXIT_UNUSABLE,
        )
    opened = contents.opened_by(vault)
    click.echo(f"✓ {backup} is whole: database version {contents.schema}, {contents.linked} linked accounts.")
    if opened:
        click.echo(f"✓ TOKEN_KEYS decrypts a token of each of its {len(opened)} keys.")
    if not all(opened.values()):
        click.echo("! It has damaged tokens. After restoring it, run rotate-keys to see whose.")
    return contents


async def restore(database_url: str, backup: Path, vault: Vault) -> None:
    """Replace the database with a backup, and keep the old one. Raises StartError, and then nothing has changed."""
    await verify(backup, vault)
    url = read_url(database_url)
    if storing.suffix_of(database_url) != storing.suffix_for(backup):
        raise StartError("The backup is of another kind of database than DATABASE_URL.", EXIT_UNUSABLE)
    try:
        if await storing.is_in_use(database_url):
            raise StartError(_RUNNING, EXIT_RUNNING)
        kept = _unused(datetime.now(UTC), lambda stamp: storing.kept_beside(url, backup, stamp))
        replaced = await storing.put_back(database_url, backup, kept)
    except ToolMissing as error:
        raise StartError(str(error), EXIT_UNREACHABLE) from None
    except StorageError as error:
        raise StartError(f"Nothing was restored, and the database is as before. {error}", EXIT_NOT_WRITTEN) from None
    click.echo(f"✓ {describe(url)} is restored from {backup}.")
    if replaced is not None:
        click.echo(f"✓ The replaced database is at {replaced}. Delete it once everything works.")
    click.echo("! What people deleted after this backup was made is back. Start the bot with: run")


def _unused(now: datetime, path_of: Callable[[str], Path]) -> Path:
    """The path for this second, or for the next one that has no file yet."""
    while (path := path_of(now.astimezone(UTC).strftime(_STAMP))).exists():
        now += timedelta(seconds=1)
    return path


def _size(path: Path) -> str:
    size = path.stat().st_size
    return f"{size / 1e6:.1f} MB" if size >= 1e5 else f"{size / 1e3:.0f} kB"
