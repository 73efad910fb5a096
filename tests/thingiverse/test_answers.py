"""The parser of responses, with recorded responses if they're available."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.testing import capture_logs

from thingiverse import answers, token_answers
from thingiverse.answers import Answer
from thingiverse.errors import (
    Forbidden,
    NotFound,
    RateLimited,
    Refused,
    ThingiverseError,
    TokenRejected,
    Unexpected,
    Unreachable,
)
from thingiverse.models import Listing, Maker, Thing

RECORDED = Path(__file__).parents[3] / "shared/research/thingiverse-json"
CANARY = "c0ffeec0ffeec0ffeec0ffeec0ffeec0"


def answer(status: int = 200, body: object = None, raw: bytes | None = None, **headers: str) -> Answer:
    found = {"content-type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    return Answer(status, found, json.dumps(body).encode() if raw is None else raw)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, Refused),
        (401, TokenRejected),
        (403, Forbidden),
        (404, NotFound),
        (409, Refused),
        (410, NotFound),
        (429, RateLimited),
        (500, Unreachable),
        (502, Unreachable),
        (503, Unreachable),
        (302, Unexpected),
        (418, Unexpected),
    ],
)
def test_each_status_has_its_error(status: int, error: type[ThingiverseError]) -> None:
    with pytest.raises(error) as caught:
        answers.check(answer(status, {"error": CANARY}))
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("status", [200, 403, 404, 503])
def test_a_page_means_that_thingiverse_was_not_reached(status: int) -> None:
    for page in (
        answer(status, raw=b"<html>Just a moment...</html>", content_type="text/html"),
        answer(status, raw=b"\n <!DOCTYPE html>"),
    ):
        with pytest.raises(Unreachable):
            answers.check(page)


ROBOTS = b"You are not allowed to use robots, spiders, scraping, or other technology to access any Sites"


@pytest.mark.parametrize("status", [200, 401, 403, 404, 503])
def test_the_sentence_about_robots_is_nobodys_answer(status: int) -> None:
    with pytest.raises(Unreachable):
        answers.check(answer(status, raw=ROBOTS, content_type="text/plain"))


def test_only_thingiverse_itself_can_forbid() -> None:
    for own in (answer(403, {"error": ""}), answer(403, raw=b""), answer(403, raw=b"", content_type="", x_error="no")):
        with pytest.raises(Forbidden):
            answers.check(own)
    for blocked in (b"error code: 1020", b""):
        with pytest.raises(Unreachable):
            answers.check(answer(403, raw=blocked, content_type="text/plain"))


def test_a_proxys_429_is_a_429() -> None:
    with pytest.raises(RateLimited) as caught:
        answers.check(answer(429, raw=b"<html>Error 1015", content_type="text/html", retry_after="9"))
    assert caught.value.retry_after == 9


@pytest.mark.parametrize("status", [200, 201, 204])
def test_an_empty_success_is_one_however_it_is_labeled(status: int) -> None:
    answers.check(answer(status, raw=b"", content_type="text/html; charset=UTF-8"))
    answers.check(answer(status, raw=b"\n", content_type="text/html"))


@pytest.mark.parametrize(
    "odd",
    [
        "Mon, 1 Jan 2020 00:00:00 +99999999999999999999",
        "Mon, 99999999999 Jan 2020 00:00:00 GMT",
        "Mon, 1 Jan 99999 00:00:00 GMT",
        "Fri, 31 Dec 9999 23:59:59 -1200",
        "9" * 5_000,
        "-inf",
    ],
)
def test_no_retry_after_is_too_odd(odd: str) -> None:
    assert 1 <= answers.retry_after({"retry-after": odd}) <= 3600


@pytest.mark.parametrize(
    ("given_", "seconds"),
    [("7", 7), ("0", 1), ("99999", 3600), ("", 60), ("soon", 60), ("nan", 60), ("-5", 1)],
)
def test_retry_after_in_seconds(given_: str, seconds: float) -> None:
    assert answers.retry_after({"retry-after": given_}) == seconds


def test_retry_after_as_a_date() -> None:
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert 85 < answers.retry_after({"retry-after": later}) <= 90


@pytest.mark.parametrize(
    "none",
    [
        answer(200, []),
        answer(200, None),
        answer(200, {"total": 0, "hits": None}),
        answer(200, {"total": 0}),
        answer(200, {"total": 0, "hits": {}}),
        answer(200, {"total": 0, "hits": []}),
        answer(400, {"error": ""}),
        answer(404, {"error": "Not Found"}),
    ],
)
def test_there_are_many_ways_to_say_none(none: Answer) -> None:
    assert answers.read_things(none, 3, 30) == Listing(page=3, total=0 if b"total" in none.body else None)


def test_one_broken_thing_costs_only_itself() -> None:
    body = [{"id": 1, "name": "a"}, {"name": "no id"}, {"id": {}}, "text", None, {"id": 2}]
    assert [thing.id for thing in answers.read_things(answer(200, body), 1, 30).things] == [1, 2]


@pytest.mark.parametrize(
    "raw",
    [
        b'\xef\xbb\xbf[{"id": 1, "name": "a"}, {"id": 2}]',
        b'\xef\xbb\xbf{"total": 2, "hits": [{"id": 1, "name": "a"}, {"id": 2}]}',
        b'[{"id": 1, "name": "a", "license": "half an emoji \\ud83d"}, {"id": 2}]',
        b'[{"id": 1, "name": "a", "license": "\\udc00"}, {"id": 2}]',
        b'[{"id": 1, "name": "a", "license": "caf\xe9"}, {"id": 2}]',
        b'[{"id": 1, "name": "a", "license": "two\nlines"}, {"id": 2}]',
        b'[{"id": 1, "name": "a", "like_count": NaN}, {"id": 2}]',
    ],
)
def test_json_that_is_not_strict_is_read(raw: bytes) -> None:
    things = answers.read_things(answer(200, raw=raw), 1, 30).things
    assert [thing.id for thing in things] == [1, 2]
    assert things[0].name == "a"
    assert str(things[0].license).encode(), "it can be stored"
    if raw.endswith(b"]"):
        assert [each.name for each in answers.read_each(answer(200, raw=raw), Thing)] == ["a", ""]


def test_a_list_with_gaps_comes_as_an_object() -> None:
    listing = answers.read_things(answer(200, {"total": 2, "hits": {"0": {"id": 1}, "7": {"id": 2}}}), 1, 30)
    assert [thing.id for thing in listing.things] == [1, 2]


def test_the_log_names_places_and_no_content() -> None:
    with capture_logs() as lines:
        answers.read_things(answer(200, {"total": 2, "hits": [{"id": 1}, {"id": CANARY}, {"thing": CANARY}]}), 1, 30)
    assert [line["positions"] for line in lines] == [[1, 2]]
    assert CANARY not in str(lines)


def test_a_thing_inside_another_object_is_found() -> None:
    for around in ({}, {"id": 99, "added": "2020-01-02"}, {"id": "99", "name": "outer"}):
        body = [{"thing": {"id": 7, "name": "inner"}, **around}, {"id": 8, "name": "bare"}]
        things = answers.read_things(Answer(200, {}, msgspec.json.encode(body)), 1, 30).things
        assert [(thing.id, thing.name) for thing in things] == [(7, "inner"), (8, "bare")]


@pytest.mark.parametrize("total", ["many", {"value": 9, "relation": "eq"}, -1, 1.5, True, None])
def test_an_odd_total_is_none(total: object) -> None:
    listing = answers.read_things(answer(200, {"total": total, "hits": [{"id": 1}]}), 1, 30)
    assert (len(listing.things), listing.total) == (1, None)


def test_a_broken_thing_does_not_hide_the_next_page() -> None:
    listing = answers.read_things(answer(200, [{"id": 1}, {}]), 1, 2)
    assert (len(listing.things), listing.more) == (1, True)


@pytest.mark.parametrize(
    ("headers", "total", "count", "more"),
    [
        ({"link": '<x?page=2>; rel="next", <x>; rel="first"'}, None, 30, True),
        ({"link": '<x>; rel="first"', "total_count": "47"}, 47, 17, False),
        ({"total_count": "47"}, 47, 30, True),
        ({}, None, 30, True),
        ({}, None, 12, False),
        ({"total_count": "many"}, None, 0, False),
        ({"total_count": "9" * 5_000}, None, 12, False),
        ({"link": "<x.css>; rel=preload", "total_count": "90"}, 90, 30, True),
        ({"link": "<x?page=2>; rel=next"}, None, 1, True),
        ({"link": "<x?page=2>; rel='next'"}, None, 1, True),
        ({"link": '<x?page=2>; rel="last next"'}, None, 1, True),
        ({"link": '<x>; Rel="Prev"'}, None, 30, False),
        ({"total_count": "0"}, None, 30, True),
        ({"total_count": "29"}, None, 30, True),
    ],
)
def test_whether_there_is_more(headers: dict[str, str], total: int | None, count: int, more: bool) -> None:
    listing = answers.read_things(answer(200, [{"id": n} for n in range(1, count + 1)], **headers), 1, 30)
    assert (listing.total, listing.more, len(listing.things)) == (total, more, count)


DEEP = b"[" * 100_000 + b"]" * 100_000


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[",
        b"{}[]",
        b"\xff\xfe",
        b'"text"',
        b"12",
        b"[" * 10_000,
        b"{}",
        b'{"error": "x"}',
        b'{"surprise": [1]}',
        b'{"hits": {"1": {}}}',
        b"[1, 2, 3]",
        b'[{"id": 1, "x": ' + DEEP + b"}]",
    ],
)
def test_what_is_no_list_is_said(raw: bytes) -> None:
    with pytest.raises(Unexpected):
        answers.read_things(answer(200, raw=raw), 1, 30)


def test_numbers_for_truths_and_nulls_everywhere() -> None:
    thing = answers.read(
        answer(
            200,
            {
                "id": "12",
                "name": "  x ",
                "is_wip": 1,
                "is_ai": 0,
                "is_nsfw": None,
                "is_liked": 1,
                "creator": {"id": None, "name": None, "thumbnail": None},
                "tags": [{"name": "a"}, "b", None, {"name": None}, {}],
                "like_count": None,
            },
        ),
        Thing,
    )
    assert (thing.id, thing.name, thing.is_wip, thing.is_ai, thing.is_nsfw, thing.is_liked) == (
        12, "x", True, False, False, True,
    )  # fmt: skip
    assert thing.maker is not None
    assert (thing.maker.id, thing.maker.name, thing.maker.picture) == (0, "", None)
    assert thing.tags == ["a", "b"]
    assert thing.url == "https://www.thingiverse.com/thing:12"


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (f"access_token={CANARY}&token_type=Bearer", "application/x-www-form-urlencoded"),
        (f"access_token={CANARY}&token_type=Bearer", "text/plain"),
        (f"access_token={CANARY}&token_type=Bearer", "text/html; charset=UTF-8"),
        (f"token_type=Bearer&access_token={CANARY}", "text/html"),
        (json.dumps({"access_token": CANARY}), "application/json"),
    ],
)
def test_a_token_comes_as_a_form_or_as_json(raw: str, kind: str) -> None:
    assert token_answers.read_token(answer(200, raw=raw.encode(), content_type=kind)) == CANARY


@pytest.mark.parametrize("raw", [b"error=bad_verification_code", b'{"error": "x"}'])
@pytest.mark.parametrize("status", [200, 400, 401, 403, 404])
def test_a_used_code_is_refused(raw: bytes, status: int) -> None:
    with pytest.raises(Refused):
        token_answers.read_token(answer(status, raw=raw))


@pytest.mark.parametrize(
    "raw", [b"", b"access_token=", b'{"access_token": 5}', b'{"access_token": "a\\nb"}', b"a&" * 9_000]
)
def test_what_fits_into_no_header_is_no_token(raw: bytes) -> None:
    with pytest.raises(Unexpected):
        token_answers.read_token(answer(200, raw=raw))


def test_tokeninfo_names_the_app_and_the_account() -> None:
    info = token_answers.read_token_info(answer(200, {"audience": 123, "user_id": "244"}))
    assert (info.audience, info.user_id) == ("123", 244)
    assert token_answers.read_token_info(answer(200, {"audience": "a", "user_id": None})).user_id is None
    assert token_answers.read_token_info(answer(200, {"audience": "a", "error": None})).audience == "a"


@pytest.mark.parametrize(
    "odd", [answer(302, {}), answer(200, {"audience": True}), answer(200, {}), answer(200, raw=b"")]
)
def test_what_tokeninfo_never_said_is_not_understood(odd: Answer) -> None:
    with pytest.raises(Unexpected):
        token_answers.read_token_info(odd)


@pytest.mark.parametrize(
    "bad",
    [answer(200, {"error": "invalid token"}), answer(200, {"error": ""})]
    + [answer(status, {"error": ""}) for status in (400, 401, 403, 404, 405, 422)],
)
def test_a_bad_token_is_rejected_with_whatever_status(bad: Answer) -> None:
    with pytest.raises(TokenRejected):
        token_answers.read_token_info(bad)


@given(
    st.integers(100, 599),
    st.binary(max_size=200)
    | st.sampled_from([b'{"id": 1, "x": ' + DEEP + b"}", DEEP, f'{{"error": "{CANARY}"}}'.encode(), CANARY.encode()])
    | st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    ).map(lambda v: json.dumps(v).encode()),
    st.dictionaries(
        st.sampled_from(["content-type", "retry-after", "link", "total-count", "x-error"]),
        st.text() | st.sampled_from([CANARY, "text/html", "application/json", "9" * 5_000]),
    ),
)
def test_only_our_errors_come_out_whatever_goes_in(status: int, body: bytes, headers: dict[str, str]) -> None:
    came = Answer(status, headers, body)
    readers: list[Any] = [
        lambda: answers.read_things(came, 1, 30),
        lambda: answers.read(came, Thing),
        lambda: answers.read(came, Maker),
        lambda: token_answers.read_token(came),
        lambda: token_answers.read_token_info(came),
    ]
    for reader in readers:
        try:
            reader()
        except ThingiverseError as error:
            assert len(str(error)) < 100
            assert CANARY not in str(error)


def recorded() -> list[Path]:
    return sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []


@pytest.mark.skipif(not recorded(), reason="the recorded answers are not on this machine")
def test_recorded_answers_all_parse() -> None:
    for path in recorded():
        content = json.loads(path.read_text())
        exchange = content.get("response") if isinstance(content, dict) else None
        status, body = (exchange["status"], exchange["body"]) if exchange else (200, content)
        came = answer(status, body)
        if status == 404:
            with pytest.raises(NotFound):
                answers.check(came)
        elif "images" in path.name:
            answers.check(came)
        elif isinstance(body, list) or "hits" in body:
            listing = answers.read_things(came, 1, 30)
            assert len(listing.things) == len(body if isinstance(body, list) else body["hits"])
            assert all(thing.name and thing.maker and thing.picture for thing in listing.things)
        elif "users" in path.name:
            assert answers.read(came, Maker).name
        elif "things_" in path.name:
            thing = answers.read(came, Thing)
            assert thing.name
            assert thing.license
            assert thing.like_count is not None
