"""What leaves for Sentry has no secret, no variable, and nobody in it."""

from __future__ import annotations

import json
import logging
from collections.abc import Generator
from typing import Any

import pytest
import sentry_sdk
import structlog
from sentry_sdk.transport import Transport

import log
from operations import error_reports

TOKEN = "c0ffee1234" * 4
KNOWN = "plain words as a password"


class Kept(Transport):
    """Keeps what would be sent."""

    def __init__(self, options: Any = None) -> None:
        super().__init__(options)
        self.sent: list[str] = []

    def capture_envelope(self, envelope: Any) -> None:
        self.sent += [item.get_bytes().decode() for item in envelope.items]


@pytest.fixture
def kept() -> Generator[Kept]:
    transport = Kept()
    error_reports.turn_on("https://public@example.invalid/1", [KNOWN], "1.2.3", transport=transport)
    yield transport
    sentry_sdk.get_client().close()
    sentry_sdk.init()


def test_an_unexpected_error_is_reported_without_secrets_or_people(kept: Kept) -> None:
    log.configure("INFO", "text", [KNOWN])

    def fails(token: str) -> None:
        raise RuntimeError(f"with {token} and {KNOWN}")

    try:
        fails(TOKEN)
    except RuntimeError:
        structlog.get_logger("desk").exception("unexpected", reference="7F3A2C", person=123456789012345678)
    (sent,) = kept.sent
    event = json.loads(sent)
    assert "RuntimeError" in sent
    assert event["release"] == "thingamabot@1.2.3"
    for hidden in (TOKEN, KNOWN, "123456789012345678"):
        assert hidden not in sent
    assert (event["message"], event["tags"]) == ("unexpected", {"reference": "7F3A2C"})
    frames = event["exception"]["values"][0]["stacktrace"]["frames"]
    assert frames
    assert not [frame for frame in frames if "vars" in frame or "context_line" in frame]
    assert not {"user", "server_name", "breadcrumbs", "extra", "modules"} & set(event)


def test_what_is_no_error_is_not_reported(kept: Kept) -> None:
    logging.getLogger("x").warning("a warning")
    assert kept.sent == []
