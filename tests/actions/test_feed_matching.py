"""Which feeds a design belongs to, and how far lists are read back."""

from __future__ import annotations

import asyncio
import gc
import time
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.feed_filters import Traits, matches, tag_key
from actions.feed_place import LONGEST, PAGES, Place, next_interval, next_slot, published, reference_of
from actions.matching import Follower, Matcher
from actions.schedule import digest_at
from feed_records import AS_USUAL, NEWEST, FeedOptions, FeedSource
from tests.storage.records import NOW
from thingiverse.models import Maker, Thing


def thing(number: int = 1, name: str = "Twisted Väse", tags: tuple[str, ...] = ("Low Poly",), **given: object) -> Thing:
    values = {"maker": Maker(login="Mira"), "created_at": NOW.isoformat(), **given}
    return Thing(id=number, title=name, tagged=tags, **values)  # pyright: ignore[reportArgumentType]


def traits(**given: object) -> Traits:
    return Traits(thing(**given), NOW)  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize(
    ("kind", "value", "fits"),
    [
        ("tag", "low-poly", True),
        ("tag", "LOWPOLY", True),
        ("tag", "low", False),
        ("maker", "mira", True),
        ("maker", "mir", False),
        ("words", "vase", True),
        ("words", "VÁSE twisted", True),
        ("words", "poly vase", True),
        ("words", "vas", False),
        ("words", "vase gear", False),
        ("words", "", False),
        ("category", "65", None),
        ("popular", "", None),
    ],
)
def test_what_fits(kind: str, value: str, fits: bool | None) -> None:
    source = FeedSource(kind=kind, value=value)  # pyright: ignore[reportArgumentType]
    assert matches(source, traits()) is fits


async def test_the_matcher_finds_what_matching_one_by_one_finds() -> None:
    matcher = Matcher()
    values = ("low poly", "vase", "twisted vase", "mira", "gear", "")
    kinds = ("tag", "maker", "words")
    sources = [FeedSource(kind=kind, value=value) for kind in kinds for value in values]  # pyright: ignore
    for feed, source in enumerate(sources):
        matcher.put(Follower(feed, source, AS_USUAL, NOW))
    found = {match.feed for match in await matcher.match(NEWEST, [traits()], NOW)}
    assert found == {feed for feed, source in enumerate(sources) if matches(source, traits())}
    for feed in range(len(sources)):
        matcher.drop(feed)
    assert await matcher.match(NEWEST, [traits()], NOW) == []
    assert not matcher._places, "nothing is left behind"


async def test_matching_leaves_the_loop_free() -> None:
    matcher, worst = Matcher(), 0.0
    for feed in range(100_000):
        matcher.put(Follower(feed, FeedSource(kind="tag", value="low poly"), AS_USUAL, NOW))

    async def watch() -> None:
        nonlocal worst
        while True:
            before = time.process_time()
            await asyncio.sleep(0)
            worst = max(worst, time.process_time() - before)

    gc.collect()
    gc.freeze()  # a collection is no part of a slice
    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)
    assert len(await matcher.match(NEWEST, [traits()], NOW)) == 100_000
    watching.cancel()
    gc.unfreeze()
    assert worst < 0.05, "of this process's own time"


def test_a_tag_of_signs_alone_is_itself() -> None:
    assert tag_key("++") == "++"
    assert tag_key("C++") == tag_key("c")


# -- places and times


@given(st.integers(0, 20), st.lists(st.booleans(), min_size=1, max_size=40))
def test_reading_back_always_ends(first_new: int, news: list[bool]) -> None:
    """Whatever is new on the pages, each poll reads four at most, and a catch-up comes to an end."""
    place, polls = Place(complete=False), 0
    pages = [*news, *[False] * 200]
    while not place.complete or place.until:
        page, place = 1, Place(place.page, place.until, place.deepest, complete=False)
        for _ in range(PAGES):
            place, following = place.after(page, new=pages[page], end=False)
            pages[page] = False
            if place.complete:
                break
            page = following
        else:
            place = replace(place, page=page)
        polls += 1
        assert polls < 60
    assert first_new >= 0


@given(st.integers(60, 86_400), st.text(max_size=30), st.integers(0, 10**6))
def test_a_slot_is_the_querys_own_and_never_far(interval: int, query: str, seconds: int) -> None:
    now = NOW + timedelta(seconds=seconds)
    slot = next_slot(query, interval, now)
    assert interval / 2 - 1 <= (slot - now).total_seconds() <= interval * 1.5 + 1
    again = next_slot(query, interval, slot)
    assert abs((again - slot).total_seconds() - interval) < 1


def test_an_interval_grows_while_nothing_comes() -> None:
    interval, empty = 900, 0
    for _ in range(40):
        interval, empty = next_interval(interval, 900, empty, found=False)
    assert interval == LONGEST
    assert next_interval(interval, 900, empty, found=True) == (LONGEST // 2, 0)
    assert next_interval(900, 900, 2, found=True) == (900, 0)


def test_a_date_that_is_missing_is_that_of_its_neighbor() -> None:
    day = timedelta(days=1)
    listed = [
        thing(1, created_at=None),
        thing(2, created_at=(NOW - day).isoformat()),
        thing(3, created_at=(NOW + 400 * day).isoformat()),
        thing(4, created_at=(NOW - 2 * day).isoformat()),
        thing(5, created_at="yesterday"),
    ]
    assert published(listed, set(), NOW) == [NOW - day, NOW - day, NOW - 2 * day, NOW - 2 * day, NOW - 2 * day]
    assert published(listed, {4}, NOW)[-1] < NOW - 30 * day, "below all that's known, it moved up"


def test_in_the_stream_thingiverses_clock_counts() -> None:
    listed = [thing(1)]
    ahead = NOW + timedelta(days=60)
    assert reference_of(NEWEST, listed, ahead) == NOW
    assert reference_of("category:65", listed, ahead) == ahead
    assert reference_of(NEWEST, [], NOW) == NOW


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "Pacific/Auckland", "America/St_Johns"])
def test_a_digest_is_never_in_the_past_nor_far(zone: str) -> None:
    for every, most in (("day", 1), ("week", 7)):
        for hours in range(0, 24 * 400, 7):
            now = NOW + timedelta(hours=hours)
            at = digest_at(FeedOptions(every=every, hour=2, weekday=6, zone=zone), now)  # pyright: ignore
            assert at is not None
            assert now < at <= now + timedelta(days=most, hours=2), "clocks change twice a year"
