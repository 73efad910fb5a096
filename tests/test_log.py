"""No secret in any output: plant secrets, then search for them everywhere."""

from __future__ import annotations

import gc
import io
import json
import logging
import unicodedata
from pathlib import Path
from typing import Any

import pytest
import structlog

import log
from tests.stage import Stage, open_stage

OURS = ("actions.", "config", "storage.", "thingiverse.", "desk.", "cogs.")
HEX32 = "0123456789abcdef0123456789abcdef"
DISCORD = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"


@pytest.mark.parametrize(
    "line",
    [
        f"token {HEX32} seen",
        f"https://x.example/#access_token={HEX32}&state=ab12",
        "https://x.example/?code=abc123&state=s",
        "Authorization: Bearer short1",
        f"Bot {DISCORD}",
        f"{DISCORD[:24]}.{DISCORD[25:]}",
        f"POST https://discord.com/api/v10/webhooks/1/aW50ZXJhY3Rpb246{HEX32}/messages",
    ],
)
def test_what_looks_like_a_key_is_struck(line: str) -> None:
    struck = log.redact(line)
    assert log.STRUCK in struck
    for secret in (HEX32, "abc123", "short1", DISCORD[:24], DISCORD[-20:]):
        assert secret not in struck


@pytest.mark.parametrize(
    "line",
    ["liked person=123456789012345678 thing=763622", "GET /things/763622 200", "a_rather_long_name_without_any_digit"],
)
def test_ordinary_lines_are_left_as_they_are(line: str) -> None:
    assert log.redact(line) == line


def test_known_values_are_struck_however_they_look() -> None:
    assert log.redact("the word is open sesame, now", ["open sesame"]) == f"the word is {log.STRUCK}, now"


@pytest.mark.parametrize("style", ["text", "json"])
def test_one_line_an_event_tracebacks_and_libraries_too(style: str) -> None:
    sink = io.StringIO()
    log.configure("DEBUG", style, ["known-secret"], sink)
    try:
        int(f"with {HEX32} and known-secret")
    except ValueError:
        structlog.get_logger("ours").exception("failed", token=HEX32)
    logging.getLogger("aiohttp.client").warning("theirs %s", HEX32)
    lines = sink.getvalue().splitlines()
    assert len(lines) == 2
    assert HEX32 not in sink.getvalue()
    assert "known-secret" not in sink.getvalue()
    if style == "json":
        assert [json.loads(line)["event"][:6] for line in lines] == ["failed", "theirs"]


async def test_no_planted_secret_reaches_any_sink(
    world: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Let everything fail at level DEBUG, then search every place that could have a secret."""
    sink = io.StringIO()
    async with open_stage(world, tmp_path, thingiverse_client_secret=world.app.client_secret) as stage:
        log.configure("DEBUG", "json", [], sink)  # without known values, secrets are found by their form
        secrets = [world.app.app_token, world.app.client_secret, stage.settings.token_keys.get_secret_value()]
        secrets.append(await stage.link(stage.ann, "mira"))
        await _go_through_trouble(stage, secrets)
        said = [json.dumps([r.json, r.path], default=str) for r in stage.env.http_requests]
        shown = "\n".join(repr(o) for o in gc.get_objects() if str(type(o).__module__).startswith(OURS))
    sinks = {
        "log": sink.getvalue(),
        "console": "".join(capsys.readouterr()),
        "chat": "\n".join(said),
        "reprs": shown + repr(stage.settings),
        "thingiverse's address lines": "\n".join(f"{seen.path}{seen.query}" for seen in world.requests),
        "files": "".join(path.read_bytes().decode("latin-1") for path in tmp_path.iterdir()),
    }
    for name, content in sinks.items():
        for secret in secrets:
            assert secret not in content, name
    assert sinks["log"].count("\n") > 20, "the log was on"


async def _go_through_trouble(stage: Stage, secrets: list[str]) -> None:
    for fault in ("500", "401", "html", "broken_json", "cut"):
        stage.world.faults.clear()
        stage.world.faults.set(fault)
        await stage.ann.slash(stage.channel, "account")
        await stage.ann.slash(stage.channel, "like", thing="1038")
        pasted = stage.world.token_for("kumiko")
        secrets.append(pasted)
        await stage.ben.slash(stage.channel, "link")
        await stage.ben.send_dm(f"{stage.world.app.redirect_uri}#access_token={pasted}")
        await stage.ben.send(stage.channel, f"<@{stage.bot.user.id}> {pasted}")
    stage.env.inject_error("POST", "/interactions/*", status=500)
    await stage.ann.slash(stage.channel, "help")


@pytest.mark.parametrize("style", ["text", "json"])
def test_nothing_that_a_terminal_acts_on_is_written(style: str) -> None:
    """Control, format, and line separator characters in names, in lines of libraries, and in tracebacks."""
    stream = io.StringIO()
    log.configure("INFO", style, [], stream)
    evil = "".join(
        chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zl", "Zp", "Cs"}
    )
    structlog.get_logger("test").info("hello", name=f"before{evil}after\x1b[2J")
    logging.getLogger("library").warning("line %s", f"\r\x9b\u202e\u2028{evil}")
    structlog.get_logger("test").error("failed", exc_info=ValueError(evil))
    written = stream.getvalue()
    assert written.count("\n") == 3, "one line an event"
    assert [sign for sign in written.replace("\n", "") if unicodedata.category(sign)[0] == "C"] == []
    assert not {"\u2028", "\u2029"} & set(written)
    assert "before" in written
    assert "after" in written


def test_letters_of_all_languages_stay_as_they_are() -> None:
    for line in ("größer 日本語 ירושלים", "\U0001f600 Café", "tabs are\u00a0spaces"):
        assert log.printable(line) == line
