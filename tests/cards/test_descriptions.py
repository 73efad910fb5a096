"""HTML descriptions become a few safe lines, and licenses and sizes are easy to read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards import licenses
from cards.descriptions import LONGEST, short
from cards.thing_details import size
from texts import Texts

TEXTS = Texts()


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ("<p>One</p><p>two</p>", "One\ntwo"),
        ("one<br>two<br />three", "one\ntwo\nthree"),
        ("<ul><li>a</li><li>b</li></ul>", "• a\n• b"),
        ("<p>fish &amp; chips &lt;3</p>", "fish & chips \\<3"),
        ('<a href="https://evil.example">here</a>', "here"),
        ("<script>alert(1)</script>kept", "kept"),
        ("<style>p{}</style><p onclick=x>kept</p>", "kept"),
        ("<p># not a heading</p>", "\\# not a heading"),
        ("<p>&gt; not a quote</p>", "\\> not a quote"),
        ("<p>1. not a list</p>", "1\\. not a list"),
        ("<p>- nor this</p>", "\\- nor this"),
        ("https://evil.example", "https\\://evil.example"),
        ("&lt;@1234&gt; @everyone", "\\<\\@1234> \\@everyone"),
        ("", ""),
    ],
)
def test_html_becomes_text_that_formats_nothing(given_: str, shown: str) -> None:
    assert short(given_, as_html=True) == shown


def test_text_stays_text() -> None:
    assert short("a <b>\r\n\r\n**c**", as_html=False) == "a \\<b>\n\\*\\*c\\*\\*"


def test_a_long_one_is_cut() -> None:
    shown = short("<p>word word</p>" * 500, as_html=True)
    assert shown.endswith("…")
    assert len(shown.splitlines()) <= 13


@given(st.text() | st.text("<>/abc&;#p \n*_`@"), st.booleans())
def test_whatever_comes_it_is_short_and_tame(given_: str, as_html: bool) -> None:
    shown = short(given_, as_html=as_html)
    assert len(shown) <= 3 * LONGEST
    assert "@everyone" not in shown
    assert not any(line.startswith(("# ", "> ", "- ", "-# ")) for line in shown.splitlines())


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("Creative Commons - Attribution", "as long as you credit the maker"),
        ("Creative Commons - Attribution - Share Alike", "under the same license"),
        ("Attribution-NonCommercial-NoDerivs", "not commercially, as long as you credit the maker. Don't publish"),
        ("Creative Commons - Attribution - Non-Commercial", "not commercially, as long as you credit the maker."),
        ("Creative Commons - Attribution - No Derivatives", "Don't publish changes"),
        ("Creative Commons - Public Domain Dedication", "anything you like"),
        ("GNU - GPL", "If you pass it on, include its source"),
        ("GNU - LGPL", "changes to it, include their source"),
        ("BSD License", "notice"),
        ("All Rights Reserved", "Ask them before"),
    ],
)
def test_a_license_says_what_it_means(name: str, word: str) -> None:
    assert word in (licenses.meaning(TEXTS.english, name) or "")


@pytest.mark.parametrize("name", ["Nokia", "Other", "None", "", "hello"])
def test_of_others_nothing_is_claimed(name: str) -> None:
    assert licenses.meaning(TEXTS.english, name) is None


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0 bytes"), (999, "999 bytes"), (1_500, "1.5 kB"), (1_284_084, "1.3 MB")]
)
def test_sizes_are_in_units_that_people_read(count: int, shown: str) -> None:
    assert size(TEXTS.english, count) == shown
