"""Write a file so that it's there whole, or not at all."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from storage.errors import StorageError

_STALE = 600  # seconds without a write, after which a partial file belongs to a killed backup
_FULL = "The disk for the backup is full. Free some space, or choose another folder. Earlier backups are still there."
_FORBIDDEN = "The backup's folder can't be written to. Check its owner and permissions."


@contextmanager
def whole_file(target: Path) -> Generator[Path]:
    """A private file to fill. At the end it becomes `target`; if anything fails, it's deleted."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _forget_killed(target.parent)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)
    os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    try:
        yield partial
        onto_disk(partial)
        partial.replace(target)
        onto_disk(target.parent)
    finally:
        partial.unlink(missing_ok=True)


def _forget_killed(folder: Path) -> None:
    for partial in folder.glob(".*.partial"):
        with suppress(FileNotFoundError):
            if time.time() - partial.stat().st_mtime > _STALE:
                partial.unlink()


def onto_disk(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows can't open folders
        return
    opened = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def target_errors() -> Generator[None]:
    """Name the backup's disk: the database itself is only read."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_FULL:
            raise StorageError(_FULL) from None
        raise
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise StorageError(_FULL) from None
        if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
            raise StorageError(_FORBIDDEN) from None
        raise
