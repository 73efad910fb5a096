"""Send unexpected errors to Sentry, where SENTRY_DSN is set, with the same redaction as the log."""

from __future__ import annotations

import json
import logging
import re
from typing import Any, cast

import sentry_sdk
from sentry_sdk.integrations.logging import LoggingIntegration

import log

_LEFT_OUT = ("user", "request", "server_name", "extra", "breadcrumbs", "modules", "logentry")
_DISCORD_ID = re.compile(r"(?<![\w.])\d{17,20}(?![\w.])")


def turn_on(dsn: str, secrets: list[str], version: str, **options: Any) -> None:
    """Report log lines at ERROR, with tracebacks but without the values of variables. Raises nothing later."""
    known = [secret for secret in secrets if len(secret) >= 8]
    sentry_sdk.init(
        dsn=dsn,
        release=f"thingamabot@{version}",
        before_send=lambda event, hint: _cleaned(event, hint.get("log_record"), known),
        integrations=[LoggingIntegration(level=None, event_level=logging.ERROR)],
        default_integrations=False,
        auto_enabling_integrations=False,
        include_local_variables=False,  # they hold tokens
        include_source_context=False,
        send_default_pii=False,
        max_breadcrumbs=0,
        auto_session_tracking=False,
        send_client_reports=False,
        **options,
    )


def _cleaned(event: Any, record: logging.LogRecord | None, known: list[str]) -> Any:
    """The event without whom and where it concerns, and without anything that looks like a key.

    Of a line in the log, only what happened and the reference are kept.
    """
    kept = {name: value for name, value in event.items() if name not in _LEFT_OUT}
    said: Any = None if record is None else record.msg
    line = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    kept["message"] = str(line.get("event", "unexpected error"))
    kept["tags"] = {"reference": line["reference"]} if "reference" in line else {}
    event_id = kept.pop("event_id", None)  # key-shaped, and needed
    text = _DISCORD_ID.sub("0", log.redact(json.dumps(kept, default=str), known))
    return {**json.loads(text), "event_id": event_id}
