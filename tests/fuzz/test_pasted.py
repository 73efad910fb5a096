"""Fuzz the parser of pasted text with what careless and hostile people may paste."""

from __future__ import annotations

import time
import traceback
import tracemalloc
from urllib.parse import quote

import pytest
import yarl
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz.examples import cases
from thingiverse.oauth import (
    LONGEST,
    Denied,
    Failed,
    NotAnAnswer,
    Pasted,
    PastedBare,
    PastedCode,
    PastedToken,
    looks_secret,
    read_pasted,
)
from thingiverse.urls import NotAThing, find_things, read_thing

HOME = "https://bot.example/landed"
MOST_OF_A_MESSAGE = 4_000  # letters; with Nitro

# only digits would be a number: one token in a million
secrets = st.sampled_from([32, 40]).flatmap(
    lambda length: st.text("0123456789abcdef", min_size=length, max_size=length).filter(lambda text: not text.isdigit())
)
hosts = st.sampled_from(
    [
        "bot.example",
        "BOT.example",
        "bot.example:443",
        "bot.example:80",
        "bot.example.",
        "bot.example.evil.example",
        "bot.example@evil.example",
        "evil.example\\@bot.example",
        "evil.example#bot.example",
        "bоt.example",
        "xn--bt-fka.example",
        "[::1]",
        "[::1",
        "bot.example:99999",
        "bot。example",
        "",
    ]
)
paths = st.sampled_from(
    ["/landed", "/landed/", "/landed//", "/LANDED", "/landed/../x", "/land%65d", "", "/landed;x", "//landed"]
)
schemes = st.sampled_from(["https://", "http://", "HTTPS://", "https:/", "//", "javascript:", "https:\\\\", ""])
names = st.sampled_from(
    ["access_token", "code", "state", "error", "ACCESS_TOKEN", "access%5Ftoken", "token_type", "a", ""]
)
glue = st.sampled_from(
    ["#", "?", "&", ";", "=", " ", "\n", "\u200b", "\x00", "%23", "||", "`", "<", ">", ")", "\ud800"]
)


@st.composite
def addresses(draw: st.DrawFn) -> str:
    """Links with one or two errors."""
    members = draw(st.lists(st.tuples(names, secrets | st.text(max_size=40) | st.text().map(quote_any)), max_size=4))
    told = draw(st.sampled_from(["&", ";", "&&", "&amp;"])).join(f"{name}={value}" for name, value in members)
    return draw(schemes) + draw(hosts) + draw(paths) + draw(st.sampled_from(["#", "?", "#?", "?#", ""])) + told


def quote_any(text: str) -> str:
    return quote(text, errors="replace")


pasted = st.one_of(
    addresses(),
    st.tuples(glue, addresses(), glue, addresses() | st.text(max_size=20)).map("".join),
    st.lists(st.one_of(schemes, hosts, paths, names, glue, secrets), max_size=12).map("".join),
    st.text(),
    st.binary(max_size=60).map(lambda raw: raw.decode("utf-8", "surrogateescape")),
)


def read(text: str, redirect_uri: str | None) -> Pasted | None:
    try:
        return read_pasted(text, redirect_uri=redirect_uri)
    except NotAnAnswer as refused:
        shown = "".join(traceback.format_exception_only(refused))
        assert len(shown) < 100, "the reason and nothing of the text"
        return None


def secret_in(found: Pasted) -> str:
    match found:
        case PastedToken(token=secret) | PastedCode(code=secret) | PastedBare(secret=secret):
            return secret
        case Denied() | Failed():
            return ""


@cases(1_200)
@given(pasted)
def test_only_a_reason_comes_out_or_what_was_in_it(text: str) -> None:
    for home in (HOME, None):
        found = read(text, home)
        if found is not None:
            secret = secret_in(found)
            assert secret in text or quote(secret) in text or "%" in text or "\u200b" in text
            assert not secret or secret not in repr(found)
            assert len(secret) <= 128


@cases(1_200)
@given(addresses())
def test_nothing_is_taken_from_another_place(text: str) -> None:
    """Compare with another URL parser."""
    found = read(text, HOME)
    if isinstance(found, PastedToken | PastedCode) and "://" in text:
        url = yarl.URL(text.strip())
        assert (url.scheme, url.host, url.port) == ("https", "bot.example", 443)
        assert url.raw_path.rstrip("/") == "/landed"


@cases(800)
@given(st.text(max_size=60), secrets, st.text(max_size=60))
def test_a_key_in_a_message_is_seen_whatever_stands_around_it(before: str, secret: str, after: str) -> None:
    assert looks_secret(f"{before} {secret} {after}")
    assert looks_secret(f"{before}{HOME}#access_token={secret}{after}")


@cases(800)
@given(pasted | st.text(), st.sampled_from(["", "thing:", "https://www.thingiverse.com/thing:", "thingiverse.com/"]))
def test_no_address_of_a_design_raises_anything_else(text: str, before: str) -> None:
    for number in find_things(before + text):
        assert 0 < number < 10**12
    try:
        assert 0 < read_thing(before + text) < 10**12
    except NotAThing as refused:
        assert len(str(refused)) < 30


@pytest.mark.parametrize(
    "unit", ["a", "a1", "access_token=", "?code=", "https://", "%", "#", "a=", "\u200b", "[", "1" * 31 + " ", "é-"]
)
def test_the_longest_message_is_read_in_no_time_and_no_memory(unit: str) -> None:
    """A regular expression with too much backtracking would block everyone."""
    text = (unit * MOST_OF_A_MESSAGE)[:MOST_OF_A_MESSAGE]
    tracemalloc.start()
    began = time.process_time()
    read(text[:LONGEST], None)
    read(text, HOME)
    looks_secret(text)
    find_things(text)
    spent, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert spent < 0.25
    assert peak < 2_000_000
