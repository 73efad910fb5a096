"""Logs: one line an event, as text or JSON, and no secret in any of them.

Secrets are struck out of the finished line, so that a traceback, a library's debug line or a field of ours
are all the same to it: known values first (the settings), then anything shaped like a key.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable
from functools import lru_cache
from typing import TextIO

import structlog

STRUCK = "[redacted]"

# A run of 24 or more token letters with at least one digit and one letter: Thingiverse's tokens (32 or 40 hex
# digits), Discord's (three parts, the first of 24), keys of ours (43), interaction tokens in addresses.
_KEY_SHAPED = re.compile(r"(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[A-Za-z])[\w-]{24,}(?:\.[\w-]+)*", re.ASCII)
# What follows a telling name, however short it is.
_NAMED = re.compile(
    r"(?i)((?:access_token|client_secret|[?&#]code|[?&#]state)=|bearer |\bbot (?=[\w-]{20,}\.))[^\s&\"'<>#]+"
)


def redact(line: str, known: Iterable[str] = ()) -> str:
    """`line` without any of the known secrets or anything that looks like one."""
    secrets = _written(tuple(known))
    if secrets is not None:
        line = secrets.sub(STRUCK, line)
    return _KEY_SHAPED.sub(STRUCK, _NAMED.sub(rf"\1{STRUCK}", line))


@lru_cache(maxsize=8)
def _written(secrets: tuple[str, ...]) -> re.Pattern[str] | None:
    """The secrets, however a line of JSON, a repr or one inside the other writes them; the longest are found first."""
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
        return redact(super().format(record), self.known)


def configure(level: str, style: str, secrets: Iterable[str], stream: TextIO | None = None) -> None:
    """Send every log line of ours and of the libraries to `stream` (standard error), struck clean of secrets."""
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
    ]
    formatter = _Redacting(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _renderer(style)],
    )
    formatter.known = tuple(secret for secret in secrets if len(secret) >= 8)
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    logging.basicConfig(level=level, handlers=[handler], force=True)
    # "Guilds intent seems to be disabled": it is, on purpose
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


def _renderer(style: str) -> structlog.typing.Processor:
    if style == "json":
        return structlog.processors.JSONRenderer()
    return structlog.processors.LogfmtRenderer(key_order=["at", "level", "event"])
