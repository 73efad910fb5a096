"""How fields with odd values from Thingiverse are read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingiverse.details import Make
from thingiverse.models import Maker, Thing


@pytest.mark.parametrize(
    ("address", "picture"),
    [
        ("https://cdn.example/a.jpg", "https://cdn.example/a.jpg"),
        ("http://cdn.example/a.jpg", "http://cdn.example/a.jpg"),
        ("https://cdn.example/my part ü.jpg", "https://cdn.example/my%20part%20%C3%BC.jpg"),
        (
            "https://resize.example/?url=https://cdn.example/a%20b.jpg&w=628&n=-1",
            "https://resize.example/?url=https://cdn.example/a%20b.jpg&w=628&n=-1",
        ),
        ("javascript:alert(1)", None),
        ("//cdn.example/a.jpg", None),
        ("https://cdn.example/" + "ü" * 1_000, None),
        ("", None),
        (None, None),
    ],
)
def test_a_picture_is_an_address_that_discord_takes(address: str | None, picture: str | None) -> None:
    assert Maker(thumbnail=address).picture == picture
    assert Thing(id=1, preview_image=address).picture == picture


def test_the_better_picture_comes_first() -> None:
    assert Thing(id=1, preview_image="https://a/1", thumbnail="https://a/2").picture == "https://a/1"
    assert Thing(id=1, preview_image="", thumbnail="https://a/2").picture == "https://a/2"


@pytest.mark.parametrize(
    ("given_", "url"),
    [
        ("https://www.thingiverse.com/thing:5", "https://www.thingiverse.com/thing:5"),
        ("https://www.thingiverse.com/thing:55", "https://www.thingiverse.com/thing:5"),
        ("javascript:alert(1)//thing:5", "https://www.thingiverse.com/thing:5"),
        (None, "https://www.thingiverse.com/thing:5"),
    ],
)
def test_a_things_page_is_its_own(given_: str | None, url: str) -> None:
    assert Thing(id=5, public_url=given_).url == url


def test_a_makers_page_is_told_or_not() -> None:
    assert Maker(public_url="https://www.thingiverse.com/john.doe").url == "https://www.thingiverse.com/john.doe"
    assert Maker(public_url="javascript:alert(1)").url is None


@given(st.text(alphabet=st.characters()))
def test_no_name_or_address_is_too_odd(odd: str) -> None:
    thing = Thing(id=1, title=odd, thumbnail=f"https://{odd}", public_url=odd)
    assert thing.name == thing.name.strip()
    assert "\x00" not in thing.name
    assert thing.picture is None or thing.picture.isascii()
    assert thing.url.startswith("https://www.thingiverse.com/")


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://www.thingiverse.com/make:7", "https://www.thingiverse.com/make:7"),
        ("https://www.thingiverse.com/make:8", "https://www.thingiverse.com/make:7"),
        ("https://evil.example/make:7", "https://www.thingiverse.com/make:7"),
        (None, "https://www.thingiverse.com/make:7"),
    ],
)
def test_a_makes_page_is_on_thingiverse(given: str | None, url: str) -> None:
    assert Make(id=7, public_url=given).url == url


@pytest.mark.parametrize("said", [None, 5, ["x"], {"a": 1}, " a \r\n b\x00 "])
def test_a_makes_text_is_one_line(said: object) -> None:
    assert Make(id=7, description=said).text in {"", "a b"}
