"""Reading the longest and most hostile text takes time in proportion to its length."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Any

import pytest

from actions.known_things import KnownThings
from cards import descriptions
from desk.posted import posted
from texts import bare, plain
from thingiverse import oauth, urls
from thingiverse.details import Details
from thingiverse.exposed import is_bare_key, shows_answer
from thingiverse.models import Thing
from thingiverse.oauth import NotAnAnswer, looks_secret, read_pasted
from thingiverse.urls import NotAThing, find_things, names_thing, read_collection, read_maker, read_tag, read_thing

OPTION, HTML = 6_000, 20_000  # characters
NAMED, PASTED = urls.LONGEST, oauth.LONGEST  # anything longer is refused before it's read
SITE = "https://www.thingiverse.com/thing:5"
TOKEN = "0123456789abcdef0123456789abcdef"


def refusing(read: Callable[[str], object]) -> Callable[[str], object]:
    def attempt(text: str) -> object:
        try:
            return read(text)
        except (NotAThing, NotAnAnswer):
            return None

    return attempt


READERS: dict[str, tuple[Callable[[str], object], int]] = {
    "posted": (posted, OPTION),
    "find_things": (find_things, OPTION),
    "names_thing": (names_thing, OPTION),
    "read_thing": (refusing(read_thing), NAMED),
    "read_maker": (refusing(read_maker), NAMED),
    "read_collection": (refusing(read_collection), NAMED),
    "read_tag": (refusing(read_tag), NAMED),
    "looks_secret": (looks_secret, OPTION),
    "shows_answer": (lambda text: shows_answer(text, redirect_uri="https://bot.example/landed"), OPTION),
    "shows_answer anywhere": (lambda text: shows_answer(text, redirect_uri=None), OPTION),
    "is_bare_key": (is_bare_key, OPTION),
    "read_pasted": (refusing(lambda text: read_pasted(text, redirect_uri=None)), PASTED),
    "bare": (bare, OPTION),
    "plain": (plain, OPTION),
    "a description": (lambda text: descriptions.short(text, as_html=True), HTML),
    "a description as text": (lambda text: descriptions.short(text, as_html=False), HTML),
    "a print setting": (lambda text: _settings(text), HTML),
}
SHAPES = [
    "`", "`a", "``a`", "(`*k a) ", "```a``", "\\`", "||", "||a", "<", "<a", "<li", "<li ", "<br ", "</td", "<a b=",
    "*", "_", "~~", "[", "](", "[a](", "https://", "https://,", "https://a/,", "http://a/?", "www.thingiverse.com/,",
    f"{SITE},", f"{SITE} ", f"||{SITE}||", f"`{SITE}`", f"<{SITE}>", f"[a]({SITE})", f"https://evil.example/?u={SITE}&",
    "https://google.com/url?q=thingiverse.com&", "https://web.archive.org/web/1/", "thing:", "thing:5", "%", "%25", "&",
    "#", "?", "a=", "&a=b", "#\n", "?\n&", "state=a\n", "access_token=", "access_token=a\n", f"access_token={TOKEN}\n",
    "https://a/#access_token=", f"https://a/#access_token={TOKEN[:9]}\n", "code=a&state=b ",
    "https%3A%2F%2F", "%23code%3D", "%26state=", "&state=a%26", f"{TOKEN}%26state%3D",
    f"{TOKEN} ", f"{TOKEN[:31]} ", "e ", "q~", "\u200d", "\u0300", "z\u0300", "\U0001f468\u200d", "\u202e",
    "é", "中", "\n",
]  # fmt: skip


def _settings(text: str) -> object:
    parts = [{"type": "settings", "data": [{"infill": text}]}]
    return Details(id=1, details_parts=parts).settings


def seconds(read: Callable[[str], object], text: str) -> float:
    """CPU seconds, the least of a few runs, so that other processes matter less."""
    spent: list[float] = []
    for _ in range(3):
        began = time.process_time()
        read(text)
        spent.append(time.process_time() - began)
    return min(spent)


@pytest.fixture(scope="module")
def unit() -> float:
    """CPU seconds of a fixed piece of work: about a millisecond on a fast machine."""
    return seconds(lambda _: sum(number % 7 for number in range(20_000)), "")


def long(shape: str, length: int, *, end: str = "") -> str:
    return ((shape * length)[: length - len(end)] + end)[:length]


@pytest.mark.parametrize("reader", READERS)
def test_no_reader_takes_long_over_anything_that_can_be_sent(reader: str, unit: float) -> None:
    read, longest = READERS[reader]
    slow = {
        shape: spent / unit
        for shape in SHAPES
        for end in ("", f" {SITE}", "q~", " code=", "\u00a0#access_token=")
        if (spent := seconds(read, long(shape, longest, end=end))) > 60 * unit
    }
    assert slow == {}


@pytest.mark.parametrize("reader", READERS)
def test_the_effort_grows_with_the_length_and_not_faster(reader: str, unit: float) -> None:
    read, longest = READERS[reader]
    steep: dict[str, float] = {}
    for shape, end in itertools.product(SHAPES, (f" {SITE}", " code=")):
        short, whole = (seconds(read, long(shape, size, end=end)) for size in (longest // 4, longest))
        if whole > 5 * unit and whole > 12 * short:  # anything shorter can't be measured
            steep[shape] = whole / short
    assert steep == {}


class NoIndex:
    async def things(self, text: str, limit: int) -> list[Any]:
        assert len(text) <= 100
        return []

    async def makers(self, text: str, limit: int) -> list[str]:
        assert len(text) <= 100
        return []

    def note(self, thing: object) -> None:
        return


async def test_a_keystroke_looks_through_what_is_known_for_a_few_short_words_only() -> None:
    index: Any = NoIndex()
    known = KnownThings(index)
    looked: list[str] = []

    class Name(str):
        """A name that records what is searched in it."""

        def __contains__(self, word: object) -> bool:
            looked.append(str(word))
            return True

    gear = Thing(id=1, title="gear")
    known.note(gear)
    known.show([gear])
    known._latest[1].folded = Name("gear")  # pyright: ignore[reportPrivateUsage]
    assert len(await known.suggestions("e " * 2_999 + "q~")) == 1
    assert 0 < len(looked) <= 8
    assert await known.makers("x" * OPTION) == []
