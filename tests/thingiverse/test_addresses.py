"""URLs are parsed like the standard library does, but not kept in its cache."""

from __future__ import annotations

import gc
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from thingiverse.addresses import split
from thingiverse.oauth import PastedToken, read_pasted

PLAIN = st.text("abcXYZ019:/?#@[]=&%.-_ \t\n\u00e9", max_size=40)


@given(PLAIN)
def test_it_is_taken_apart_as_the_library_does(rest: str) -> None:
    address = f"https://{rest}"
    try:
        expected = urlsplit(address)
    except ValueError:
        with pytest.raises(ValueError):
            split(address)
    else:
        stripped = [part.translate({9: None, 10: None, 13: None}).rstrip() for part in split(address)]
        assert stripped == [part.rstrip() for part in expected]


def test_the_library_does_not_remember_the_key() -> None:
    read = read_pasted("https://example.org/#access_token=" + "urlsplit01234567" * 2, redirect_uri=None)
    assert isinstance(read, PastedToken)
    remembered = [str(each) for each in gc.get_objects() if type(each).__name__ == "SplitResult"]
    assert not [each for each in remembered if "urlsplit01234567" in each]
