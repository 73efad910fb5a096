"""Logs: one line an event, as text or JSON, and no secret in any of them.

Secrets are struck out of the finished line, so that a traceback, a library's debug line or a field of ours
are all the same to it: known values first (the settings), then anything shaped like a key.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable
from typing import TextIO

import structlog

STRUCK = "[redacted]"

# A run of 24 or more token letters with at least one digit and one letter: Thingiverse's tokens (32 or 40 hex
# digits), Discord's (three parts, the first of 24), keys of ours (43), interaction tokens in addresses.
_KEY_SHAPED = re.compile(r"(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[A-Za-z])[A-Za-z0-9_-]{24,}(?:\.[\w-]+)*")
# What follows a telling name, however short it is.
_NAMED = re.compile(
    r"(?i)((?:access_token|client_secret|[?&#]code|[?&#]state)=|bearer |\bbot (?=[\w-]{20,}\.))[^\s&\"'<>#]+"
)


def redact(line: str, known: Iterable[str] = ()) -> str:
    """`line` without any of the known secrets or anything that looks like one."""
    for secret in known:
        line = line.replace(secret, STRUCK)
    return _KEY_SHAPED.sub(STRUCK, _NAMED.sub(rf"\1{STRUCK}", line))


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
