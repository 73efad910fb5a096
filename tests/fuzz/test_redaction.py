"""Fuzz the log: secrets are removed from any line."""

from __future__ import annotations

import io
import json
import time

import pytest
import structlog
from hypothesis import assume, given
from hypothesis import strategies as st

import log
from tests.fuzz.examples import cases

alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def first_of(token: str) -> str:
    """The first part of a Discord token: a user ID in base64."""
    return token.partition(".")[0]


tokens = st.one_of(
    st.text("0123456789abcdef", min_size=32, max_size=40),
    st.text(alphabet + "-_", min_size=43, max_size=43),
    st.tuples(st.text(alphabet, min_size=24, max_size=26), st.text(alphabet, min_size=27, max_size=40)).map(".".join),
).filter(lambda token: any(map(str.isdigit, first_of(token))) and any(map(str.isalpha, first_of(token))))
passwords = st.text(st.characters(exclude_categories=("Cs",)), min_size=8, max_size=40).filter(str.strip)


@cases(800)
@given(st.text(max_size=40), tokens, st.text(max_size=40))
def test_what_is_shaped_like_a_key_is_struck_wherever_it_stands(before: str, token: str, after: str) -> None:
    for line in (
        f"{before}{token}{after}",
        f"{before} {token!r} {after}",
        json.dumps([before + token, {token: after}]),
    ):
        assert token not in log.redact(line)


@cases(800)
@given(st.lists(passwords, min_size=1, max_size=3), st.data())
def test_what_is_known_is_struck_however_it_is_written(known: list[str], data: st.DataObject) -> None:
    secret = data.draw(st.sampled_from(known))
    assume(secret not in log.STRUCK)
    for line in (
        f"said {secret}.",
        f"said {secret!r}.",
        json.dumps({"said": secret}),
        json.dumps(secret, ensure_ascii=False),
    ):
        struck = log.redact(line, known)
        for written in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1]):
            assert written not in struck


@cases(250)
@given(passwords, tokens, st.sampled_from(["text", "json"]))
def test_no_logged_event_tells_a_secret(password: str, token: str, style: str) -> None:
    assume(password not in log.STRUCK)
    sink = io.StringIO()
    log.configure("INFO", style, [password], sink)
    try:
        int(f"{password} and {token}")
    except ValueError:
        structlog.get_logger("fuzz").exception("failed", given=password, other={token: [password]})
    said = sink.getvalue()
    assert said.count("\n") == 1, "one line an event"
    for secret in (password, repr(password)[1:-1], json.dumps(password)[1:-1], token):
        assert secret not in said.replace("failed", "").replace("ValueError", "")


@pytest.mark.parametrize("unit", ["a", "a1", "a1.", "access_token=", "bearer ", "bot x.", "é", "-", "?code=&"])
def test_a_long_line_is_struck_in_a_time_that_grows_with_its_length(unit: str) -> None:
    line = (unit * 200_000)[:200_000]
    began = time.process_time()
    log.redact(line, ["secret-one", "secret-two"])
    assert time.process_time() - began < 1.0
