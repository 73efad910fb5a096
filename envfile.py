"""Find and read .env, and clean values as people paste them."""

from __future__ import annotations

import codecs
import getpass
import io
import logging
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from dotenv import dotenv_values
from dotenv.parser import parse_stream

NEAR_MISSES = (".env.txt", "env.txt", ".env.env", "env", ".env.example.txt")
_QUOTES = {'"': '"', "'": "'", "“": "”", "‘": "’", "„": "“", "«": "»", "`": "`"}
# They come along when copying from web pages, chats, or on Windows: byte order marks, no-break spaces, and invisible
# characters for line breaks and for the direction of text.
_INVISIBLE = "\ufeff\u00a0\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\u2066\u2067\u2068\u2069"
_OF_NAMES = str.maketrans("", "", _INVISIBLE)
_NAME = re.compile(r"[A-Z_][A-Z0-9_]*")


class Unreadable(Exception):
    """A file can't be read. The text tells the operator what to do."""


def find(folders: list[Path]) -> Path | None:
    """The first .env in these folders, whatever kind of file it is."""
    return next((folder / ".env" for folder in folders if _is_there(folder / ".env")), None)


def missing(folders: list[Path]) -> str:
    """A sentence about a missing .env: where the bot looked, and files with similar names."""
    near = next((folder / name for folder in folders for name in NEAR_MISSES if _is_there(folder / name)), None)
    places = " or ".join(dict.fromkeys(map(str, folders)))
    if near is not None:
        return f"There is no .env in {places}, but there is a file called {near.name}. Rename it to .env."
    return f"There is no .env in {places}. Copy .env.example to .env there and fill it in."


def read(path: Path) -> dict[str, str]:
    """The values in .env, without empty ones. Raises Unreadable."""
    return read_lines(path)[0]


def read_lines(path: Path) -> tuple[dict[str, str], list[int]]:
    """The same, and the numbers of lines that set nothing, and aren't comments. It's read once, as it may be a pipe."""
    text = read_text(path, f".env in {path.parent}")
    logging.getLogger("dotenv").setLevel(logging.ERROR)  # it would warn of the same lines
    values = dotenv_values(stream=io.StringIO(text))
    return {name.translate(_OF_NAMES): value for name, value in values.items() if value}, list(_wrong_lines(text))


def _wrong_lines(text: str) -> Iterator[int]:
    """A name on its own isn't wrong, as in Docker."""
    for line in parse_stream(io.StringIO(text)):
        if line.error or (line.value is None and line.key is not None and not _NAME.fullmatch(line.key)):
            said = line.original.string
            yield line.original.line + said[: len(said) - len(said.lstrip())].count("\n")


def write(path: Path, changes: Mapping[str, str], template: Path | None = None) -> None:
    """Set values in .env, and leave every other line as it is. Raises Unreadable, and then nothing has changed.

    Only its owner can read the file, from before the first value is in it. A new one starts as a copy of `template`.
    """
    start = path if path.exists() else template
    text = read_text(start, f".env in {path.parent}") if start is not None and start.exists() else ""
    for name, value in changes.items():
        text = _with_line(text, name, f"{name}={_quoted(value)}")
    if {**changes} != {name: dotenv_values(stream=io.StringIO(text)).get(name) for name in changes}:
        raise Unreadable(f"A value has characters that .env in {path.parent} can't hold. Put it in a file (NAME_FILE).")
    _replace(path.resolve(), text)


def _with_line(text: str, name: str, line: str) -> str:
    """Replace the last line that sets the name, which is the one that counts, or add one."""
    found = list(re.finditer(rf"(?m)^[ \t]*(?:export[ \t]+)?{name}[ \t]*=.*$", text))
    if found:
        return text[: found[-1].start()] + line + text[found[-1].end() :]
    return f"{text}{'' if not text or text.endswith(chr(10)) else chr(10)}{line}\n"


def _quoted(value: str) -> str:
    if re.fullmatch(r"[\w./:@%+=,?&~-]*", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if hasattr(os, "chown") and path.exists():  # root may change the file of the bot's user
            owner = path.stat()
            os.chown(partial, owner.st_uid, owner.st_gid)
        partial.replace(path)
    except OSError as error:
        raise Unreadable(f".env in {path.parent} can't be written: {error.strerror}.") from None
    finally:
        partial.unlink(missing_ok=True)


def read_text(path: Path, what: str) -> str:
    """Read a text file in any common encoding. `what` names it in Unreadable."""
    try:
        content = path.read_bytes()
    except IsADirectoryError:
        raise Unreadable(f"{what} is a folder. Delete it and make a file with that name.") from None
    except FileNotFoundError:
        raise Unreadable(f"{what} doesn't exist.") from None
    except PermissionError:
        folder = " is a folder." if path.is_dir() else None  # Windows raises PermissionError for a folder
        allow = f" can't be read by the user {user()}. Give it to that user: chown {user()} {path}"
        raise Unreadable(f"{what}{folder or allow}") from None
    except OSError as error:
        raise Unreadable(f"{what} can't be read: {error.strerror}.") from None
    return _decoded(content, what)


def clean(value: str) -> str:
    """Remove spaces, line breaks, invisible characters, and a pair of quotes around a value."""
    value = value.strip().strip(_INVISIBLE).strip()
    if len(value) >= 2 and _QUOTES.get(value[0]) == value[-1]:
        return clean(value[1:-1])
    return value


def cleaned(given: Mapping[str, str]) -> dict[str, str]:
    return {name: tidy for name, value in given.items() if (tidy := clean(value))}


def user() -> str:
    """The name of the current user, for `chown`."""
    try:
        import pwd
    except ImportError:  # Windows
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # users in containers often have no name
        return str(os.geteuid())


def _decoded(content: bytes, what: str) -> str:
    try:
        if b"\0" not in content:
            return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    found = "UTF-16" if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "not text in UTF-8"
    raise Unreadable(f"{what} is {found}. Save it as UTF-8.")


def _is_there(path: Path) -> bool:
    """Whether it exists; also True if it can't be accessed."""
    try:
        return path.exists()
    except OSError:
        return True
