from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingiverse.urls import NotAThing, find_things, maker_url, read_collection, read_maker, read_thing


@pytest.mark.parametrize(
    "given_",
    [
        "763622",
        "#763622",
        "00763622",
        "thing:763622",
        "https://www.thingiverse.com/thing:763622",
        "http://thingiverse.com/thing:763622",
        "HTTPS://WWW.THINGIVERSE.COM/thing:763622",
        "www.thingiverse.com/thing:763622",
        "https://www.thingiverse.com/thing:763622/files",
        "https://www.thingiverse.com/thing:763622/comments#comment-1",
        "https://www.thingiverse.com/thing:763622#comment-1",
        "https://www.thingiverse.com/thing:763622?utm=1",
        "https://www.thingiverse.com/embed:763622",
        "https://api.thingiverse.com/things/763622",
        "https://api.thingiverse.com/things/763622/images",
        "<https://www.thingiverse.com/thing:763622>",
        " `763622` ",
        "\u200b763622\ufeff",
        "Thing:763622",
        "https://www.thingiverse.com/thing%3A763622",
        "https://www.thingiverse.com/Thing:763622/",
    ],
)
def test_every_form_of_a_thing(given_: str) -> None:
    assert read_thing(given_) == 763622


@pytest.mark.parametrize(
    ("given_", "reason"),
    [
        ("", "empty"),
        ("x" * 501, "too_long"),
        ("9" * 40, "too_big"),
        ("0", "not_recognized"),
        ("-5", "not_recognized"),
        ("٣٤٥", "not_recognized"),
        ("a vase", "not_recognized"),
        ("make:282174", "make"),
        ("https://www.thingiverse.com/make:282174", "make"),
        ("https://www.thingiverse.com/download:12", "download"),
        ("https://www.thingiverse.com/thing:download/12", "download"),
        ("https://www.thingiverse.com/john.doe", "maker"),
        ("https://www.thingiverse.com/john.doe/designs", "maker"),
        ("https://www.thingiverse.com/floppy_uk/collections/16696069/things", "collection"),
        ("https://www.thingiverse.com/collections/16696069/things", "collection"),
        ("https://www.thingiverse.com/login", "other_page"),
        ("https://www.thingiverse.com/tag:vase", "other_page"),
        ("https://www.thingiverse.com/app:4322", "other_page"),
        ("https://www.thingiverse.com/groups/delta", "other_page"),
        ("https://www.thingiverse.com/", "other_page"),
        ("https://api.thingiverse.com/users/me", "other_page"),
        ("https://www.printables.com/model/1", "foreign"),
        ("https://www.thingiverse.com.evil.example/thing:1", "foreign"),
        ("https://www.thingiverse.com@evil.example/thing:1", "foreign"),
        ("https://evil.example/www.thingiverse.com/thing:1", "foreign"),
        ("https://www.thingiverse.com:8443/thing:1", "foreign"),
        ("https://thіngiverse.com/thing:1", "foreign"),
        ("ftp://www.thingiverse.com/thing:1", "foreign"),
        ("https://[::1/thing:1", "not_recognized"),
    ],
)
def test_what_it_is_instead(given_: str, reason: str) -> None:
    with pytest.raises(NotAThing) as caught:
        read_thing(given_)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("look: https://www.thingiverse.com/thing:763622!", [763622]),
        (
            "<https://www.thingiverse.com/thing:5/files>, thingiverse.com/thing:6, www.thingiverse.com/thing:5",
            [5, 6],
        ),
        ("**https://www.thingiverse.com/thing:5** ||https://www.thingiverse.com/thing:6||", [5, 6]),
        ("[a](https://www.thingiverse.com/thing:5)", [5]),
        ("thing:5, 763622, https://www.thingiverse.com/make:7", []),
        ("https://evil.example/thingiverse.com/thing:5 https://thingiverse.com.evil.example/thing:5", []),
        ("notthingiverse.com/thing:5 a@thingiverse.com/thing:5", []),
        ("", []),
    ],
)
def test_things_are_found_in_messages(text: str, found: list[int]) -> None:
    assert find_things(text) == found


@given(
    st.text()
    | st.lists(st.sampled_from(["https://", "www.", "thingiverse.com/", "thing:", "5", " ", "[", "%"])).map("".join)
)
def test_no_message_raises(text: str) -> None:
    assert all(0 < thing < 10**12 for thing in find_things(text))


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        assert 0 < read_thing(text) < 10**12
    except NotAThing:
        return


def test_a_makers_page_is_quoted() -> None:
    assert maker_url("a/b *c*", "https://w") == "https://w/a%2Fb%20%2Ac%2A"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("mira", "mira"),
        ("@mira", "mira"),
        (" john.doe ", "john.doe"),
        ("https://www.thingiverse.com/mira", "mira"),
        ("https://www.thingiverse.com/mira/designs?page=2", "mira"),
        ("thingiverse.com/mira#about", "mira"),
        ("<https://www.thingiverse.com/a-b_c/collections>", "a-b_c"),
        ("דפוס_ירושלים", "דפוס_ירושלים"),
    ],
)
def test_a_maker_is_read(text: str, name: str) -> None:
    assert read_maker(text) == name


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty"),
        ("x" * 600, "too_long"),
        ("https://evil.example/mira", "foreign"),
        ("https://www.thingiverse.com/thing:763622", "not_recognized"),
        ("https://www.thingiverse.com/search", "not_recognized"),
        ("https://www.thingiverse.com/", "not_recognized"),
        ("two words", "not_recognized"),
        ("..", "not_recognized"),
    ],
)
def test_what_is_no_maker_is_refused(text: str, reason: str) -> None:
    with pytest.raises(NotAThing) as caught:
        read_maker(text)
    assert caught.value.reason == reason


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("16696069", 16696069),
        ("#16696069", 16696069),
        ("https://www.thingiverse.com/floppy_uk/collections/16696069/things", 16696069),
        ("www.thingiverse.com/floppy_uk/collections/16696069", 16696069),
        ("collection:12", 12),
    ],
)
def test_a_collection_is_read(text: str, number: int) -> None:
    assert read_collection(text) == number


@pytest.mark.parametrize(
    "text", ["", "abc", "https://www.thingiverse.com/thing:5", "https://evil.example/collections/5"]
)
def test_what_is_no_collection_is_refused(text: str) -> None:
    with pytest.raises(NotAThing):
        read_collection(text)


@given(st.text(max_size=600))
def test_nothing_but_a_refusal_comes_of_any_text(text: str) -> None:
    for reader in (read_maker, read_collection):
        try:
            assert reader(text)
        except NotAThing as error:
            assert error.reason
