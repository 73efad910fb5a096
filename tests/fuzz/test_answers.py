"""Fuzz the parser of responses, from bytes to the card in Discord."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from cards import gallery, thing_details
from cards.gallery import Look, Position, page_of
from fakes.discord.payloads import COMPONENTS_V2
from fakes.discord.validation import message_problems
from tests.fuzz.examples import cases
from texts import Texts
from thingiverse import answers, token_answers
from thingiverse.answers import Answer
from thingiverse.details import Details, File, Picture
from thingiverse.errors import ThingiverseError
from thingiverse.models import Collection, Listing, Maker, Thing
from thingiverse.transport import MOST_BYTES

ENGLISH = Texts().english
CANARY = "c0ffee1234567890c0ffee1234567890"
JSON = {"content-type": "application/json"}

READERS: list[Callable[[Answer], Any]] = [
    lambda came: answers.read_things(came, 1, 30),
    lambda came: answers.read(came, Thing),
    lambda came: answers.read(came, Maker),
    lambda came: answers.read(came, Details),
    lambda came: answers.read(came, Collection),
    lambda came: answers.read_each(came, File),
    lambda came: answers.read_each(came, Picture),
    token_answers.read_token,
    token_answers.read_token_info,
]

addresses = st.sampled_from(
    [
        "https://cdn.thingiverse.com/a.jpg",
        "javascript:alert(1)",
        "http://[::1",
        "https://" + "x" * 3_000,
        "//evil.example/x.png",
        "https://a b/\n",
        "https://évil.example/%00",
        "data:image/png;base64,AAAA",
        "",
    ]
)
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=30),
    addresses,
    st.sampled_from(
        [CANARY, "@everyone", "<@1>", "](https://evil.example)", "\u202e" * 9, "*" * 5_000, 10**30, -(2**63)]
    ),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = [
    "id", "name", "public_url", "url", "thumbnail", "preview_image", "creator", "like_count", "make_count", "is_nsfw",
    "is_ai", "is_wip", "is_liked", "is_private", "license", "tags", "default_image", "first_name",
    "access_token", "error", "audience", "user_id", "total", "hits", "thing",
]  # fmt: skip
DETAILS = [
    "description", "description_html", "instructions", "details_parts", "added", "modified", "download_count",
    "remix_count", "make_count", "comment_count", "ancestors", "file_count", "sizes", "size", "direct_url",
]  # fmt: skip
objects = st.dictionaries(st.sampled_from(MEMBERS), values, max_size=8)
makers = st.fixed_dictionaries(
    {"id": st.integers(1, 2**60), "name": st.text(max_size=300)}, optional={"thumbnail": values | addresses}
)
things = st.builds(
    lambda known, odd: {**odd, **known},
    st.fixed_dictionaries(
        {"id": st.integers(1, 10**12), "name": st.text(max_size=300) | leaves}, optional={"creator": makers}
    ),
    objects,
)
lists = st.lists(things | objects | values, max_size=12)
bodies = st.one_of(
    st.binary(max_size=200),
    st.one_of(things, lists, st.fixed_dictionaries({"hits": lists | leaves, "total": leaves}), makers, objects).map(
        lambda value: json.dumps(value).encode()
    ),
)
broken = st.tuples(bodies, st.integers(0, 400), st.binary(max_size=3)).map(
    lambda cut: cut[0][: cut[1]] + cut[2] + cut[0][cut[1] + 1 :]
)


@cases(800)
@given(
    st.sampled_from([200, 201, 204, 206, 302, 400, 401, 403, 404, 409, 410, 418, 429, 500, 503, 522]), bodies | broken
)
def test_only_our_errors_come_out_and_none_repeats_what_came(status: int, body: bytes) -> None:
    came = Answer(status, JSON, body)
    with capture_logs() as logged:
        for reader in READERS:
            try:
                reader(came)
            except ThingiverseError as error:
                assert CANARY not in str(error)
                assert len(str(error)) < 100
    assert len(str(logged)) < 1_000
    assert CANARY not in str(logged)


@cases(400)
@given(lists.map(lambda value: json.dumps(value).encode()), st.booleans())
def test_whatever_is_read_fits_on_a_card_that_discord_takes(body: bytes, adult: bool) -> None:
    try:
        listing: Listing = answers.read_things(Answer(200, JSON, body), 1, 30)
    except ThingiverseError:
        return
    cards = [thing_details.compact(ENGLISH, thing) for thing in listing.things]
    page = page_of(listing, Position("popular", 1, 0, 1), adult=adult)
    cards.append(gallery.render(ENGLISH, Look("Popular"), page))
    for card in cards:
        assert message_problems({"components": card}, flags=COMPONENTS_V2) == []


details = st.builds(
    lambda known, odd: {**odd, **known},
    st.fixed_dictionaries({"id": st.integers(1, 10**12), "name": st.text(max_size=300)}, optional={"creator": makers}),
    st.dictionaries(st.sampled_from([*MEMBERS, *DETAILS]), values, max_size=8),
)


@cases(250)
@given(details.map(lambda value: json.dumps(value).encode()), lists.map(lambda value: json.dumps(value).encode()))
def test_whatever_is_read_of_one_design_fits_on_its_card(body: bytes, listed: bytes) -> None:
    try:
        design = answers.read(Answer(200, JSON, body), Details)
        pictures = answers.read_each(Answer(200, JSON, listed), Picture)
        files = answers.read_each(Answer(200, JSON, listed), File)
    except ThingiverseError:
        return
    for card in (thing_details.full(ENGLISH, design, pictures), thing_details.files(ENGLISH, design, files)):
        assert message_problems({"components": card}, flags=COMPONENTS_V2) == []


HUGE = {
    "small objects": b"[" + b"{}," * (MOST_BYTES // 3 - 2) + b"{}]",
    "numbers": b"[" + b"1," * (MOST_BYTES // 2 - 2) + b"1]",
    "nested lists": b"[" * MOST_BYTES,
    "nested objects": b'{"a":' * (MOST_BYTES // 5),
    "one text": b'[{"id": 1, "name": "' + b"x" * (MOST_BYTES - 30) + b'"}]',
    "things": b"[" + b'{"id":1},' * (MOST_BYTES // 9 - 2) + b'{"id":1}]',
    "hits": b'{"total": 1, "hits": [' + b"[]," * (MOST_BYTES // 3 - 20) + b"[]]}",
    "members": b'{"a":1,' * 1 + b",".join(b'"%d":1' % number for number in range(MOST_BYTES // 10)) + b"}",
    "a form": b"access_token=" + b"a=b&" * (MOST_BYTES // 4 - 10),
    "blanks": b" " * MOST_BYTES,
    "tags": b'{"id":1,"tags":[' + b"5," * (MOST_BYTES // 2 - 30) + b"5]}",
    "ancestors": b'{"id":1,"ancestors":[' + b'{"id":1},' * (MOST_BYTES // 9 - 30) + b"{}]}",
    "broken files": b"[" + b'{"name":1},' * (MOST_BYTES // 11 - 2) + b"{}]",
    "settings": b'{"id":1,"details_parts":[{"type":"settings","data":[{'
    + b",".join(b'"k%d":"<p>"' % number for number in range(MOST_BYTES // 16))
    + b"}]}]}",
}


def seconds(work: Callable[[], object]) -> float:
    """CPU seconds, the least of three runs, so that other processes matter less."""
    spent: list[float] = []
    for _ in range(3):
        began = time.process_time()
        work()
        spent.append(time.process_time() - began)
    return min(spent)


def use(reader: Callable[[Answer], Any], came: Answer) -> None:
    """Read it, and use all properties that are computed later."""
    try:
        found = reader(came)
    except ThingiverseError:
        return
    if isinstance(found, Details):
        _ = found.settings, found.ancestors, found.tags, found.url, found.large_picture


@pytest.mark.parametrize("what", HUGE)
def test_the_largest_answer_holds_nobody_up_and_fills_no_memory_or_log(what: str) -> None:
    came = Answer(200, JSON, HUGE[what])
    unit = seconds(lambda: sum(number % 7 for number in range(20_000)))  # about a millisecond on a fast machine
    for reader in READERS:
        with capture_logs() as logged:
            assert seconds(lambda: use(reader, came)) < 200 * unit  # noqa: B023  called right here
        assert len(str(logged)) < 3_000
    tracemalloc.start()
    try:
        answers.read_things(came, 1, 30)
    except ThingiverseError:
        pass
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 40 * MOST_BYTES
