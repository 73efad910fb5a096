"""Logs: one line per event, as text or JSON, without secrets.

Secrets are removed from the finished line, so that it works for tracebacks, libraries, and our own fields: first the
values of secret settings, then anything that looks like a key.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import TextIO

import structlog

STRUCK = "[redacted]"

# Unicode categories: control, format (including bidirectional marks), surrogate, private, unassigned, and line and
# paragraph separators.
_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}

# A run of 24 or more token letters with at least one digit and one letter: Thingiverse's tokens (32 or 40 hex
# digits), Discord's (three parts, the first of 24), keys of ours (43), interaction tokens in URLs.
_KEY_SHAPED = re.compile(r"(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[A-Za-z])[\w-]{24,}(?:\.[\w-]+)*", re.ASCII)
# Values after a name such as "token", however short.
_NAMED = re.compile(
    r"(?i)((?:access_token|client_secret|[?&#]code|[?&#]state)=|bearer |\bbot (?=[\w-]{20,}\.))[^\s&\"'<>#]+"
)


def redact(line: str, known: Iterable[str] = ()) -> str:
    """`line` without any of the known secrets or anything that looks like one."""
    secrets = _written(tuple(known))
    if secrets is not None:
        line = secrets.sub(STRUCK, line)
    return _KEY_SHAPED.sub(STRUCK, _NAMED.sub(rf"\1{STRUCK}", line))


def printable(line: str) -> str:
    """`line` with everything escaped that controls a terminal, starts a new line, or reverses text."""
    if line.isprintable():
        return line
    unsafe = {sign for sign in line if unicodedata.category(sign) in _UNSAFE}
    return line.translate({ord(sign): sign.encode("unicode_escape").decode("ascii") for sign in unsafe})


@lru_cache(maxsize=8)
def _written(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    """The secrets in every form that JSON, repr, or both write them, the longest first."""
    longest_first = sorted(filter(None, secrets), key=len, reverse=True)
    spelled = ["".join(map(_spelled, secret)) for secret in longest_first]
    return re.compile("|".join(spelled)) if spelled else None


def _spelled(sign: str) -> str:
    if sign.isascii() and sign.isalnum():
        return sign
    ways = {sign, repr(sign)[1:-1], json.dumps(sign)[1:-1]}
    bare = "|".join(sorted(re.escape(way.lstrip("\\")).replace(r"\\", r"\\+") for way in ways if way.strip("\\")))
    return rf"\\*(?:{bare})" if bare else r"\\+"


class _Redacting(structlog.stdlib.ProcessorFormatter):
    known: tuple[str, ...] = ()

    def format(self, record: logging.LogRecord) -> str:
        return printable(redact(super().format(record), self.known))


def configure(level: str, style: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Send all log lines, including those of libraries, to `stream` (standard error), without secrets."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    line = structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"])
    formatter = _Redacting(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer() if style == "json" else line,
        ],
    )
    formatter.known = tuple(secret for secret in secrets if len(secret) >= 8)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # it warns that the Guilds intent is off, which is on purpose
    logging.getLogger("discord.state").setLevel(logging.ERROR)
    for chatty in ("aiosqlite", "alembic", "asyncio", "cashews", "discord.gateway", "discord.client"):
        logging.getLogger(chatty).setLevel(max(logging.getLevelNamesMapping()[level], logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
